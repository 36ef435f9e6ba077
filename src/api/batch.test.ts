import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WireError } from "../wire/index.ts";
import { type BatchEntry, decodeBatch, encodeBatch } from "./batch.ts";
import { BATCH_ENTRIES_MAX } from "./limits.ts";

const entry: fc.Arbitrary<BatchEntry> = fc.record({
  path: fc.string({ unit: "grapheme", maxLength: 40 }),
  modifiedAtMs: fc.nat(),
  bytes: fc.option(fc.uint8Array({ maxLength: 200 }), { nil: undefined }),
});

describe("a batch of small files", () => {
  test("reads back as it was written", () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), (entries) => {
        expect(decodeBatch(encodeBatch(entries))).toEqual(entries);
      }),
    );
  });

  test("any bytes are read or refused with a typed error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          decodeBatch(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
    );
  });

  test(`has ${BATCH_ENTRIES_MAX} entries at most`, () => {
    const one = { path: "p", modifiedAtMs: 1, bytes: undefined };
    const full = Array.from({ length: BATCH_ENTRIES_MAX }, () => one);
    expect(decodeBatch(encodeBatch(full)).length).toBe(BATCH_ENTRIES_MAX);
    expect(() => decodeBatch(encodeBatch([...full, one]))).toThrow(WireError);
  });
});
