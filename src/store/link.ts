import { fromBase32, toBase32 } from "../base/base32.ts";
import { concatBytes, fromHex, toHex, utf8 } from "../base/bytes.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import { StoreError } from "./errors.ts";

const PREFIX = "peernet:object/";
const VERSION = 1;
/** Bytes of a read key. */
export const READ_KEY_BYTES = 32;
/** Bytes of an object root, and of every hash here. */
export const ROOT_BYTES = 32;
const LINK_BYTES = 1 + READ_KEY_BYTES + ROOT_BYTES;
const LOCATE_LABEL = utf8("peernet locate v1");

/** What a capability link carries: enough to find, check and read an object. */
export interface ObjectLink {
  /** 32 bytes; who has it can read. */
  readonly readKey: Uint8Array;
  /** 32 bytes; who has it can find, check and heal, but not read. */
  readonly root: Uint8Array;
}

/** The text of a link: `peernet:object/` and base32 of version 1, read key and root. */
export function formatObjectLink(link: ObjectLink): string {
  const version = Uint8Array.of(VERSION);
  return PREFIX + toBase32(concatBytes(version, link.readKey, link.root));
}

/**
 * The parts of a link.
 * @throws StoreError("bad-link") where the text is none
 */
export function parseObjectLink(text: string): ObjectLink {
  const trimmed = text.trim();
  const encoded = trimmed.startsWith(PREFIX) ? trimmed.slice(PREFIX.length) : undefined;
  // Longer texts are refused before they are decoded.
  const isPlausible = encoded !== undefined && encoded.length === Math.ceil((LINK_BYTES * 8) / 5);
  const bytes = isPlausible ? fromBase32(encoded) : undefined;
  if (bytes === undefined || bytes.length !== LINK_BYTES) {
    throw new StoreError(
      "bad-link",
      `This is no object link. One begins with ${PREFIX} and goes on with 104 letters and digits; ` +
        "please copy it whole.",
    );
  }
  if (bytes[0] !== VERSION) {
    throw new StoreError(
      "bad-link",
      `This link has format ${bytes[0]}, which this Peernet does not know yet. Please update it.`,
    );
  }
  return {
    readKey: bytes.slice(1, 1 + READ_KEY_BYTES),
    root: bytes.slice(1 + READ_KEY_BYTES),
  };
}

/**
 * Version 1 of a content id (multiformats/cid): raw bytes (0x55) with a SHA-256 multihash (0x12)
 * of 32 bytes. What has this hash is the head of the object, as docs/protocol/store.md spells it.
 */
const CID_PREFIX = Uint8Array.of(1, 0x55, 0x12, ROOT_BYTES);

/** The root as a content id that other programs can read: `b` and base32. */
export function formatCid(root: Uint8Array): string {
  return `b${toBase32(concatBytes(CID_PREFIX, root))}`;
}

/** The root in a content id, or undefined where the text is none of ours. */
export function parseCid(text: string): Uint8Array | undefined {
  const length = 1 + Math.ceil(((CID_PREFIX.length + ROOT_BYTES) * 8) / 5);
  const bytes = text.length === length && text[0] === "b" ? fromBase32(text.slice(1)) : undefined;
  const isOurs = bytes !== undefined && CID_PREFIX.every((byte, i) => bytes[i] === byte);
  return isOurs ? bytes.slice(CID_PREFIX.length) : undefined;
}

/** What a call names an object by: a whole link, or only its root (hexadecimal or a content id). */
export interface ObjectTarget {
  readonly root: Uint8Array;
  readonly readKey: Uint8Array | undefined;
}

/**
 * An object by link or by root; the root alone is the capability to check and repair.
 * @throws StoreError("bad-link")
 */
export function parseObjectTarget(text: string): ObjectTarget {
  const root = text.length === 2 * ROOT_BYTES ? fromHex(text) : parseCid(text);
  return root === undefined ? parseObjectLink(text) : { root, readKey: undefined };
}

/** The root of a link or a root text, in hexadecimal. @throws StoreError("bad-link") */
export function rootOf(text: string): string {
  return toHex(parseObjectTarget(text).root);
}

/**
 * What peers are asked for when looking for holders: who knows the root can compute it, who
 * only overhears it learns neither root nor fragments. 32 hexadecimal digits.
 */
export function locateIdOf(suite: CryptoSuite, root: Uint8Array): string {
  return toHex(suite.sha256(LOCATE_LABEL, root).subarray(0, 16));
}
