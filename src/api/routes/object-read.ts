import type { IncomingMessage, ServerResponse } from "node:http";
import {
  formatObjectLink,
  type GetOptions,
  type ObjectMeta,
  parseObjectLink,
} from "../../store/index.ts";
import type { ApiContext } from "../context.ts";
import { ApiError } from "../errors.ts";

/** Bytes of a file that a request asks for; the end is not included. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The one range of a Range header (RFC 9110 section 14.2). Several ranges, other units and what
 * makes no sense are answered with the whole, as the RFC allows.
 * @param sizeBytes of the file, for ranges that count from its end
 */
export function rangeOf(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const match = header === undefined ? null : /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header);
  if (match === null) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "") {
    if (last === "") return undefined;
    return { from: Math.max(0, sizeBytes - Number(last)), to: sizeBytes };
  }
  const to = last === "" ? sizeBytes : Number(last) + 1;
  return last !== "" && to <= Number(first) ? undefined : { from: Number(first), to };
}

function headersOf(
  meta: ObjectMeta,
  range: ByteRange | undefined,
): Record<string, string | number> {
  const { name, sizeBytes } = meta;
  const end = range === undefined ? sizeBytes : Math.min(range.to, sizeBytes);
  const part = range && { "content-range": `bytes ${range.from}-${end - 1}/${sizeBytes}` };
  return {
    "content-type": "application/octet-stream",
    "content-length": end - (range?.from ?? 0),
    "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
    "accept-ranges": "bytes",
    "cache-control": "no-store",
    ...part,
  };
}

/**
 * Streams an object, or the range of it that is asked for, into a response, as fast as the reader
 * takes it.
 * @throws ApiError("bad-range") where it begins after the end; StoreError
 */
export async function readObject(
  context: ApiContext,
  link: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<undefined> {
  const target = formatObjectLink(parseObjectLink(link));
  const wish = request.headers.range;
  // A range that counts from the end, or ends with it, needs the size first.
  const size = wish === undefined ? 0 : await sizeOf(context, target);
  const range = rangeOf(wish, size);
  if (range !== undefined && range.from >= size) {
    throw new ApiError("bad-range", `The file has ${size} bytes; the range begins after them.`);
  }
  await stream(context, target, response, range);
  return undefined;
}

async function sizeOf(context: ApiContext, target: string): Promise<number> {
  const known = context.peer.store.object(target);
  if (known !== undefined) return known.sizeBytes;
  return await new Promise<number>((resolve, reject) => {
    const options: GetOptions = { range: { from: 0, to: 0 } };
    let size = 0;
    context.peer.store.get(
      target,
      {
        onMeta: (meta) => {
          size = meta.sizeBytes;
        },
        onBytes: () => {},
        onDone: () => resolve(size),
        onError: reject,
      },
      options,
    );
    context.poke();
  });
}

async function stream(
  context: ApiContext,
  target: string,
  response: ServerResponse,
  range: ByteRange | undefined,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    // Sent with the first bytes only: what fails before can still be told.
    let head: Record<string, string | number> = {};
    const begin = (): void => {
      if (!response.headersSent) response.writeHead(range === undefined ? 200 : 206, head);
    };
    const job = context.peer.store.get(
      target,
      {
        onMeta: (meta) => {
          head = headersOf(meta, range);
        },
        onBytes: (bytes) => {
          begin();
          if (!response.write(bytes.slice())) job.pause();
        },
        onDone: () => {
          begin();
          response.end();
          resolve();
        },
        onError: reject,
      },
      range === undefined ? {} : { range },
    );
    response.on("drain", () => {
      job.resume();
      context.poke();
    });
    response.on("close", () => {
      if (response.writableFinished) return;
      job.abort();
      resolve();
    });
    context.poke();
  });
}
