import { fromHex, toHex, toHexOf, utf8 } from "../base/bytes.ts";
import { assert, must } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/suite.ts";
import type { PeerId, PersonId } from "./types.ts";

/** Bytes of a peer's address and of a person's id. */
export const ID_BYTES = 16;

const ADDRESS_LABEL = utf8("peernet address v1");
const PERSON_LABEL = utf8("peernet person v1");
/** First byte of a unique local IPv6 address with the local bit set (RFC 4193). */
const ADDRESS_PREFIX = 0xfd;

/** The address that belongs to a device's sign key: fd, then 120 bits of its SHA-256. */
export function peerIdOf(suite: CryptoSuite, signKey: Uint8Array): PeerId {
  const id = new Uint8Array(ID_BYTES);
  id[0] = ADDRESS_PREFIX;
  id.set(suite.sha256(ADDRESS_LABEL, signKey).subarray(0, ID_BYTES - 1), 1);
  return toHex(id);
}

/** The id that belongs to a person's sign key: 128 bits of its SHA-256. */
export function personIdOf(suite: CryptoSuite, signKey: Uint8Array): PersonId {
  return toHexOf(suite.sha256(PERSON_LABEL, signKey), 0, ID_BYTES);
}

/** The 16 bytes of a peer's address, as frames carry them. */
export function peerIdToBytes(id: PeerId): Uint8Array {
  return must(fromHex(id), "a peer id is hexadecimal");
}

/** The peer id of 16 bytes from a frame. Whether they begin with fd is the caller's to check. */
export function peerIdFromBytes(bytes: Uint8Array): PeerId {
  assert(bytes.length === ID_BYTES, "a peer id has 16 bytes");
  return toHex(bytes);
}

/** The address as people and other programs read it: IPv6 text in the form of RFC 5952. */
export function formatAddress(id: PeerId): string {
  const bytes = peerIdToBytes(id);
  const groups: number[] = [];
  for (let i = 0; i < ID_BYTES; i += 2) groups.push(((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0));
  const { start, length } = longestZeroRun(groups);
  const text = (part: readonly number[]): string => part.map((g) => g.toString(16)).join(":");
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

/**
 * The peer id of an address that a person typed: IPv6 text in any valid spelling, or 32
 * hexadecimal digits. Undefined where it is neither or does not begin with fd.
 */
export function parseAddress(text: string): PeerId | undefined {
  const lower = text.trim().toLowerCase();
  const id = /^[0-9a-f]{32}$/.test(lower) ? lower : parseIpv6(lower);
  return id?.startsWith("fd") === true ? id : undefined;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let i = 0; i < groups.length; i++) {
    if (groups[i] !== 0) start = i + 1;
    else if (i + 1 - start > best.length) best = { start, length: i + 1 - start };
  }
  return best;
}

const GROUPS = 8;

/** RFC 4291 section 2.2, forms 1 and 2; no zone and no dotted IPv4 tail. */
function parseIpv6(text: string): string | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = GROUPS - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array<string>(missing).fill("0"), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return undefined;
  return groups.map((group) => group.padStart(4, "0")).join("");
}
