import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  couple,
  End,
  evaluate,
  fold,
  opening,
  somebody,
  toySuite,
} from "../../../test/support/line-rig.ts";
import { utf8 } from "../../base/bytes.ts";
import {
  type Batch,
  decodeBatch,
  isStatementSigned,
  LineCore,
  type Op,
  readStatement,
  type Side,
} from "./index.ts";
import { lineTerms } from "./terms.ts";

const preimageOf = (number: number): Uint8Array => toySuite.sha256(utf8(`preimage ${number}`));

/** Two ends of an open line; `limits` are what each lets the other owe. */
function openLine(limits: readonly [number, number]): readonly [End, End] {
  const people = couple();
  const ends = [new End(people, 0), new End(people, 1)] as const;
  for (const end of ends) {
    end.act(opening(end.identity));
    end.act({ t: "limit", amount: limits[end.side] });
    end.seal();
  }
  exchange(ends);
  return ends;
}

/** All of both logs to both, until nothing is new. */
function exchange([one, other]: readonly [End, End]): void {
  for (let isNew = true; isNew; ) {
    const before = one.core.theirs.count + other.core.theirs.count;
    for (const end of [one, other]) while (end.seal() !== undefined);
    for (const bytes of one.ownBatches().slice(other.core.theirs.count)) other.take(bytes);
    for (const bytes of other.ownBatches().slice(one.core.theirs.count)) one.take(bytes);
    isNew = one.core.theirs.count + other.core.theirs.count > before;
  }
}

function logsOf(ends: readonly [End, End]): [Batch[], Batch[]] {
  const [one, other] = ends.map((end) => end.ownBatches().map((bytes) => decodeBatch(bytes)));
  return [one ?? [], other ?? []];
}

const pay = (amount: number): Op => ({ t: "pay", amount, memo: "" });
const prepare = (number: number, amount: number): Op => {
  const id = toySuite.sha256(utf8(`lock ${number}`)).slice(0, 16);
  const hash = toySuite.sha256(preimageOf(number));
  return { t: "prepare", lock: { id, amount, hash, onion: utf8("on") } };
};

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

type Step =
  | { readonly t: "act"; readonly side: Side; readonly kind: number; readonly amount: number }
  | { readonly t: "seal" | "crash" | "lose" | "stale" | "account"; readonly side: Side }
  | {
      readonly t: "deliver" | "drop" | "double" | "again";
      readonly side: Side;
      readonly at: number;
    };

const side = fc.constantFrom(0 as const, 1 as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      t: fc.constant("act" as const),
      side,
      kind: fc.nat(9),
      amount: fc.integer({ min: 0, max: 12 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      t: fc.constantFrom("seal" as const, "seal", "seal", "crash", "lose", "stale", "account"),
      side,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      t: fc.constantFrom("deliver" as const, "deliver", "deliver", "drop", "double", "again"),
      side,
      at: fc.nat(20),
    }),
  },
);

/** Two ends and what is on its way between them, under any order of things. */
class Storm {
  readonly ends: readonly [End, End] = openLine([20, 30]);
  readonly mail: readonly [Uint8Array[], Uint8Array[]] = [[], []];
  #locks = 0;
  #preimages = new Map<string, Uint8Array>();
  greatest: [number, number] = [30, 20];

  run(one: Step): void {
    const end = this.ends[one.side];
    switch (one.t) {
      case "act":
        if (!end.isStale) this.#act(end, one.kind, one.amount);
        return;
      case "seal":
        if (!end.isStale) this.#post(end, end.seal());
        return;
      case "account":
        if (!end.isStale && end.core.drafts.count === 0) this.#post(end, end.sealStatement());
        return;
      case "crash":
        end.restart();
        return;
      case "lose":
        // Signed, and the power went before the disk had it: nobody was told.
        end.core.seal(end.identity.signKey, 1);
        end.restart();
        return;
      case "stale":
        end.disk = end.disk.slice(0, Math.max(2, end.disk.length - 3));
        end.restart();
        end.isStale = true;
        return;
      case "again":
        for (const bytes of end.ownBatches().slice(-3)) this.#post(end, bytes);
        return;
      default:
        this.#network(one.t, one.side, one.at);
    }
  }

  /** Everything arrives at last. */
  calm(): void {
    const [one, other] = this.ends;
    if (one.isStale) one.reconcile(other);
    if (other.isStale) other.reconcile(one);
    exchange([one, other]);
  }

  #act(end: End, kind: number, amount: number): void {
    const { core } = end;
    const theirs = core.full.halves[core.theirSide].locks;
    const [[number, lock] = [0, undefined]] = theirs;
    if (kind < 4) end.act(pay(amount));
    else if (kind < 6) {
      const op = prepare(++this.#locks, amount);
      if (op.t === "prepare") this.#preimages.set(String(op.lock.hash), preimageOf(this.#locks));
      end.act(op);
    } else if (kind === 6 && lock !== undefined) {
      end.act({
        t: "fulfil",
        lock: number,
        preimage: this.#preimages.get(String(lock.hash)) ?? new Uint8Array(32),
      });
    } else if (kind === 7 && lock !== undefined) end.act({ t: "cancel", lock: number, reason: "" });
    else if (kind === 8) {
      end.act({ t: "limit", amount: 2 * amount });
      const other = core.theirSide;
      this.greatest[other] = Math.max(this.greatest[other], 2 * amount);
    } else if (kind === 9 && amount === 0) end.act({ t: "close" });
  }

  #post(end: End, bytes: Uint8Array | undefined): void {
    if (bytes !== undefined && !end.isStale) this.mail[end.core.theirSide].push(bytes);
  }

  #network(t: "deliver" | "drop" | "double", to: Side, at: number): void {
    const box = this.mail[to];
    const place = at % Math.max(1, box.length);
    const bytes = box[place];
    if (bytes === undefined) return;
    if (t === "double") box.push(bytes);
    else box.splice(place, 1);
    if (t !== "deliver") return;
    const taken = this.ends[to].take(bytes);
    if (typeof taken !== "string") {
      expect(["new", "known"]).toContain(taken.t);
      return;
    }
    expect(["gap", "stale"]).toContain(taken);
    if (taken === "stale") this.ends[to].isStale = true;
  }
}

describe("any order of things", () => {
  test("I1, I2, I4: whatever is lost, doubled, late or crashes: both have the same, within limits", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 120 }), (steps) => {
        const storm = new Storm();
        for (const one of steps) {
          storm.run(one);
          for (const { core } of storm.ends) {
            for (const each of [0, 1] as const) {
              const owed = core.full.debtOf(each) + core.full.halves[each].locked;
              expect(owed).toBeLessThanOrEqual(storm.greatest[each]);
            }
          }
        }
        storm.calm();
        const [one, other] = storm.ends;
        expect(one.core.full).toEqual(other.core.full);
        const { seen, theirs } = one.core;
        expect(one.core.judged).toEqual(fold(logsOf(storm.ends), [seen, theirs.count]));
        expect(one.core.ours.head).toEqual(other.core.theirs.head);
        expect(other.core.ours.head).toEqual(one.core.theirs.head);
        const defined = evaluate(logsOf(storm.ends));
        expect(defined).toEqual(one.core.full);
        expect(one.core.full.debtOf(0) + one.core.full.debtOf(1)).toBe(0);
      }),
      { numRuns: 300 },
    );
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
