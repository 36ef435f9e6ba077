import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { must } from "../base/errors.ts";
import { decodeCbor } from "./cbor.ts";
import { CborArrayReader, CborArrayWriter } from "./cbor-array.ts";
import { encodeCbor } from "./cbor-encode.ts";
import { WireError } from "./errors.ts";

fc.configureGlobal({ seed: 1 });

type Item = number | string | Uint8Array;

const item = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(70_000),
  fc.string({ unit: "grapheme" }),
  fc.uint8Array({ maxLength: 300 }),
);

function written(items: readonly Item[]): Uint8Array {
  const writer = new CborArrayWriter(4).array(items.length);
  for (const each of items) {
    if (typeof each === "number") writer.uint(each);
    else if (typeof each === "string") writer.text(each);
    else writer.bytes(each);
  }
  return writer.done().slice();
}

function read(bytes: Uint8Array, like: readonly Item[]): Item[] {
  const reader = new CborArrayReader(bytes);
  const count = reader.array(like.length);
  const items = like.slice(0, count).map((each) => {
    if (typeof each === "number") return reader.uint(Number.MAX_SAFE_INTEGER);
    return typeof each === "string" ? reader.text(10_000) : reader.bytes(0, 10_000).slice();
  });
  reader.end();
  return items;
}

describe("CBOR with fixed places", () => {
  test("is what the general encoder writes, and is read back", () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 30 }), (items) => {
        const bytes = written(items);
        expect(bytes).toEqual(encodeCbor(items));
        expect(read(bytes, items)).toEqual(items);
      }),
    );
  });

  test("an altered document is refused or is another canonical one", () => {
    fc.assert(
      fc.property(
        fc.array(item, { minLength: 1, maxLength: 6 }),
        fc.nat(),
        fc.nat(255),
        (items, place, byte) => {
          const bytes = written(items);
          bytes[place % bytes.length] = byte;
          let found: readonly Item[];
          try {
            found = read(bytes, items);
          } catch (error) {
            expect(error).toBeInstanceOf(WireError);
            return;
          }
          expect(written(found)).toEqual(bytes);
        },
      ),
    );
  });

  test("numbers in a longer form than need be, other types and cut ends are refused", () => {
    const codeOf = (
      bytes: readonly number[],
      what: (reader: CborArrayReader) => unknown,
    ): string => {
      try {
        what(new CborArrayReader(Uint8Array.from(bytes)));
      } catch (error) {
        return error instanceof WireError ? error.code : "thrown";
      }
      return "read";
    };
    const uint = (reader: CborArrayReader): number => reader.uint(Number.MAX_SAFE_INTEGER);
    expect(codeOf([0x17], uint)).toBe("read");
    expect(codeOf([0x18, 0x17], uint)).toBe("not-canonical");
    expect(codeOf([0x19, 0x00, 0xff], uint)).toBe("not-canonical");
    expect(codeOf([0x1a, 0x00, 0x00, 0xff, 0xff], uint)).toBe("not-canonical");
    expect(codeOf([0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], uint)).toBe("not-canonical");
    expect(codeOf([0x1b, 0xff, 0, 0, 0, 0, 0, 0, 0], uint)).toBe("out-of-range");
    expect(codeOf([0x1f], uint)).toBe("malformed");
    expect(codeOf([0x18], uint)).toBe("truncated");
    expect(codeOf([0x41, 0x00], uint)).toBe("wrong-type");
    expect(codeOf([0x42, 0x00], (reader) => reader.bytes(2))).toBe("truncated");
    expect(codeOf([0x42, 0, 0], (reader) => reader.bytes(3, 4))).toBe("out-of-range");
    expect(codeOf([0x42, 0, 0], (reader) => reader.bytes(1))).toBe("out-of-range");
    expect(codeOf([0x61, 0xff], (reader) => reader.text(9))).toBe("malformed");
    expect(codeOf([0x00, 0x00], (reader) => [uint(reader), reader.end()])).toBe("trailing");
    expect(must(decodeCbor(written([1])) as unknown[], "a list")).toEqual([1]);
  });
});
