import fc from "fast-check";
import { expect, test } from "vitest";
import { Reader, varintBytes } from "../wire/index.ts";
import { PacketBuffer } from "./packet-buffer.ts";

test("numbers of every size are read back, in the shortest form", () => {
  const bounds = [0, 0x3f, 0x40, 0x3fff, 0x4000, 0x3fff_ffff, 0x4000_0000, 2 ** 53 - 1];
  const values = fc.oneof(fc.constantFrom(...bounds), fc.maxSafeNat());
  fc.assert(
    fc.property(fc.array(values, { maxLength: 12 }), (numbers) => {
      const buffer = new PacketBuffer(100);
      for (const number of numbers) buffer.varint(number);
      expect(buffer.length).toBe(numbers.reduce((sum, one) => sum + varintBytes(one), 0));
      const reader = new Reader(buffer.done());
      expect(numbers.map(() => reader.varint())).toEqual(numbers);
      expect(reader.left).toBe(0);
    }),
    { examples: [[bounds]] },
  );
});

test("takes what fits to the last byte, and not one more", () => {
  const buffer = new PacketBuffer(10);
  expect([buffer.length, buffer.room]).toEqual([0, 10]);
  buffer.reset(7);
  buffer.u8(1);
  buffer.u32(0x0203_0405);
  expect([buffer.length, buffer.room]).toEqual([5, 2]);
  expect(() => buffer.bytes(Uint8Array.of(6, 7, 8))).toThrow();
  buffer.bytes(Uint8Array.of(6, 7));
  expect(() => buffer.u8(8)).toThrow();
  expect([...buffer.done()]).toEqual([1, 2, 3, 4, 5, 6, 7]);
  buffer.reset(10);
  expect([buffer.room, buffer.done().length]).toEqual([10, 0]);
  expect(() => buffer.reset(11)).toThrow();
});

test("has room beside it for the largest packet with header and tag, and for one that has come", () => {
  const buffer = new PacketBuffer(1_200);
  expect(buffer.sealed(1_200 + 64).length).toBe(1_264);
  expect(buffer.opened.length).toBe(1_200);
});
