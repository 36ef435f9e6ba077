import fc from "fast-check";
import { expect, test } from "vitest";
import { Reader, varintBytes } from "../wire/index.ts";
import { PACKET_BYTES_MAX } from "./limits.ts";
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
  expect(buffer.opened(1_200).length).toBe(1_200);
});

test("grows as packets do, and keeps what was written", () => {
  const buffer = new PacketBuffer(PACKET_BYTES_MAX);
  const bytes = Uint8Array.from({ length: PACKET_BYTES_MAX }, (_, i) => i % 251);
  for (const length of [1, 2_047, 2_048, 2_049, 5_000, PACKET_BYTES_MAX]) {
    buffer.reset(length);
    buffer.u8(0);
    for (let at = 1; at < length; at += 700)
      buffer.bytes(bytes.subarray(at, Math.min(length, at + 700)));
    expect(buffer.done()).toEqual(bytes.subarray(0, length));
    expect(buffer.sealed(length + 64)).toHaveLength(length + 64);
    expect(buffer.opened(length).length).toBeGreaterThanOrEqual(length);
  }
  expect(buffer.opened(PACKET_BYTES_MAX)).toHaveLength(PACKET_BYTES_MAX);
});

test("what is lent is told without a copy, and copied as soon as something follows it", () => {
  const buffer = new PacketBuffer(60_000);
  const lent = new Uint8Array(20_000).fill(7);
  buffer.reset(50_000);
  buffer.lend(lent);
  expect([buffer.length, buffer.room]).toEqual([20_000, 30_000]);
  expect(buffer.done()).toBe(lent);
  buffer.u8(9);
  lent.fill(0);
  expect(buffer.done()).toEqual(Uint8Array.from([...new Uint8Array(20_000).fill(7), 9]));
  // What is small, or comes second, is copied at once.
  buffer.reset(50_000);
  buffer.lend(lent.subarray(0, 16_383));
  buffer.lend(lent);
  lent.fill(5);
  expect(buffer.done()).toEqual(new Uint8Array(36_383));
  buffer.reset(19_999);
  expect(() => buffer.lend(lent)).toThrow();
  expect(buffer.done()).toHaveLength(0);
});
