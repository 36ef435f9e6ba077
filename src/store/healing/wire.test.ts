import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeMessage, encodeMessage, type StoreMessage } from "../messages.ts";
import { WATCH_ENTRIES_MAX } from "./limits.ts";

fc.configureGlobal({ seed: 1 });

const indices = fc
  .uniqueArray(fc.nat(127), { maxLength: 40 })
  .map((list) => list.sort((a, b) => a - b));
const hex = (bytes: number): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((list) => Buffer.from(list).toString("hex"));
const watch = fc.record({
  t: fc.constant("watch" as const),
  nonce: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  entries: fc.array(fc.record({ tag: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), indices }), {
    maxLength: 20,
  }),
});
const common = fc.record({
  t: fc.constant("common" as const),
  entries: fc
    .uniqueArray(fc.record({ position: fc.nat(0xffff), indices }), {
      maxLength: 20,
      selector: ({ position }) => position,
    })
    .map((list) => list.sort((a, b) => a.position - b.position)),
});
const claim = fc.record({
  t: fc.constant("claim" as const),
  locateId: hex(16),
  state: fc.constantFrom("begins" as const, "done" as const, "gave-up" as const),
  seconds: fc.nat(0xffff),
  placed: fc.array(fc.record({ index: fc.nat(127), peer: hex(16) }), { maxLength: 40 }),
});
const noted = fc.record({
  t: fc.constant("noted" as const),
  atWork: fc.constantFrom("no" as const, "gathering" as const, "made" as const),
});
const lack = fc.record({ t: fc.constant("lack" as const), root: hex(32) });
const lacks = fc.record({
  t: fc.constant("lacks" as const),
  seconds: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  indices,
});
const anyMessage: fc.Arbitrary<StoreMessage> = fc.oneof(watch, common, claim, noted, lack, lacks);

const body = (message: StoreMessage): Uint8Array => encodeMessage(message).subarray(4);

describe("what agents say to each other", () => {
  test("comes back as it was", () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(decodeMessage(body(message))).toEqual(message);
      }),
    );
  });

  test("cut short or longer than it says is refused", () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(), (message, at) => {
        const whole = body(message);
        expect(() => decodeMessage(whole.subarray(0, at % whole.length))).toThrow();
        expect(() => decodeMessage(Uint8Array.of(...whole, 0))).toThrow();
      }),
    );
  });

  test("any bytes are a message or a WireError", () => {
    fc.assert(
      fc.property(fc.integer({ min: 32, max: 35 }), fc.uint8Array({ maxLength: 80 }), (t, rest) => {
        try {
          const bytes = Uint8Array.of(t, ...rest);
          expect(body(decodeMessage(bytes))).toEqual(bytes);
        } catch (error) {
          expect(error).toMatchObject({ name: "WireError" });
        }
      }),
    );
  });

  test("a question about the most objects, and about one more", () => {
    const entries = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ tag: BigInt(i), indices: [1] }));
    const ask = (count: number): StoreMessage => ({
      ...{ t: "watch", nonce: new Uint8Array(8), entries: entries(count) },
    });
    expect(decodeMessage(body(ask(WATCH_ENTRIES_MAX)))).toMatchObject({ t: "watch" });
    expect(() => decodeMessage(body(ask(WATCH_ENTRIES_MAX + 1)))).toThrow(/too much/);
  });
});
