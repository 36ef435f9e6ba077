import fc from "fast-check";
import { expect, test } from "vitest";
import { couple, opening, termsOf, toySuite } from "../../../test/support/line-rig.ts";
import { TypedError } from "../../base/errors.ts";
import { AMOUNT_MAX } from "../amount.ts";
import { decodeBatch, NO_HASH, signBatch } from "./batch.ts";
import { BATCH_BYTES_MAX, MEMO_BYTES_MAX, ONION_BYTES_MAX, OPS_PER_BATCH_MAX } from "./limits.ts";
import type { Op } from "./types.ts";

const people = couple();
const terms = termsOf(people);
const [{ signKey: key }] = people;
const place = { line: terms.idBytes, previous: NO_HASH, seenHash: NO_HASH };

const amount = fc.integer({ min: 1, max: AMOUNT_MAX });
const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const number = fc.integer({ min: 1, max: 2 ** 40 });
const anyOp: fc.Arbitrary<Op> = fc.oneof(
  fc.record({ t: fc.constant("limit" as const), amount: fc.integer({ min: 0, max: AMOUNT_MAX }) }),
  fc.record({ t: fc.constant("pay" as const), amount, memo: fc.string({ maxLength: 30 }) }),
  fc.record({
    t: fc.constant("prepare" as const),
    lock: fc.record({
      id: bytes(16),
      amount,
      hash: bytes(32),
      onion: fc.uint8Array({ maxLength: 99 }),
    }),
  }),
  fc.record({ t: fc.constant("fulfil" as const), lock: number, preimage: bytes(32) }),
  fc.record({
    t: fc.constant("cancel" as const),
    lock: number,
    reason: fc.string({ maxLength: 30 }),
  }),
  fc.record({
    t: fc.constant("rate" as const),
    into: fc.constant(terms.currency),
    give: amount,
    get: amount,
  }),
  fc.record({ t: fc.constant("checkpoint" as const), signature: bytes(64) }),
  fc.record({ t: fc.constant("agree" as const), number, signature: bytes(64) }),
  fc.constantFrom<Op>({ t: "close" }, opening(people[0]), opening(people[0], "takeover")),
);

test("what is written is read again, and in one form only", () => {
  fc.assert(
    fc.property(
      fc.array(anyOp, { minLength: 1, maxLength: 20 }),
      number,
      number,
      (ops, count, seen) => {
        const { batch } = signBatch(toySuite, key, place, { number: count, seen, atS: 7, ops });
        const read = decodeBatch(batch.bytes);
        expect(read.ops).toEqual(ops);
        expect([read.number, read.seen, read.atS]).toEqual([count, seen, 7]);
      },
    ),
  );
});

test("garbage gets one typed error and nothing else", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (garbage) => {
      try {
        decodeBatch(garbage);
      } catch (error) {
        expect(error).toBeInstanceOf(TypedError);
      }
    }),
  );
});

function isRead(ops: readonly Op[]): boolean {
  try {
    decodeBatch(signBatch(toySuite, key, place, { number: 1, seen: 0, atS: 1, ops }).batch.bytes);
    return true;
  } catch (error) {
    if (!(error instanceof TypedError)) throw error;
    return false;
  }
}

test("limits hold at the limit and one above", () => {
  const pay = (sum: number, memo = ""): Op => ({ t: "pay", amount: sum, memo });
  const onion = (length: number): Op => {
    const lock = {
      id: new Uint8Array(16),
      amount: 1,
      hash: NO_HASH,
      onion: new Uint8Array(length),
    };
    return { t: "prepare", lock };
  };
  expect([isRead([pay(AMOUNT_MAX)]), isRead([pay(AMOUNT_MAX + 1)]), isRead([pay(0)])]).toEqual([
    true,
    false,
    false,
  ]);
  expect([
    isRead([pay(1, "x".repeat(MEMO_BYTES_MAX))]),
    isRead([pay(1, "x".repeat(MEMO_BYTES_MAX + 1))]),
  ]).toEqual([true, false]);
  expect([isRead([onion(ONION_BYTES_MAX)]), isRead([onion(ONION_BYTES_MAX + 1)])]).toEqual([
    true,
    false,
  ]);
  const many = (count: number): Op[] => Array.from({ length: count }, () => pay(1));
  expect([
    isRead(many(OPS_PER_BATCH_MAX)),
    isRead(many(OPS_PER_BATCH_MAX + 1)),
    isRead([]),
  ]).toEqual([true, false, false]);
  const heavy = Array.from({ length: Math.ceil(BATCH_BYTES_MAX / ONION_BYTES_MAX) }, () =>
    onion(ONION_BYTES_MAX),
  );
  expect(isRead(heavy)).toBe(false);
});
