import type { IncomingMessage, ServerResponse } from "node:http";
import type { FileTreeError, TreeEntry, TreeWriteOptions } from "../../ports/index.ts";
import { decodeBatch } from "../batch.ts";
import { readBytes } from "../body.ts";
import type { ApiContext } from "../context.ts";
import type { FolderBatchBody } from "../contract-folders.ts";
import { MEDIA_TYPE_HEADER } from "../contract-store.ts";
import { ApiError } from "../errors.ts";
import { BATCH_BYTES_MAX, REQUEST_TIMEOUT_MS } from "../limits.ts";
import { ask, settle } from "../wait.ts";
import { rangeOf } from "./object-read.ts";

/** Makes the folders in which a path is to be, those that are missing. */
export async function makeParents(
  context: ApiContext,
  folder: string,
  path: string,
): Promise<void> {
  const tree = context.peer.folders.tree(folder);
  const names = path.split("/").slice(0, -1);
  for (let depth = 1; depth <= names.length; depth++) {
    const parent = names.slice(0, depth).join("/");
    await ask<void>((resolve, reject) => {
      tree.makeFolder(parent, (error) => {
        if (error === null || error.code === "exists") resolve();
        else reject(error);
      });
      context.poke();
    });
  }
}

/** Streams a file of a folder, or the range that is asked for, as fast as the reader takes it. */
export async function readFile(
  context: ApiContext,
  folder: string,
  path: string,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
): Promise<undefined> {
  const tree = context.peer.folders.tree(folder);
  const entry = await ask<TreeEntry>((resolve, reject) => {
    tree.stat(path, settle(resolve, reject));
  });
  const range = rangeOf(request.headers.range, entry.sizeBytes);
  await new Promise<void>((resolve, reject) => {
    const begin = (): void => {
      if (!response.headersSent) response.writeHead(range === undefined ? 200 : 206, head);
    };
    let head: Record<string, string | number> = {};
    const reader = tree.read(path, range ?? { from: 0 }, {
      onStart: (found, from, to) => {
        head = headersOf(found, from, to, range !== undefined);
      },
      onBytes: (bytes) => {
        begin();
        if (!response.write(bytes.slice())) reader.pause();
      },
      onEnd: () => {
        begin();
        response.end();
        resolve();
      },
      onError: (error) => {
        if (!response.headersSent) {
          reject(error);
          return;
        }
        // Too late for an error: the connection is cut, so that nobody takes a part for the whole.
        response.destroy();
        resolve();
      },
    });
    response.on("drain", () => {
      reader.resume();
      context.poke();
    });
    response.on("close", () => {
      if (response.writableFinished) return;
      reader.abort();
      resolve();
    });
    context.poke();
  });
  return undefined;
}

function headersOf(
  entry: TreeEntry,
  from: number,
  to: number,
  isPart: boolean,
): Record<string, string | number> {
  const { name, sizeBytes, etag, modifiedAtMs, mediaType = "" } = entry;
  return {
    "content-type": "application/octet-stream",
    "content-length": to - from,
    "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
    "accept-ranges": "bytes",
    "cache-control": "no-store",
    etag: `"${etag}"`,
    "last-modified": new Date(modifiedAtMs).toUTCString(),
    ...(/^[\x21-\x7e]+$/.test(mediaType) ? { [MEDIA_TYPE_HEADER]: mediaType } : {}),
    ...(isPart ? { "content-range": `bytes ${from}-${to - 1}/${sizeBytes}` } : {}),
  };
}

function optionsOf(query: URLSearchParams): TreeWriteOptions {
  const [type, ifMatch, time] = ["type", "ifMatch", "modifiedAtMs"].map((name) => query.get(name));
  const modifiedAtMs = Number(time ?? Number.NaN);
  if (time !== null && !Number.isSafeInteger(modifiedAtMs)) {
    throw new ApiError("bad-request", "modifiedAtMs is a whole number of milliseconds since 1970.");
  }
  return {
    ...(time === null ? {} : { modifiedAtMs }),
    ...(typeof type === "string" ? { mediaType: type } : {}),
    ...(typeof ifMatch === "string" ? { ifMatch } : {}),
    ...(query.get("ifAbsent") === "1" ? { ifAbsent: true } : {}),
  };
}

/** Puts the small files and folders of a request's body, many in one write to the disk. */
export async function writeBatch(
  context: ApiContext,
  folder: string,
  resolves: boolean,
  request: IncomingMessage,
): Promise<FolderBatchBody> {
  const tree = context.peer.folders.folderTree(folder);
  const entries = decodeBatch(await readBytes(request, REQUEST_TIMEOUT_MS, BATCH_BYTES_MAX));
  const files = entries.map(({ path, bytes, modifiedAtMs }) => {
    return { path, bytes, options: { modifiedAtMs } };
  });
  const errors = await ask<readonly (FileTreeError | null)[]>((resolve) => {
    tree.putAll(files, resolves, resolve);
    context.poke();
  });
  const refused = entries.flatMap(({ path }, index) => {
    const error = errors[index] ?? null;
    return error === null ? [] : [{ path, code: error.code, message: error.message }];
  });
  return { refused };
}

/** Streams a request's body into a file, as fast as it is taken. */
export async function writeFile(
  context: ApiContext,
  folder: string,
  query: URLSearchParams,
  request: IncomingMessage,
): Promise<TreeEntry> {
  const path = query.get("path") ?? "";
  const options = optionsOf(query);
  const tree = context.peer.folders.folderTree(folder);
  if (query.get("parents") === "1") await makeParents(context, folder, path);
  return await new Promise<TreeEntry>((resolve, reject) => {
    const events = {
      onDone: resolve,
      onError: reject,
      onDrain: () => void request.resume(),
    };
    const writer = tree.put(path, options, events, query.get("resolve") === "1");
    request.on("data", (chunk: Uint8Array) => {
      if (!writer.write(chunk)) request.pause();
      context.poke();
    });
    request.on("end", () => {
      writer.finish();
      context.poke();
    });
    request.on("close", () => {
      if (request.complete) return;
      writer.abort();
      reject(new ApiError("bad-request", "The upload ended before its end."));
    });
    context.poke();
  });
}
