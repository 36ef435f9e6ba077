import fc from "fast-check";
import { expect, test } from "vitest";
import { TypedError } from "../../base/errors.ts";
import { isLowOrderDhKey } from "../../crypto/index.ts";
import { TOLD_BYTES_MAX } from "../line/limits.ts";
import {
  ADVERT_HOPS_MAX,
  ADVERT_LINES_MAX,
  ADVERT_PROOF_BYTES_MAX,
  ADVERT_SEQ_MAX,
  ASK_PROOF_BYTES_MAX,
  BUCKET_MAX,
  CURRENCY_CHARS_MAX,
  HAVE_MAX,
  HINT_LINES_MAX,
  HINT_PEOPLE_MAX,
  ROUTING_MESSAGE_BYTES_MAX,
} from "./limits.ts";
import { decodeRoutingMessage, encodeRoutingMessage } from "./messages.ts";
import type { Advert, RoutingMessage } from "./types.ts";

const idOf = (at: number): string => at.toString(16).padStart(32, "0");
const person = fc.integer({ min: 0, max: 9_999 }).map(idOf);
const bucket = fc.integer({ min: 0, max: BUCKET_MAX });
const currency = fc.string({ maxLength: CURRENCY_CHARS_MAX, unit: "grapheme-ascii" });
const key = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .filter((bytes) => !isLowOrderDhKey(bytes));
const KEY = new Uint8Array(32).fill(9);
const seq = fc.integer({ min: 0, max: ADVERT_SEQ_MAX });

const messages: fc.Arbitrary<RoutingMessage> = fc.oneof(
  fc.record({
    t: fc.constant("advert" as const),
    ...{ currency, origin: person, dhKey: key, seq },
    hopsLeft: fc.integer({ min: 0, max: ADVERT_HOPS_MAX - 1 }),
    lines: fc.array(fc.record({ partner: person, out: bucket, in: bucket }), {
      maxLength: ADVERT_LINES_MAX,
    }),
    proof: fc.uint8Array({ maxLength: ADVERT_PROOF_BYTES_MAX }),
  }),
  fc.record({
    t: fc.constant("have" as const),
    asks: fc.boolean(),
    currency,
    adverts: fc.array(fc.record({ origin: person, seq }), { maxLength: HAVE_MAX }),
  }),
  fc.record({
    t: fc.constant("want" as const),
    currency,
    origins: fc.array(person, { maxLength: HAVE_MAX }),
  }),
  fc.record({
    t: fc.constant("ask-hint" as const),
    currency,
    amount: fc.integer({ min: 1, max: 10 ** 15 }),
    linesMax: fc.integer({ min: 1, max: HINT_LINES_MAX }),
    proof: fc.uint8Array({ minLength: 1, maxLength: ASK_PROOF_BYTES_MAX }),
  }),
  fc
    .array(fc.record({ from: person, to: person, width: bucket }), { maxLength: 200 })
    .chain((lines) =>
      fc.record({
        t: fc.constant("hint" as const),
        currency,
        canTake: fc.boolean(),
        lines: fc.constant(lines),
        keys: fc.array(key, { maxLength: lines.length }).map((all) => {
          const known = lines.flatMap(({ from }, at) => {
            const found = all[at];
            return found === undefined ? [] : [[from, found] as const];
          });
          return new Map(known);
        }),
      }),
    ),
);

test("every message comes back as it was", () => {
  fc.assert(
    fc.property(messages, (message) => {
      const bytes = encodeRoutingMessage(message);
      expect(bytes.length).toBeLessThanOrEqual(ROUTING_MESSAGE_BYTES_MAX);
      const back = decodeRoutingMessage(bytes);
      expect(encodeRoutingMessage(back)).toEqual(bytes);
      if (message.t !== "hint" || back.t !== "hint") expect(back).toEqual(message);
      else {
        expect(back.lines).toEqual(message.lines);
        for (const [who, itsKey] of message.keys) expect(back.keys.get(who)).toEqual(itsKey);
      }
    }),
    { numRuns: 300 },
  );
});

