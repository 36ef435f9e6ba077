import type { TreeEntry, TreeWriteOptions } from "../../../ports/file-tree.ts";
import { etagOf, weigh } from "./conditions.ts";
import { toldContentType } from "./content-types.ts";
import { DavError } from "./errors.ts";
import { answerEmpty, type Exchange, headerOf } from "./exchange.ts";
import { parentOf } from "./paths.ts";
import { davErrorOf } from "./tree-calls.ts";

/** PUT: the body becomes the file, whole or not at all. */
export async function put(exchange: Exchange): Promise<void> {
  const { mount, path, request, response } = exchange;
  const entry = await mount.calls.stat(path);
  checkTarget(exchange, entry);
  weigh(request, entry);
  if (entry === undefined) await checkParent(exchange, path);
  mount.locks.checkChange(path, entry === undefined ? "member" : "content", exchange.tokens);
  const modifiedAtMs = toldTime(headerOf(exchange, "x-oc-mtime"));
  const endTurn = await mount.uploads.take(response);
  let written: TreeEntry;
  try {
    exchange.proceed();
    written = await receive(exchange, {
      ...promiseOf(exchange, entry),
      ...(modifiedAtMs === undefined ? {} : { modifiedAtMs }),
    });
  } finally {
    endTurn();
  }
  const etag = etagOf(written);
  answerEmpty(exchange, entry === undefined ? 201 : 204, {
    ...(etag === undefined ? {} : { etag }),
    ...(modifiedAtMs === undefined ? {} : { "x-oc-mtime": "accepted" }),
  });
}

function checkTarget({ path, hasSlash, request }: Exchange, entry: TreeEntry | undefined): void {
  if (path === "" || entry?.kind === "folder") {
    throw new DavError("bad-method", "A folder is there; a file cannot take its place.");
  }
  if (hasSlash) throw new DavError("conflict", "The address of a file has no slash at its end.");
  if (request.headers["content-range"] !== undefined) {
    throw new DavError("bad-request", "Files are written whole; leave Content-Range out.");
  }
}

/**
 * Checks that the folder for something new is there.
 * @throws DavError("conflict")
 */
export async function checkParent({ mount }: Exchange, path: string): Promise<void> {
  const parent = await mount.calls.stat(parentOf(path) ?? "");
  if (parent?.kind === "folder") return;
  throw new DavError("conflict", "The folder for it is not there. Make it first.");
}

/** What must still hold when the last byte is in: the client's conditions. */
function promiseOf({ request }: Exchange, entry: TreeEntry | undefined): TreeWriteOptions {
  const { headers } = request;
  const mediaType = toldContentType(headers["content-type"]);
  return {
    ...(mediaType === undefined ? {} : { mediaType }),
    ...(headers["if-match"] !== undefined && entry !== undefined ? { ifMatch: entry.etag } : {}),
    ...(headers["if-none-match"]?.trim() === "*" ? { ifAbsent: true } : {}),
  };
}

/** Seconds since 1970, as clients of ownCloud tell when a file was changed. */
function toldTime(header: string): number | undefined {
  const seconds = /^\d{1,11}(\.\d{1,9})?$/.test(header) ? Number(header) : Number.NaN;
  return Number.isNaN(seconds) ? undefined : Math.floor(seconds * 1_000);
}

/** Streams the body into the tree, as fast as it is taken. */
function receive(
  { mount, path, request }: Exchange,
  options: TreeWriteOptions,
): Promise<TreeEntry> {
  const { tree, poke } = mount.calls;
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      request.off("data", take).off("end", finish).off("close", breakOff);
    };
    const fail = (error: unknown): void => {
      stop();
      reject(error);
    };
    const turn = (action: () => void): void => {
      try {
        action();
      } catch (error) {
        writer.abort();
        fail(error);
      }
      poke();
    };
    const take = (chunk: Uint8Array): void =>
      turn(() => {
        if (!writer.write(chunk)) request.pause();
      });
    const finish = (): void => turn(() => writer.finish());
    const breakOff = (): void => {
      if (request.complete) return;
      turn(() => writer.abort());
      fail(new DavError("bad-request", "The upload ended before its end; nothing was kept."));
    };
    const writer = tree.write(path, options, {
      onDrain: () => request.resume(),
      onDone: (entry) => {
        stop();
        resolve(entry);
      },
      onError: (error) => fail(davErrorOf(error)),
    });
    request.on("data", take).on("end", finish).on("close", breakOff);
    if (request.destroyed) breakOff();
    poke();
  });
}
