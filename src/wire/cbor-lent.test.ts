import fc from "fast-check";
import { expect, test } from "vitest";
import { lentBytes } from "../base/lent.ts";
import { encodeCbor, encodeLentCbor } from "./cbor-encode.ts";

fc.configureGlobal({ seed: 1 });

test("documents in shared memory are the same, and stay so while others are written", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 1_200 }), { maxLength: 40 }), (values) => {
      const lent = values.map((value) => encodeLentCbor(value));
      expect(lent).toEqual(values.map((value) => encodeCbor(value)));
    }),
  );
});

test("pieces never overlap, and what is long has memory of its own", () => {
  const [one, other] = [lentBytes(1_024), lentBytes(1_024)];
  one.fill(1);
  other.fill(2);
  expect(one.every((byte) => byte === 1)).toBe(true);
  expect(lentBytes(1_025).buffer.byteLength).toBe(1_025);
});
