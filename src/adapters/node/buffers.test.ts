import { expect, test } from "vitest";
import { GIVE_BACK_BYTES_MIN, giveBack, plainBytes } from "./buffers.ts";

test("plain bytes are the same memory with a slice that copies", () => {
  const plain = plainBytes(Buffer.from([1, 2, 3]).subarray(1));
  expect(plain).toEqual(Uint8Array.of(2, 3));
  plain.slice()[0] = 9;
  expect(plain[0]).toBe(2);
});

test("large memory is given back", () => {
  for (const size of [GIVE_BACK_BYTES_MIN, 65_536]) {
    const bytes = new Uint8Array(size).fill(1);
    giveBack(bytes);
    expect(bytes.length).toBe(0);
  }
});

test("so is what a read left half empty at most", () => {
  const memory = new Uint8Array(65_536);
  giveBack(memory.subarray(0, 32_769));
  expect(memory.length).toBe(0);
});

test("what Node takes from its pool is left alone", () => {
  for (let size = 1; size <= Buffer.poolSize; size *= 2) {
    for (let round = 0; round < 3; round++) {
      const pooled = Buffer.allocUnsafe(size - 1);
      if (pooled.buffer.byteLength === pooled.length) continue;
      giveBack(pooled);
      expect(pooled.length).toBe(size - 1);
    }
  }
});

test("what shares its memory, or is small, is left alone", () => {
  const whole = new Uint8Array(65_536).fill(1);
  giveBack(whole.subarray(1));
  giveBack(whole.subarray(0, 32_768));
  const small = new Uint8Array(GIVE_BACK_BYTES_MIN - 1).fill(1);
  giveBack(small);
  const shared = new Uint8Array(new SharedArrayBuffer(8_192)).fill(1);
  giveBack(shared);
  for (const bytes of [whole, small, shared]) {
    expect(bytes.length).toBeGreaterThan(0);
    expect(bytes.every((byte) => byte === 1)).toBe(true);
  }
});