test("bytes that are damaged anywhere are read as something whole, or refused with one error", () => {
  const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 4 });
  fc.assert(
    fc.property(messages, flips, fc.nat(), (message, damages, cut) => {
      let bytes = encodeRoutingMessage(message);
      for (const [at, by] of damages) {
        const place = at % bytes.length;
        bytes[place] = (bytes[place] ?? 0) ^ by;
      }
      if (cut % 3 === 0) bytes = bytes.subarray(0, cut % bytes.length);
      try {
        const back = decodeRoutingMessage(bytes);
        // The order in which a hint names people is free.
        if (back.t === "hint") bytes = encodeRoutingMessage(back);
        expect(encodeRoutingMessage(decodeRoutingMessage(bytes))).toEqual(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(TypedError);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("the largest of what partners tell fits into what a line tells; one more is refused", () => {
  const lines = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ partner: idOf(at), out: 50, in: 50 }));
  const advert = (count: number): Advert => ({
    ...{ t: "advert", currency: "c".repeat(CURRENCY_CHARS_MAX), origin: idOf(1) },
    ...{ dhKey: KEY, seq: ADVERT_SEQ_MAX, hopsLeft: 2, lines: lines(count) },
    proof: new Uint8Array(ADVERT_PROOF_BYTES_MAX),
  });
  const numbers = (count: number) =>
    lines(count).map(({ partner }) => ({ origin: partner, seq: 1 }));
  const have = (count: number): RoutingMessage => ({
    ...{ t: "have", asks: true, currency: "c".repeat(CURRENCY_CHARS_MAX), adverts: numbers(count) },
  });
  for (const [make, most] of [
    [advert, ADVERT_LINES_MAX],
    [have, HAVE_MAX],
  ] as const) {
    const bytes = encodeRoutingMessage(make(most));
    expect(bytes.length).toBeLessThanOrEqual(TOLD_BYTES_MAX);
    expect(decodeRoutingMessage(bytes)).toEqual(make(most));
    expect(() => decodeRoutingMessage(encodeRoutingMessage(make(most + 1)))).toThrow(TypedError);
  }
});

test("the largest hint fits; one line, one person or a place of nobody more is refused", () => {
  const hint = (count: number, people: number) => ({
    ...({ t: "hint", currency: "c".repeat(CURRENCY_CHARS_MAX), canTake: true } as const),
    lines: Array.from({ length: count }, (_, at) => ({
      ...{ from: idOf((2 * at) % people), to: idOf((2 * at + 1) % people), width: 50 },
    })),
    keys: new Map(Array.from({ length: people }, (_, at) => [idOf(at), KEY])),
  });
  const bytes = encodeRoutingMessage(hint(HINT_LINES_MAX, HINT_PEOPLE_MAX));
  expect(bytes.length).toBeLessThanOrEqual(ROUTING_MESSAGE_BYTES_MAX);
  const back = decodeRoutingMessage(bytes);
  expect(back.t === "hint" && [back.lines.length, back.keys.size]).toEqual([384, 512]);
  for (const [count, people] of [
    [HINT_LINES_MAX + 1, HINT_PEOPLE_MAX],
    [HINT_LINES_MAX, HINT_PEOPLE_MAX + 2],
  ] as const) {
    expect(() => decodeRoutingMessage(encodeRoutingMessage(hint(count, people)))).toThrow(
      TypedError,
    );
  }
});

test("a key that no onion can be wrapped for is refused in adverts and in hints", () => {
  const lines = [{ from: idOf(1), to: idOf(2), width: 9 }];
  const rest = { seq: 1, hopsLeft: 1, lines: [], proof: KEY } as const;
  const advert = { t: "advert", currency: "hours", origin: idOf(1), ...rest } as const;
  const hint = { t: "hint", currency: "hours", canTake: true, lines } as const;
  const one = new Uint8Array(32).fill(0xff);
  one[0] = 0xee;
  for (const bad of [new Uint8Array(32), one]) {
    for (const message of [
      { ...advert, dhKey: bad },
      {
        ...hint,
        keys: new Map([
          [idOf(1), KEY],
          [idOf(2), bad],
        ]),
      },
    ]) {
      expect(() => decodeRoutingMessage(encodeRoutingMessage(message))).toThrow(TypedError);
    }
  }
  expect(decodeRoutingMessage(encodeRoutingMessage({ ...advert, dhKey: KEY }))).toBeDefined();
});
