import { fromHex, NO_BYTES, toHex } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { MoneyError } from "../errors.ts";

/** Bytes of a hash. */
export const HASH_BYTES = 32;
/** Bytes of a person's or community's id. */
export const ID_BYTES = 16;

/** The bytes of an id; none for "". */
export function idBytes(id: string): Uint8Array {
  return id === "" ? NO_BYTES : must(fromHex(id), "ids are hexadecimal");
}

/** The id of bytes that may be none; they have `length` otherwise. @throws MoneyError("bad-entry") */
export function optionalId(bytes: Uint8Array, length: number): string {
  if (bytes.length !== 0 && bytes.length !== length) {
    throw new MoneyError("bad-entry", "An id of another length.");
  }
  return toHex(bytes);
}
