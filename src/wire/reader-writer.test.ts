import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex, utf8 } from "../base/bytes.ts";
import { AssertionError, must } from "../base/errors.ts";
import { WireError } from "./errors.ts";
import { Reader } from "./reader.ts";
import { varintBytes, Writer } from "./writer.ts";

fc.configureGlobal({ seed: 1 });

const field = fc.oneof(
  fc.record({ kind: fc.constant("u8" as const), value: fc.nat(0xff) }),
  fc.record({ kind: fc.constant("u16" as const), value: fc.nat(0xffff) }),
  fc.record({ kind: fc.constant("u32" as const), value: fc.nat(0xffff_ffff) }),
  fc.record({ kind: fc.constant("u48" as const), value: fc.nat(2 ** 48 - 1) }),
  fc.record({ kind: fc.constant("varint" as const), value: fc.maxSafeNat() }),
);

/** The code of the WireError, or undefined where there was none. Any other exception gets out. */
function codeOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}

describe("reader and writer", () => {
  test("fields come back in order, from any first capacity", () => {
    fc.assert(
      fc.property(
        fc.array(field, { maxLength: 20 }),
        fc.uint8Array({ maxLength: 40 }),
        fc.nat(64),
        (fields, tail, capacity) => {
          const writer = new Writer(capacity);
          for (const { kind, value } of fields) writer[kind](value);
          const frame = writer.bytes(tail).done();
          expect(frame.length).toBe(writer.length);
          const reader = new Reader(frame);
          for (const { kind, value } of fields) expect(reader[kind]()).toBe(value);
          expect(reader.rest()).toEqual(tail);
          reader.end();
        },
      ),
    );
  });

  test("any text comes back, in the bytes that an encoder would have written", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(16), (text, capacity) => {
        const encoded = utf8(text);
        const frame = new Writer(capacity).u8(1).text(text).u8(2).done();
        const expected = new Writer().u8(1).varint(encoded.length).bytes(encoded).u8(2).done();
        expect(frame).toEqual(expected);
      }),
    );
  });

  test("what was written last can be taken back", () => {
    const writer = new Writer(4).u32(1).u8(7).u16(9);
    writer.cut(5);
    expect([...writer.u8(8).done()]).toEqual([0, 0, 0, 1, 7, 8]);
    expect(() => writer.cut(7)).toThrow(AssertionError);
    expect(() => writer.cut(-1)).toThrow(AssertionError);
  });

  test("every frame that ends early is truncated, none is misread", () => {
    fc.assert(
      fc.property(fc.array(field, { minLength: 1, maxLength: 8 }), fc.nat(), (fields, cut) => {
        const writer = new Writer();
        for (const { kind, value } of fields) writer[kind](value);
        const frame = writer.done();
        const reader = new Reader(frame.subarray(0, cut % frame.length));
        const read = () => fields.map(({ kind }) => reader[kind]());
        expect(codeOf(read)).toBe("truncated");
      }),
    );
  });

  test("random reads from random bytes give values or a WireError", () => {
    const step = fc.constantFrom("u8", "u16", "u32", "u48", "varint");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.array(step), (bytes, steps) => {
        const reader = new Reader(bytes);
        codeOf(() => {
          for (const kind of steps) {
            const value = reader[kind]();
            expect(Number.isSafeInteger(value) && value >= 0).toBe(true);
          }
        });
        expect(reader.left).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test("a reader of a view stays inside the view", () => {
    const reader = new Reader(Uint8Array.of(9, 1, 2, 9).subarray(1, 3));
    expect(reader.u16()).toBe(0x0102);
    expect(codeOf(() => reader.u8())).toBe("truncated");
  });

  test("bytes are lent, not copied", () => {
    const frame = Uint8Array.of(1, 2, 3);
    const view = new Reader(frame).bytes(2);
    frame[0] = 7;
    expect(view).toEqual(Uint8Array.of(7, 2));
  });

  test.each([-1, -3, Number.NaN, 4, Number.POSITIVE_INFINITY])(
    "a length of %d is refused",
    (length) => {
      const reader = new Reader(Uint8Array.of(1, 2, 3));
      expect(codeOf(() => reader.bytes(length))).toBe("truncated");
      expect(reader.left).toBe(3);
    },
  );

  test("bytes too many are said to be so", () => {
    expect(codeOf(() => new Reader(Uint8Array.of(1)).end())).toBe("trailing");
  });
});

test.each([0, 1, 0xffff_ffff, 0x1_0000_0000, 0x1_0000_0001, 0xfffe_ffff_ffff, 2 ** 48 - 1])(
  "%d fits into six bytes, and more can be written behind it",
  (value) => {
    const bytes = new Writer(0).u48(value).u8(7).done();
    expect(toHex(bytes)).toBe(`${value.toString(16).padStart(12, "0")}07`);
  },
);

describe("varint", () => {
  test.each([
    [37, "25"],
    [15_293, "7bbd"],
    [494_878_333, "9d7f3e7d"],
  ])("RFC 9000 appendix A.1: %d", (value, text) => {
    const bytes = new Writer().varint(value).done();
    expect(toHex(bytes)).toBe(text);
    expect(new Reader(bytes).varint()).toBe(value);
  });

  test.each([
    [0, 1],
    [0x3f, 1],
    [0x40, 2],
    [0x3fff, 2],
    [0x4000, 4],
    [0x3fff_ffff, 4],
    [0x4000_0000, 8],
    [0xffff_ffff, 8],
    [0x1_0000_0000, 8],
    [Number.MAX_SAFE_INTEGER, 8],
  ])("%d takes %d bytes, as said, and comes back", (value, size) => {
    const bytes = new Writer().varint(value).done();
    expect(bytes.length).toBe(size);
    expect(varintBytes(value)).toBe(size);
    expect(new Reader(bytes).varint()).toBe(value);
  });

  test("2^53-1 is read, 2^53 is not", () => {
    const read = (text: string) => new Reader(must(fromHex(text), "no hex")).varint();
    expect(read("c01fffffffffffff")).toBe(Number.MAX_SAFE_INTEGER);
    expect(codeOf(() => read("c020000000000000"))).toBe("out-of-range");
    expect(codeOf(() => read("ffffffffffffffff"))).toBe("out-of-range");
    expect(
      codeOf(() => read("c2197c5eff14e88c")),
      "RFC 9000 A.1, eight bytes",
    ).toBe("out-of-range");
  });

  test.each([-1, 0.5, 2 ** 53, Number.NaN])("%d is our own mistake", (value) => {
    expect(() => new Writer().varint(value)).toThrow(AssertionError);
  });
});
