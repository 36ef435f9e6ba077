import { decode } from "cborg";
import { equalBytes } from "../base/bytes.ts";
import { type CborValue, encodeCbor } from "./cbor-encode.ts";
import { decodeQuickly } from "./cbor-quick.ts";
import { StrictTokenizer } from "./cbor-tokens.ts";
import { WireError } from "./errors.ts";
import { CBOR_BYTES_MAX, CBOR_DEPTH_MAX, CBOR_ITEMS_MAX } from "./limits.ts";

/**
 * The same memory as a plain Uint8Array. cborg gives out Node's Buffer now and then, and slices
 * one without copying when handed one; their `slice` and equality differ from what we promise.
 */
function plain(bytes: Uint8Array): Uint8Array {
  if (Object.getPrototypeOf(bytes) === Uint8Array.prototype) return bytes;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * The value of one canonical CBOR document; pass it to a `Schema` before use. Byte strings in it
 * are copies, so `bytes` may be lent.
 * @throws WireError for anything that `encodeCbor` would not have written
 */
export function decodeCbor(bytes: Uint8Array): unknown {
  if (bytes.length > CBOR_BYTES_MAX) {
    throw new WireError("too-large", `A document of ${bytes.length} bytes is above the limit.`);
  }
  const quick = decodeQuickly(bytes);
  return quick === undefined ? decodeSlowly(bytes) : quick.value;
}

/**
 * The same, and what is wrong with a document that is none; `decodeQuickly` reads only what this would, too.
 * @throws WireError
 */
export function decodeSlowly(bytes: Uint8Array): unknown {
  checkHeads(bytes);
  let value: CborValue;
  let again: Uint8Array;
  try {
    const tokenizer = new StrictTokenizer(plain(bytes), STRICT);
    value = decode(bytes, { ...STRICT, tokenizer }) as CborValue;
    again = encodeCbor(value);
  } catch (cause) {
    throw new WireError("malformed", "Not a CBOR document.", { cause });
  }
  if (!equalBytes(again, bytes)) {
    throw new WireError("not-canonical", "The CBOR document is not in canonical form.");
  }
  return value;
}

const STRICT = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  rejectDuplicateMapKeys: true,
} as const;

/** Major types of RFC 8949 section 3.1 that are treated apart. */
const MAJOR = { bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const;
/** Simple values false, true and null; undefined and floats are not used here. */
const SIMPLE_VALUES: readonly number[] = [20, 21, 22];

/**
 * Walks the heads only, so that a bomb of brackets, a promise of huge lengths or a crowd of tiny
 * items costs neither stack nor memory.
 */
function checkHeads(bytes: Uint8Array): void {
  const openItems: number[] = [];
  let items = 0;
  let at = 0;
  while (at < bytes.length) {
    if (++items > CBOR_ITEMS_MAX) throw new WireError("too-large", "Too many items.");
    const major = (bytes[at] ?? 0) >> 5;
    const argument = readArgument(bytes, at);
    checkKind(major, (bytes[at] ?? 0) & 31);
    at += 1 + argumentBytes((bytes[at] ?? 0) & 31);
    if (major === MAJOR.bytes || major === MAJOR.text) at += argument;
    if (major === MAJOR.array) openContainer(openItems, argument, bytes.length - at);
    else if (major === MAJOR.map) openContainer(openItems, argument * 2, bytes.length - at);
    else closeItems(openItems);
  }
}

function checkKind(major: number, short: number): void {
  if (major === MAJOR.tag) throw new WireError("malformed", "CBOR tags are not used here.");
  if (major === MAJOR.simple && !SIMPLE_VALUES.includes(short)) {
    throw new WireError("malformed", "Floats and undefined are not used here.");
  }
}

function openContainer(openItems: number[], count: number, bytesLeft: number): void {
  if (count > bytesLeft) throw new WireError("truncated", "An array or map is cut short.");
  if (openItems.length >= CBOR_DEPTH_MAX) throw new WireError("too-deep", "Nested too deep.");
  if (count === 0) closeItems(openItems);
  else openItems.push(count);
}

/** One item is complete, and with it every container of which it was the last. */
function closeItems(openItems: number[]): void {
  for (let last = openItems.length - 1; last >= 0; last--) {
    const left = (openItems[last] ?? 1) - 1;
    openItems[last] = left;
    if (left > 0) return;
    openItems.pop();
  }
}

function argumentBytes(short: number): number {
  return short < 24 ? 0 : short === 24 ? 1 : short === 25 ? 2 : short === 26 ? 4 : 8;
}

function readArgument(bytes: Uint8Array, at: number): number {
  const short = (bytes[at] ?? 0) & 31;
  if (short < 24) return short;
  if (short > 27) throw new WireError("malformed", "Indefinite lengths are not used here.");
  let value = 0;
  for (let i = 1; i <= argumentBytes(short); i++) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}
