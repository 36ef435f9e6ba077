import { utf8 } from "../../../base/bytes.ts";
import type { TreeEntry } from "../../../ports/file-tree.ts";
import { weigh } from "./conditions.ts";
import { DavError } from "./errors.ts";
import { answerEmpty, answerText, type Exchange, headerOf } from "./exchange.ts";
import { LOCK_OWNER_BYTES_MAX, LOCK_TIMEOUT_MS_MAX } from "./limits.ts";
import type { Lock } from "./locks.ts";
import { lockDiscovery } from "./properties.ts";
import { checkParent } from "./put.ts";
import { davErrorOf } from "./tree-calls.ts";
import { davChild, isDav, readXml } from "./xml-body.ts";
import type { XmlElement } from "./xml-reader.ts";
import { davDocument, davElement, writeElement } from "./xml-writer.ts";

/** LOCK: a new lock, or one that holds for longer (RFC 4918 section 9.10). */
export async function lock(exchange: Exchange): Promise<void> {
  const { mount, path, request, tokens } = exchange;
  const body = await readXml(exchange);
  const timeoutMs = timeoutIn(headerOf(exchange, "timeout"));
  if (body === undefined) {
    const refreshed = mount.locks.refresh(tokens, path, timeoutMs);
    if (refreshed !== undefined) return answerLock(exchange, refreshed, 200);
    const words = "No lock of this address is named in the If header.";
    throw new DavError("precondition", words, "lock-token-matches-request-uri");
  }
  const { isShared, ownerXml } = wishIn(body);
  const isDeep = isDeepLock(exchange);
  const entry = await mount.calls.stat(path);
  weigh(request, entry);
  if (entry === undefined) {
    await checkParent(exchange, path);
    mount.locks.checkChange(path, "member", tokens);
  }
  const made = mount.locks.add({ path, isDeep, isShared, ownerXml, timeoutMs });
  try {
    if (entry === undefined) await makeEmpty(exchange);
  } catch (error) {
    mount.locks.remove(made.token, path);
    throw error;
  }
  answerLock(exchange, made, entry === undefined ? 201 : 200);
}

/** UNLOCK (RFC 4918 section 9.11). */
export async function unlock(exchange: Exchange): Promise<void> {
  const [, token] = /^\s*<([^<>\s]+)>\s*$/.exec(headerOf(exchange, "lock-token")) ?? [];
  if (token === undefined) throw new DavError("bad-request", "The Lock-Token is missing.");
  if (!exchange.mount.locks.remove(token, exchange.path)) {
    const words = "There is no such lock here; it may have ended.";
    throw new DavError("conflict", words, "lock-token-matches-request-uri");
  }
  answerEmpty(exchange, 204);
}

function answerLock(exchange: Exchange, { token }: Lock, status: number): void {
  const found = davElement("lockdiscovery", lockDiscovery(exchange, exchange.path));
  const isNew = exchange.tokens.has(token) ? {} : { "lock-token": `<${token}>` };
  answerText(exchange, status, "application/xml; charset=utf-8", davDocument("prop", found), isNew);
}

/** What is locked before it is there becomes an empty file (RFC 4918 section 7.3). */
function makeEmpty({ mount, path }: Exchange): Promise<TreeEntry> {
  return new Promise((resolve, reject) => {
    const { tree, poke } = mount.calls;
    const writer = tree.write(
      path,
      { ifAbsent: true },
      { onDone: resolve, onError: (error) => reject(davErrorOf(error)) },
    );
    writer.finish();
    poke();
  });
}

/** The first of the wishes such as "Infinite, Second-4100000000" that is understood. */
function timeoutIn(header: string): number {
  const [, seconds] = /(?:^|,)\s*(?:Infinite|Second-(\d{1,10}))\s*(?:,|$)/i.exec(header) ?? [];
  const wishMs = seconds === undefined ? LOCK_TIMEOUT_MS_MAX : Number(seconds) * 1_000;
  return Math.min(wishMs, LOCK_TIMEOUT_MS_MAX);
}

function isDeepLock(exchange: Exchange): boolean {
  const depth = headerOf(exchange, "depth").toLowerCase();
  if (depth === "" || depth === "infinity") return true;
  if (depth === "0") return false;
  throw new DavError("bad-request", "The Depth of a lock is '0' or 'infinity'.");
}

function wishIn(body: XmlElement): { readonly isShared: boolean; readonly ownerXml: string } {
  const scope = isDav(body, "lockinfo") ? davChild(body, "lockscope") : undefined;
  const type = davChild(body, "locktype");
  const isShared = scope !== undefined && davChild(scope, "shared") !== undefined;
  const isExclusive = scope !== undefined && davChild(scope, "exclusive") !== undefined;
  const isWrite = type !== undefined && davChild(type, "write") !== undefined;
  if (isShared === isExclusive || !isWrite) {
    throw new DavError("bad-request", "The body is no 'lockinfo' that can be understood.");
  }
  const owner = davChild(body, "owner");
  const ownerXml = owner === undefined ? "" : writeElement(owner);
  if (utf8(ownerXml).length > LOCK_OWNER_BYTES_MAX) {
    throw new DavError("too-large", `The owner is above ${LOCK_OWNER_BYTES_MAX} bytes.`);
  }
  return { isShared, ownerXml };
}
