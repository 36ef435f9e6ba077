import { toHex } from "../../base/bytes.ts";
import type { PersonId } from "../../identity/index.ts";
import { CborArrayReader, CborArrayWriter, WireError } from "../../wire/index.ts";
import { AMOUNT_MAX } from "../amount.ts";
import { ID_BYTES, idBytes } from "./hex.ts";

const VERSION = 1;
const MEMBERS = 3;

/** What of a teller's slip a steward remembers that signed it besides another entry. */
export interface SlipPart {
  readonly teller: PersonId;
  readonly amount: number;
}

/** As kept on disk. */
export function encodeSlipPart({ teller, amount }: SlipPart): Uint8Array {
  return new CborArrayWriter(64)
    .array(MEMBERS)
    .uint(VERSION)
    .bytes(idBytes(teller))
    .uint(amount)
    .done();
}

/** @throws WireError */
export function decodeSlipPart(bytes: Uint8Array): SlipPart {
  const reader = new CborArrayReader(bytes);
  if (reader.array(MEMBERS) !== MEMBERS || reader.uint(255) !== VERSION) {
    throw new WireError("version", "A slip was kept by a newer version of Peernet.");
  }
  const part = { teller: toHex(reader.bytes(ID_BYTES)), amount: reader.uint(AMOUNT_MAX) };
  reader.end();
  return part;
}
