import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SEALED_INTERNAL, SEALED_PACKET, SEALED_TRAIN, UNKEPT_TOLD_MAX } from "./layout.ts";
import { markUnkept, takeUnkept } from "./unkept.ts";

describe("how many frames before one are not kept", () => {
  test("is read as it was written, and leaves every kind and all that follows as it was", () => {
    const kinds = fc.constantFrom(SEALED_PACKET, 0x01, SEALED_INTERNAL, SEALED_TRAIN, 0x07);
    const counts = fc.integer({ min: 0, max: UNKEPT_TOLD_MAX });
    fc.assert(
      fc.property(kinds, counts, counts, fc.uint8Array(), (kind, earlier, count, rest) => {
        const sealed = Uint8Array.of(kind, ...rest);
        markUnkept(sealed, earlier);
        markUnkept(sealed, count);
        expect(takeUnkept(sealed)).toBe(count);
        expect(sealed).toEqual(Uint8Array.of(kind, ...rest));
      }),
    );
  });
});
