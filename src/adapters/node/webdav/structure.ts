import { weigh } from "./conditions.ts";
import { pathInAddress } from "./destination.ts";
import { DavError } from "./errors.ts";
import { answerEmpty, type Exchange, headerOf } from "./exchange.ts";
import { isWithin } from "./paths.ts";
import { checkParent } from "./put.ts";
import { hasBody } from "./xml-body.ts";

/** MKCOL (RFC 4918 section 9.3). */
export async function makeFolder(exchange: Exchange): Promise<void> {
  const { mount, path, request } = exchange;
  if (hasBody(exchange)) throw new DavError("bad-body", "MKCOL takes no body here.");
  const entry = await mount.calls.stat(path);
  weigh(request, entry);
  if (entry !== undefined) throw new DavError("bad-method", "Something is there already.");
  await checkParent(exchange, path);
  mount.locks.checkChange(path, "member", exchange.tokens);
  await mount.calls.makeFolder(path);
  answerEmpty(exchange, 201);
}

/** DELETE: with everything in it. */
export async function remove(exchange: Exchange): Promise<void> {
  const { mount, path, request } = exchange;
  const depth = headerOf(exchange, "depth").toLowerCase();
  const entry = await mount.calls.mustStat(path);
  if (depth !== "" && depth !== "infinity" && entry.kind === "folder") {
    throw new DavError("bad-request", "A folder is removed with everything in it.");
  }
  if (path === "") throw new DavError("forbidden", "The mount itself cannot be removed here.");
  weigh(request, entry);
  mount.locks.checkChange(path, "tree", exchange.tokens);
  await mount.calls.remove(path);
  mount.locks.forget(path);
  await mount.properties.remove(path);
  answerEmpty(exchange, 204);
}

/** COPY (RFC 4918 section 9.8). */
export function copy(exchange: Exchange): Promise<void> {
  return transfer(exchange, "copy");
}

/** MOVE (RFC 4918 section 9.9). */
export function move(exchange: Exchange): Promise<void> {
  return transfer(exchange, "move");
}

async function transfer(exchange: Exchange, kind: "copy" | "move"): Promise<void> {
  const { mount, path, request, tokens } = exchange;
  const to = destinationOf(exchange);
  const entry = await mount.calls.mustStat(path);
  const isDeep = isDeepTransfer(exchange, kind);
  weigh(request, entry);
  if (isWithin(to, path) || isWithin(path, to)) {
    throw new DavError("forbidden", "Nothing goes into itself, nor over the folder that holds it.");
  }
  const target = await mount.calls.stat(to);
  if (target === undefined) await checkParent(exchange, to);
  else if (headerOf(exchange, "overwrite").toUpperCase() === "F") {
    throw new DavError("precondition", "Something is there already.");
  }
  if (kind === "move") mount.locks.checkChange(path, "tree", tokens);
  mount.locks.checkChange(to, target === undefined ? "member" : "tree", tokens);
  const isFlat = entry.kind === "folder" && !isDeep;
  if (isFlat) {
    if (target !== undefined) await mount.calls.remove(to);
    await mount.calls.makeFolder(to);
  } else await mount.calls.transfer(kind, path, to);
  if (target?.kind === "folder") mount.locks.forget(to);
  if (kind === "move") {
    mount.locks.forget(path);
    await mount.properties.move(path, to);
  } else await mount.properties.copy(path, to, isDeep);
  answerEmpty(exchange, target === undefined ? 201 : 204);
}

function destinationOf(exchange: Exchange): string {
  const address = headerOf(exchange, "destination");
  if (address === "") throw new DavError("bad-request", "The Destination is missing.");
  return pathInAddress(exchange, address);
}

function isDeepTransfer(exchange: Exchange, kind: "copy" | "move"): boolean {
  const depth = headerOf(exchange, "depth").toLowerCase();
  if (depth === "" || depth === "infinity") return true;
  if (depth === "0" && kind === "copy") return false;
  throw new DavError("bad-request", "Depth is 'infinity', or '0' for a copy.");
}
