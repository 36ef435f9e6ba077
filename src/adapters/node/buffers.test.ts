import { expect, test } from "vitest";
import { giveBack, plainBytes } from "./buffers.ts";

test("plain bytes are the same memory with a slice that copies", () => {
  const plain = plainBytes(Buffer.from([1, 2, 3]).subarray(1));
  expect(plain).toEqual(Uint8Array.of(2, 3));
  plain.slice()[0] = 9;
  expect(plain[0]).toBe(2);
});

test("large memory is given back", () => {
  const bytes = new Uint8Array(65_536).fill(1);
  giveBack(bytes);
  expect(bytes.length).toBe(0);
});

test("what shares its memory, or is small, is left alone", () => {
  const whole = new Uint8Array(65_536).fill(1);
  giveBack(whole.subarray(1));
  giveBack(whole.subarray(0, -1));
  const small = new Uint8Array(4_095).fill(1);
  giveBack(small);
  const shared = new Uint8Array(new SharedArrayBuffer(8_192)).fill(1);
  giveBack(shared);
  for (const bytes of [whole, small, shared]) expect(bytes.every((byte) => byte === 1)).toBe(true);
});
