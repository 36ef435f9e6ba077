import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  couple,
  exchange,
  opening,
  openLine,
  pay,
  preimageOf,
  prepare,
  somebody,
  toySuite,
} from "../../../test/support/line-rig.ts";
import { isStatementSigned, LineCore, readStatement } from "./index.ts";
import { lineTerms } from "./terms.ts";

describe("a line of two half-logs", () => {
  test("both write at once, nothing conflicts, and both have the same", () => {
    const ends = openLine([50, 30]);
    const [one, other] = ends;
    expect(one.act(pay(30))).toBe(true);
    expect(one.act(pay(1))).toBe(false);
    expect(other.act(pay(50))).toBe(true);
    exchange(ends);
    expect([one.core.full.debt, other.core.full.debt]).toEqual([-20, -20]);
    expect(one.act(pay(50))).toBe(true);
    expect(one.act(pay(1))).toBe(false);
  });

  test("I11: locks take half of both limits together, never more, however many come", () => {
    const ends = openLine([40, 100]);
    const [one] = ends;
    let locked = 0;
    for (let number = 0; number < 200; number++) if (one.act(prepare(number, 1))) locked++;
    expect(locked).toBe(70);
    expect(one.core.full.canPay(0)).toBe(30);
    expect(one.act(pay(30))).toBe(true);
  });

  test("only who is to get the money lets go of a lock or takes it; no time does", () => {
    const ends = openLine([100, 100]);
    const [one, other] = ends;
    one.act(prepare(1, 20));
    one.act(prepare(2, 30));
    exchange(ends);
    expect(one.act({ t: "cancel", lock: 1, reason: "" })).toBe(false);
    expect(other.act({ t: "fulfil", lock: 1, preimage: preimageOf(2) })).toBe(false);
    expect(other.act({ t: "fulfil", lock: 1, preimage: preimageOf(1) })).toBe(true);
    expect(other.act({ t: "fulfil", lock: 1, preimage: preimageOf(1) })).toBe(false);
    expect(other.act({ t: "cancel", lock: 2, reason: "no way on" })).toBe(true);
    exchange(ends);
    for (const { core } of ends) {
      expect([core.full.debt, core.full.halves[0].locked]).toEqual([20, 0]);
    }
  });

  test("a limit that is lowered holds for what is written after it was seen", () => {
    const ends = openLine([0, 100]);
    const [one, other] = ends;
    one.act(pay(60));
    other.act({ t: "limit", amount: 10 });
    exchange(ends);
    expect(one.core.full.debt).toBe(60);
    expect(one.act(pay(1))).toBe(false);
    other.act(pay(55));
    exchange(ends);
    expect(one.act(pay(5))).toBe(true);
    expect(one.act(pay(1))).toBe(false);
  });

  test("closing: what is owed can be paid back, nothing else; a limit opens it again", () => {
    const ends = openLine([100, 100]);
    const [one, other] = ends;
    one.act(pay(25));
    other.act({ t: "close" });
    exchange(ends);
    expect([one.act(pay(1)), one.act(prepare(9, 1))]).toEqual([false, false]);
    expect([other.act(pay(26)), other.act(pay(25))]).toEqual([false, true]);
    exchange(ends);
    other.act({ t: "limit", amount: 7 });
    exchange(ends);
    expect([one.act(pay(8)), one.act(pay(7))]).toEqual([false, true]);
  });

  test("I12: an account signed by both is the same bytes at both, and anybody can check it", () => {
    const ends = openLine([100, 100]);
    const [one, other] = ends;
    one.act(pay(33));
    other.act(pay(4));
    exchange(ends);
    const bytes = one.sealStatement();
    other.act(pay(1));
    other.seal();
    const taken = other.take(bytes);
    if (typeof taken === "string" || taken.t !== "new" || taken.statement === undefined) {
      throw new RangeError("It was not taken.");
    }
    const agreement = other.seal() ?? new Uint8Array();
    for (const batch of other.ownBatches().slice(one.core.theirs.count, -1)) one.take(batch);
    const back = one.take(agreement);
    const signed = typeof back !== "string" && back.t === "new" ? back.agreed : undefined;
    if (signed === undefined) throw new RangeError("Nobody agreed.");
    expect(signed.statement).toEqual(taken.statement.statement);
    for (const side of [0, 1] as const) {
      const { keys, signatures, statement } = signed;
      expect(isStatementSigned(toySuite, keys[side], statement, signatures[side])).toBe(true);
      expect(
        isStatementSigned(toySuite, keys[side], statement, signatures[1 - side] ?? bytes),
      ).toBe(false);
    }
    expect(readStatement(signed.statement)).toMatchObject({
      debt: 29,
      limits: [100, 100],
      locked: [0, 0],
    });
  });

  test("another device of a person takes over, and the old one's batches are void from then on", () => {
    const ends = openLine([50, 50]);
    const [one, other] = ends;
    const name = one.identity.person.personId === somebody("anna").person.personId ? "anna" : "ben";
    const second = somebody(name, "second device");
    one.act(opening(second, "takeover"));
    const sealed = one.core.seal(second.signKey, 1);
    expect(other.take(sealed?.batch.bytes ?? new Uint8Array())).toMatchObject({ t: "new" });
    expect(other.core.theirKey).toEqual(second.signKey.publicKey);
    one.act(pay(1));
    const old = one.core.seal(one.identity.signKey, 1);
    expect(other.take(old?.batch.bytes ?? new Uint8Array())).toBe("bad-signature");
    const stranger = openLine([50, 50]);
    stranger[0].act(opening(somebody("mallory"), "takeover"));
    const theirs = stranger[0].core.seal(somebody("mallory").signKey, 1);
    expect(stranger[1].take(theirs?.batch.bytes ?? new Uint8Array())).toBe("bad-batch");
  });
});

