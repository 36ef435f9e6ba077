import { NO_BYTES } from "../../base/bytes.ts";
import { Writer } from "../../wire/index.ts";
import { FLAG_EXTENDED, writeHeader } from "../header.ts";
import { HEADER_BYTES } from "../limits.ts";
import { EXT_WAYPOINT } from "./extension.ts";

/** The fields of an extended header, for tests. */
export interface HeaderFields {
  /** Extension flags; the waypoint's is set where there is one. */
  readonly flags?: number;
  readonly waypoint?: Uint8Array;
  readonly ahead?: Uint8Array;
  readonly behind?: Uint8Array;
}

/** An extended header as a sender would write it. For tests only. */
export function headerOf(destination: Uint8Array, fields: HeaderFields): Uint8Array {
  const { flags = 0, waypoint = NO_BYTES, ahead = NO_BYTES, behind = NO_BYTES } = fields;
  const head = new Uint8Array(HEADER_BYTES);
  writeHeader(head, destination, FLAG_EXTENDED, NO_BYTES);
  const writer = new Writer(64).bytes(head);
  writer.u8(flags | (waypoint.length > 0 ? EXT_WAYPOINT : 0)).bytes(waypoint);
  writer.u8(ahead.length).bytes(ahead).u8(behind.length).bytes(behind);
  return writer.done();
}
