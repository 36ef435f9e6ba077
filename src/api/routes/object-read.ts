import type { IncomingMessage, ServerResponse } from "node:http";
import {
  type FileRange,
  formatObjectLink,
  type GetEvents,
  type GetOptions,
  type ObjectMeta,
  parseObjectLink,
} from "../../store/index.ts";
import type { ApiContext } from "../context.ts";
import { MEDIA_TYPE_HEADER } from "../contract-store.ts";

/**
 * The one range of a Range header (RFC 9110 section 14.2). Several ranges, other units and what
 * makes no sense are answered with the whole, as the RFC allows.
 * @param sizeBytes of the file, for ranges that count from its end
 */
export function rangeOf(header: string | undefined, sizeBytes: number): FileRange | undefined {
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
  range: FileRange | undefined,
): Record<string, string | number> {
  const { name, sizeBytes, mediaType } = meta;
  const end = range === undefined ? sizeBytes : Math.min(range.to, sizeBytes);
  const part = range && { "content-range": `bytes ${range.from}-${end - 1}/${sizeBytes}` };
  return {
    "content-type": "application/octet-stream",
    "content-length": end - (range?.from ?? 0),
    "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
    "accept-ranges": "bytes",
    "cache-control": "no-store",
    // As a header of our own, so that no browser shows what it should only keep.
    ...(/^[\x21-\x7e]+$/.test(mediaType) ? { [MEDIA_TYPE_HEADER]: mediaType } : {}),
    ...part,
  };
}

/**
 * Streams an object, or the range of it that is asked for, into a response, as fast as the reader
 * takes it.
 * @throws StoreError
 */
export async function readObject(
  context: ApiContext,
  link: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<undefined> {
  const target = formatObjectLink(parseObjectLink(link));
  const wish = request.headers.range;
  let range: FileRange | undefined;
  const options: GetOptions = {
    range: (fileBytes) => {
      range = rangeOf(wish, fileBytes);
      // What begins at the end is beyond it for HTTP, and an empty range for the store.
      const isBeyond = range !== undefined && range.from >= fileBytes;
      return isBeyond ? { from: fileBytes + 1, to: fileBytes + 1 } : range;
    },
  };
  await new Promise<void>((resolve, reject) => {
    // Sent with the first bytes only: what fails before can still be told.
    let head: Record<string, string | number> = {};
    const begin = (): void => {
      if (!response.headersSent) response.writeHead(range === undefined ? 200 : 206, head);
    };
    const events: GetEvents = {
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
    };
    const job = context.peer.store.get(target, events, options);
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
  return undefined;
}