describe("what a partner can do", () => {
  test("over the limit, signed: the batch is refused and proves who broke the rules", () => {
    const [one, other] = openLine([50, 50]);
    one.core.full.halves[1].limit = 1_000;
    one.act(pay(51));
    expect(other.take(one.seal() ?? new Uint8Array())).toMatchObject({
      t: "broken",
      why: { code: "limit" },
    });
  });

  test("I9: two batches of one number under one key are a proof of a fork", () => {
    const [one, other] = openLine([50, 50]);
    const disk = [...one.disk];
    one.act(pay(1));
    const first = one.seal() ?? new Uint8Array();
    one.disk = disk;
    one.restart();
    one.act(pay(2));
    const second = one.seal() ?? new Uint8Array();
    expect(other.take(first)).toMatchObject({ t: "new" });
    expect(other.take(first)).toMatchObject({ t: "known" });
    expect(other.take(second)).toMatchObject({ t: "fork" });
    expect(other.core.full.debtOf(0)).toBe(1);
  });

  test("I10: a partner that has more of our log than we is found out before we sign", () => {
    const ends = openLine([50, 50]);
    const [one, other] = ends;
    const copy = [...one.disk];
    one.act(pay(5));
    exchange(ends);
    other.act(pay(2));
    other.seal();
    one.disk = copy;
    one.restart();
    expect(one.take(other.ownBatches().at(-1) ?? new Uint8Array())).toBe("stale");
    one.reconcile(other);
    expect(one.core.ours.head).toEqual(ends[0].core.ours.head);
    expect(one.core.full.debtOf(0)).toBe(3);
    one.act(pay(1));
    exchange(ends);
    expect(other.core.full.debtOf(0)).toBe(4);
  });

  test("garbage and altered batches change nothing", () => {
    const ends = openLine([50, 50]);
    const [one, other] = ends;
    one.act(pay(7));
    const sealed = one.seal() ?? new Uint8Array();
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const altered = sealed.slice();
        altered[at] = (altered[at] ?? 0) ^ flip;
        let outcome: unknown;
        try {
          outcome = other.take(altered);
        } catch (error) {
          outcome = error;
        }
        expect(outcome).not.toMatchObject({ t: "new" });
        expect(outcome).not.toMatchObject({ t: "broken" });
        expect(other.core.theirs.count).toBe(1);
      }),
      { numRuns: 300 },
    );
    expect(other.take(sealed)).toMatchObject({ t: "new" });
  });
});

test("a line is the same whoever names it first, and another one in another currency", () => {
  const [one, other] = couple();
  const ids = [one.person.personId, other.person.personId] as const;
  const currency = openLine([1, 1])[0].core.terms.currency;
  const terms = lineTerms(toySuite, ids[0], ids[1], currency);
  expect(lineTerms(toySuite, ids[1], ids[0], currency)).toEqual(terms);
  const another = `${currency.slice(0, -2)}aa`;
  expect(lineTerms(toySuite, ids[0], ids[1], another).id).not.toBe(terms.id);
  expect(
    new LineCore({ suite: toySuite, terms, side: 0, personOf: () => undefined }).ours.count,
  ).toBe(0);
});
