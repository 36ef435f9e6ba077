import { fromHex, toHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { type Reader, WireError, type Writer } from "../wire/index.ts";
import { FRAGMENTS_MAX } from "./erasure/index.ts";
import { HASH_BYTES } from "./merkle.ts";

/** Bytes of an id that is known to be hexadecimal. */
export function hexBytes(text: string): Uint8Array {
  return must(fromHex(text), "an id inside the store is hexadecimal");
}

/** An object root, in hexadecimal. */
export function readRoot(reader: Reader): string {
  return toHex(reader.bytes(HASH_BYTES));
}

/** A fragment index. @throws WireError */
export function readIndex(reader: Reader): number {
  const index = reader.u8();
  if (index < FRAGMENTS_MAX) return index;
  throw new WireError("out-of-range", "A fragment index is above every code's.");
}

/** Indices, ascending and without repetition, so that there is one form only. @throws WireError */
export function readIndices(reader: Reader): number[] {
  const count = reader.u8();
  const indices: number[] = [];
  for (let i = 0; i < count; i++) {
    const index = readIndex(reader);
    if (index <= (indices.at(-1) ?? -1)) {
      throw new WireError("not-canonical", "Fragment indices are not in ascending order.");
    }
    indices.push(index);
  }
  return indices;
}

/** Writes a count and indices, which ascend. */
export function writeIndices(writer: Writer, indices: readonly number[]): void {
  writer.u8(indices.length);
  for (const index of indices) writer.u8(index);
}
