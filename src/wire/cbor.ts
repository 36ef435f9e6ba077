import { decode, encode } from "cborg";
import { equalBytes } from "../base/bytes.ts";
import { WireError } from "./errors.ts";
import { CBOR_BYTES_MAX, CBOR_DEPTH_MAX } from "./limits.ts";

/** What Peernet puts into CBOR: no floats, no tags, no undefined; map keys are texts. */
export type CborValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly CborValue[]
  | { readonly [key: string]: CborValue | undefined };

/** Canonical CBOR (RFC 8949 section 4.2.1). Members that are undefined are left out. */
export function encodeCbor(value: CborValue): Uint8Array {
  return encode(value, { ignoreUndefinedProperties: true });
}

/**
 * The value of one canonical CBOR document; pass it to a `Schema` before use.
 * @throws WireError for anything that `encodeCbor` would not have written
 */
export function decodeCbor(bytes: Uint8Array): unknown {
  if (bytes.length > CBOR_BYTES_MAX) {
    throw new WireError("too-large", `A document of ${bytes.length} bytes is above the limit.`);
  }
  checkDepth(bytes);
  let value: CborValue;
  let again: Uint8Array;
  try {
    value = decode(bytes, STRICT) as CborValue;
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

/** Walks the heads only, so that a bomb of brackets costs neither stack nor memory. */
function checkDepth(bytes: Uint8Array): void {
  const openItems: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    const major = (bytes[at] ?? 0) >> 5;
    const argument = readArgument(bytes, at);
    at += 1 + argumentBytes((bytes[at] ?? 0) & 31);
    if (major === 2 || major === 3) at += argument;
    if (major === 4 || major === 5) openContainer(openItems, argument, major === 5, bytes.length);
    else closeItems(openItems);
  }
}

function openContainer(openItems: number[], count: number, pairs: boolean, limit: number): void {
  if (count > limit) throw new WireError("truncated", "An array is cut short.");
  if (openItems.length >= CBOR_DEPTH_MAX) throw new WireError("too-deep", "Nested too deep.");
  if (count === 0) closeItems(openItems);
  else openItems.push(pairs ? count * 2 : count);
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
