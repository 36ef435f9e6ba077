import { toHex } from "../../base/bytes.ts";
import type { PersonId } from "../../identity/index.ts";
import { CborArrayReader, CborArrayWriter, WireError } from "../../wire/index.ts";
import { ID_BYTES, idBytes } from "./hex.ts";
import { ACCOUNTS_MAX, RULES_MAX } from "./limits.ts";

const VERSION = 1;
const MEMBERS = 4;

/** How this device stands to a community. */
export interface Head {
  readonly group: string;
  /**
   * The rules' number up to which this device does not act as a steward, because its home may be an old copy that
   * does not know what it has signed; 0 where it may.
   */
  readonly restsUntil: number;
  /** People whom this steward has let in and whose accounts have not begun yet. */
  readonly admitted: readonly PersonId[];
}

/** As kept on disk. */
export function encodeHead({ group, restsUntil, admitted }: Head): Uint8Array {
  const writer = new CborArrayWriter().array(MEMBERS).uint(VERSION).bytes(idBytes(group));
  writer.uint(restsUntil).array(admitted.length);
  for (const person of admitted) writer.bytes(idBytes(person));
  return writer.done();
}

/** @throws WireError */
export function decodeHead(bytes: Uint8Array): Head {
  const reader = new CborArrayReader(bytes);
  if (reader.array(MEMBERS) !== MEMBERS || reader.uint(255) !== VERSION) {
    throw new WireError("version", "A community was kept by a newer version of Peernet.");
  }
  const group = toHex(reader.bytes(ID_BYTES));
  const restsUntil = reader.uint(RULES_MAX);
  const admitted = Array.from({ length: reader.array(ACCOUNTS_MAX) }, () =>
    toHex(reader.bytes(ID_BYTES)),
  );
  reader.end();
  return { group, restsUntil, admitted };
}
