import type { TreeEntry } from "../../../ports/file-tree.ts";
import { changedAtMs, etagOf, parseHttpDate, weigh } from "./conditions.ts";
import { contentTypeOf } from "./content-types.ts";
import { DavError } from "./errors.ts";
import { addressOf, answerEmpty, answerText, type Exchange } from "./exchange.ts";
import { type ByteRange, parseRange } from "./range.ts";
import { davErrorOf } from "./tree-calls.ts";
import { xmlText } from "./xml-writer.ts";

/** Times that a file which changes under the hands of a read is looked at again. */
const LOOKS_MAX = 4;

/** GET and HEAD: a file or a part of it; of a folder a page that lists it. */
export async function get(exchange: Exchange): Promise<void> {
  const { mount, path, request } = exchange;
  for (let look = 0; look < LOOKS_MAX; look++) {
    const entry = await mount.calls.mustStat(path);
    if (entry.kind === "folder") {
      weigh(request, entry);
      return listFolder(exchange);
    }
    if (weigh(request, entry) === "not-modified") {
      return answerEmpty(exchange, 304, validators(entry));
    }
    if (await sendFile(exchange, entry)) return;
  }
  throw new DavError("unavailable", "The file changes all the time. Try again.");
}

function validators(entry: TreeEntry): Record<string, string> {
  const etag = etagOf(entry);
  return {
    ...(etag === undefined ? {} : { etag }),
    "last-modified": new Date(changedAtMs(entry)).toUTCString(),
    "cache-control": "private, no-cache",
  };
}

/** A range counts only while the file is the one that the client knows (RFC 9110 section 13.1.5). */
function rangeOf({ request }: Exchange, entry: TreeEntry): ByteRange | undefined {
  const { headers } = request;
  const ifRange = headers["if-range"]?.toString();
  if (ifRange !== undefined) {
    const isSame = ifRange === etagOf(entry) || parseHttpDate(ifRange) === changedAtMs(entry);
    if (!isSame) return undefined;
  }
  try {
    return parseRange(headers.range, entry.sizeBytes);
  } catch (error) {
    if (!(error instanceof DavError)) throw error;
    throw new DavError(error.code, error.message, "", "", { cause: entry });
  }
}

/** False where the file was another one by the time its bytes came: nothing has been sent then. */
async function sendFile(exchange: Exchange, entry: TreeEntry): Promise<boolean> {
  const { response, request, mount } = exchange;
  let range: ByteRange | undefined;
  try {
    range = rangeOf(exchange, entry);
  } catch (error) {
    response.setHeader("content-range", `bytes */${entry.sizeBytes}`);
    throw error;
  }
  const { from, to } = range ?? { from: 0, to: entry.sizeBytes };
  const head = {
    ...validators(entry),
    "content-type": contentTypeOf(entry.name, entry.mediaType),
    "content-length": `${to - from}`,
    "accept-ranges": "bytes",
    ...(range === undefined
      ? {}
      : { "content-range": `bytes ${from}-${to - 1}/${entry.sizeBytes}` }),
  };
  const status = range === undefined ? 200 : 206;
  if (request.method === "HEAD" || from === to) {
    response.writeHead(status, head);
    response.end();
    return true;
  }
  const endTurn = await mount.downloads.take(response);
  try {
    return await stream(exchange, entry, { from, to }, () => response.writeHead(status, head));
  } finally {
    endTurn();
  }
}

/** The head is written with the first bytes only: what fails before can still be told. */
function stream(
  { response, mount, path }: Exchange,
  entry: TreeEntry,
  { from, to }: ByteRange,
  writeHead: () => void,
): Promise<boolean> {
  const { tree, poke } = mount.calls;
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      response.off("drain", drain).off("close", leave);
      settle();
    };
    const leave = (): void =>
      finish(() => {
        reader.abort();
        resolve(true);
      });
    const drain = (): void => {
      reader.resume();
      poke();
    };
    const reader = tree.read(
      path,
      { from, to },
      {
        onStart: (found) => {
          if (found.etag === entry.etag && found.sizeBytes === entry.sizeBytes) return;
          reader.abort();
          finish(() => resolve(false));
        },
        onBytes: (bytes) => {
          if (!response.headersSent) writeHead();
          if (!response.write(bytes.slice())) reader.pause();
        },
        onEnd: () =>
          finish(() => {
            response.end();
            resolve(true);
          }),
        onError: (error) => finish(() => reject(davErrorOf(error))),
      },
    );
    response.on("drain", drain).once("close", leave);
    if (response.destroyed) leave();
    poke();
  });
}

async function listFolder(exchange: Exchange): Promise<void> {
  const { mount, path } = exchange;
  const entries = await mount.calls.list(path);
  const rows = entries.map((entry) => {
    const isFolder = entry.kind === "folder";
    const at = path === "" ? entry.name : `${path}/${entry.name}`;
    const href = addressOf(exchange, at, isFolder);
    return `<li><a href="${href}">${xmlText(entry.name)}${isFolder ? "/" : ""}</a></li>`;
  });
  const title = xmlText(path === "" ? mount.name : path);
  const page = `<!doctype html>\n<meta charset="utf-8"><title>${title}</title>\n<h1>${title}</h1>\n<ul>\n${rows.join("\n")}\n</ul>\n`;
  answerText(exchange, 200, "text/html; charset=utf-8", page, { "cache-control": "no-store" });
}
