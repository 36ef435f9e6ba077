import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type End,
  evaluate,
  exchange,
  fold,
  logsOf,
  openLine,
  pay,
  preimageOf,
  prepare,
  toySuite,
} from "../../../test/support/line-rig.ts";
import { decodeSnapshot, encodeSnapshot, type Side } from "./index.ts";

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

/** What is kept of a line goes on exactly where it was. */
function expectSameAfterSnapshot({ core, side }: End): void {
  const kept = decodeSnapshot(toySuite, encodeSnapshot(core), side);
  expect([kept.full, kept.judged]).toEqual([core.full, core.judged]);
  expect(kept.unseen.map(({ hash }) => hash)).toEqual(core.unseen().map(({ hash }) => hash));
  expect([kept.seen, kept.theirCount]).toEqual([core.seen, core.theirs.count]);
  expect([...kept.statements]).toEqual([...core.statements()]);
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
        for (const end of storm.ends) expectSameAfterSnapshot(end);
        const defined = evaluate(logsOf(storm.ends));
        expect(defined).toEqual(one.core.full);
        expect(one.core.full.debtOf(0) + one.core.full.debtOf(1)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
