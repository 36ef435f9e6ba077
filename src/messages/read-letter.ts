import { fromHex, toHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { Reader, WireError, Writer } from "../wire/index.ts";
import { MARK_BYTES } from "./body.ts";
import { READ_MARKS_PER_LETTER_MAX } from "./limits.ts";

const ID_BYTES = 16;
const CODES = ["person", "group"] as const;

/** Where messages stand: in the conversation with a person, or in the chat of a group. */
export interface ReadPlace {
  readonly of: (typeof CODES)[number];
  /** 32 hexadecimal digits. */
  readonly id: string;
}

/** Messages of one place that have been read. */
export interface ReadSection {
  readonly place: ReadPlace;
  /** Marks, hexadecimal; at least one. */
  readonly marks: readonly string[];
}

/**
 * The content of a letter of kind `seen`: for each place a code (1: 0 a person, 1 a group), its id (16),
 * the number of marks (varint) and the marks (6 each).
 */
export function encodeSections(sections: readonly ReadSection[]): Uint8Array {
  const writer = new Writer(64);
  for (const { place, marks } of sections) {
    writer.u8(CODES.indexOf(place.of)).bytes(bytesOf(place.id)).varint(marks.length);
    for (const mark of marks) writer.bytes(bytesOf(mark));
  }
  return writer.done();
}

/** @throws WireError for what no Peernet would have written */
export function decodeSections(content: Uint8Array): readonly ReadSection[] {
  const reader = new Reader(content);
  const sections: ReadSection[] = [];
  let count = 0;
  while (reader.left > 0) {
    const of = CODES[reader.u8()];
    if (of === undefined) throw new WireError("out-of-range", "Messages stand nowhere known.");
    const id = toHex(reader.bytes(ID_BYTES));
    const length = reader.varint();
    count += length;
    if (length === 0 || count > READ_MARKS_PER_LETTER_MAX) {
      throw new WireError("out-of-range", "A letter tells of too many messages, or of none.");
    }
    const marks = Array.from({ length }, () => toHex(reader.bytes(MARK_BYTES)));
    sections.push({ place: { of, id }, marks });
  }
  return sections;
}

function bytesOf(hex: string): Uint8Array {
  return must(fromHex(hex), "ids and marks are hexadecimal");
}
