import { equalBytes, utf8 } from "../../base/bytes.ts";
import { TypedError } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { Reader, Writer } from "../../wire/index.ts";
import { MessagesError } from "../errors.ts";
import { FILE_BYTES_MAX, FILE_PARCELS_MAX } from "./limits.ts";
import { decodeParcel, encodeParcel, type Parcel } from "./parcel.ts";

const MAGIC = utf8("peernet carry 1\n");
const CHECKSUM_BYTES = 32;

/**
 * A carry file: "peernet carry 1" and a line feed, the number of parcels (4 bytes), each parcel after
 * its length (4 bytes), SHA-256 of all that. What is in the parcels is sealed; the file as such says
 * how many there are, how old and how large.
 * @param parcels at most FILE_PARCELS_MAX, together below FILE_BYTES_MAX
 */
export function encodeCarryFile(suite: CryptoSuite, parcels: readonly Parcel[]): Uint8Array {
  const writer = new Writer(1_024).bytes(MAGIC).u32(parcels.length);
  for (const parcel of parcels) {
    const bytes = encodeParcel(parcel);
    writer.u32(bytes.length).bytes(bytes);
  }
  const checksum = suite.sha256(writer.done());
  return writer.bytes(checksum).done();
}

/** Bytes that a parcel takes in a carry file. */
export function parcelBytesInFile(parcel: Parcel): number {
  return encodeParcel(parcel).length + 4;
}

/** Bytes that a carry file has around its parcels. */
export const FILE_FRAME_BYTES: number = MAGIC.length + 4 + CHECKSUM_BYTES;

/** @throws MessagesError("bad-carry-file") with what to do next, for anything that is no whole carry file */
export function decodeCarryFile(suite: CryptoSuite, bytes: Uint8Array): readonly Parcel[] {
  if (bytes.length > FILE_BYTES_MAX) {
    throw bad(`The file is larger than ${FILE_BYTES_MAX >> 20} MiB, which no carry file is.`);
  }
  if (!equalBytes(bytes.subarray(0, MAGIC.length), MAGIC)) {
    const isNewer = equalBytes(bytes.subarray(0, 14), MAGIC.subarray(0, 14));
    throw bad(
      isNewer
        ? "The carry file was written by a newer Peernet. Update this one."
        : "This is no carry file. Make one with: peernet carry out FILE",
    );
  }
  const border = bytes.length - CHECKSUM_BYTES;
  const isWhole =
    border >= MAGIC.length + 4 &&
    equalBytes(suite.sha256(bytes.subarray(0, border)), bytes.subarray(border));
  if (!isWhole) throw bad("The carry file is cut short or damaged. Copy it again.");
  try {
    const reader = new Reader(bytes.subarray(MAGIC.length, border));
    const count = reader.u32();
    if (count > FILE_PARCELS_MAX) throw bad("The carry file has too many letters in it.");
    const parcels: Parcel[] = [];
    for (let at = 0; at < count; at++) parcels.push(decodeParcel(reader.bytes(reader.u32())));
    reader.end();
    return parcels;
  } catch (cause) {
    if (!(cause instanceof TypedError) || cause instanceof MessagesError) throw cause;
    throw bad("The carry file is made wrongly; nothing was taken from it.", cause);
  }
}

function bad(words: string, cause?: unknown): MessagesError {
  return new MessagesError("bad-carry-file", words, { cause });
}
