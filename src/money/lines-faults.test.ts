import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toySuite } from "../../test/support/line-rig.ts";
import { Market, type Trader } from "../../test/support/market.ts";
import { MemoryRecords } from "../../test/support/memory-records.ts";
import { utf8 } from "../base/bytes.ts";
import { readForkProof } from "./fork-proof.ts";
import { decodeForkProof, forkedPerson } from "./line/index.ts";

const SECOND_MS = 1_000;
const PREIMAGE = toySuite.sha256(utf8("open"));
const HASH = toySuite.sha256(PREIMAGE);

function pair(seed: number | string): { market: Market; anna: Trader; ben: Trader } {
  const market = new Market(seed);
  const [anna, ben] = [market.add("anna"), market.add("ben")];
  market.line(anna, ben, { one: 50, other: 50 });
  return { market, anna, ben };
}

const pay = (market: Market, who: Trader, amount: number): string =>
  market.ask((done) => who.live.pay(who.view.id, amount, "", [], done));

function expectSame(one: Trader, other: Trader): void {
  const [a, b] = [one.live.entry(one.view.id).core, other.live.entry(other.view.id).core];
  expect(a.full).toEqual(b.full);
  expect([a.ours.head, a.theirs.head]).toEqual([b.theirs.head, b.ours.head]);
  expect(one.view.balance + other.view.balance).toBe(0);
}

const mishap = fc.record({
  who: fc.boolean(),
  what: fc.constantFrom("pay", "lock", "take", "drop", "limit", "crash", "part", "heal", "full"),
  amount: fc.integer({ min: 1, max: 20 }),
});

interface Mishap {
  readonly what: string;
  readonly amount: number;
  readonly at: number;
  /** Memos of payments that were said to be on disk. */
  readonly paid: Set<string>;
}

function happen(
  market: Market,
  [me, other]: readonly [Trader, Trader],
  { what, amount, at, paid }: Mishap,
): void {
  const { live, view } = me;
  const [locked] = live.locksIn(view.id);
  const done = (): void => undefined;
  const id = new Uint8Array(16).fill(at);
  const acts: Readonly<Record<string, () => void>> = {
    pay: () =>
      live.pay(view.id, amount, `p${at}`, [], (error) => void (error ?? paid.add(`p${at}`))),
    lock: () =>
      live.prepare(view.id, { id, amount, hash: HASH, onion: new Uint8Array(0) }, [], done),
    take: () => locked && live.fulfil(view.id, locked.id, PREIMAGE, [], done),
    drop: () => locked && live.cancel(view.id, locked.id, "", [], done),
    limit: () => live.limit(view.id, 2 * amount, done),
    part: () => market.part(me, other),
    heal: () => market.heal(me, other),
    full: () => {
      me.disk.full = !me.disk.full;
    },
    crash: () => {
      market.crash(me, amount % 4);
      market.start(me);
      while (!me.isReady && market.step());
    },
  };
  acts[what]?.();
}

/** What was said to be paid arrived, and nothing arrived twice: told again, it has the same place. */
function expectToldOnce(told: readonly string[], paid: ReadonlySet<string>): void {
  const places = new Map<string, string>();
  for (const [word, , memo = "", place = ""] of told.map((words) => words.split(" "))) {
    if (word !== "paid") continue;
    expect([memo, places.get(memo) ?? place]).toEqual([memo, place]);
    places.set(memo, place);
  }
  expect([...paid].filter((memo) => !places.has(memo))).toEqual([]);
}

/** A copy of what is on a disk. */
function copyOf({ disk }: Trader): MemoryRecords {
  const copy = new MemoryRecords();
  for (const [key, value] of disk.kept) copy.kept.set(key, value.slice());
  return copy;
}

describe("a disk that fails", () => {
  test("full: nothing is paid, nothing is lost, and it goes on when there is room", () => {
    const { market, anna, ben } = pair(1);
    anna.disk.full = true;
    expect(pay(market, anna, 5)).toBe("disk-full");
    market.pass(1);
    expect(anna.view.balance).toBe(0);
    expect(pay(market, ben, 3)).toBe("");
    market.pass(10 * SECOND_MS);
    expect(anna.view.balance).toBe(0);
    anna.disk.full = false;
    market.pass(600 * SECOND_MS);
    expect(pay(market, anna, 5)).toBe("");
    market.pass(10 * SECOND_MS);
    expectSame(anna, ben);
    expect(ben.view.balance).toBe(2);
  });

  test("I3: a crash after any write, told or not: both sides have the same, and locks and payments are whole", () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(mishap, { minLength: 3, maxLength: 30 }), (seed, mishaps) => {
        const { market, anna, ben } = pair(seed);
        const paid = new Set<string>();
        for (const [at, one] of mishaps.entries()) {
          happen(market, one.who ? [anna, ben] : [ben, anna], { ...one, at, paid });
          for (let left = one.amount; left > 0 && market.step(); left--);
          expect(Math.abs(anna.view.balance)).toBeLessThanOrEqual(50);
        }
        for (const { disk } of [anna, ben]) disk.full = false;
        market.heal(anna, ben);
        market.pass(2_000 * SECOND_MS);
        expectSame(anna, ben);
        expectToldOnce([...anna.told, ...ben.told], paid);
        for (const who of [anna, ben]) market.restart(who);
        market.pass(10 * SECOND_MS);
        expectSame(anna, ben);
      }),
      { numRuns: 60 },
    );
  });

  test("what payments were not told before a crash they are told after it", () => {
    const { market, anna, ben } = pair(3);
    pay(market, anna, 4);
    while (ben.told.length < 2 && market.step());
    market.crash(ben, 0);
    ben.told.length = 0;
    market.start(ben);
    while (!ben.isReady && market.step());
    expect(ben.told.filter((word) => word.startsWith("paid"))).toEqual(["paid 4  2.0"]);
  });
});

describe("an old copy of a home", () => {
  test("I10: nothing is signed before the partner has told what it has; then it goes on", () => {
    const { market, anna, ben } = pair(4);
    pay(market, anna, 5);
    market.pass(SECOND_MS);
    const copy = copyOf(anna);
    pay(market, anna, 7);
    pay(market, ben, 1);
    market.pass(SECOND_MS);
    market.crash(anna, 0);
    anna.disk = copy;
    anna.isCopied = true;
    market.part(anna, ben);
    market.start(anna);
    while (!anna.isReady && market.step());
    expect(pay(market, anna, 1)).toBe("stale");
    expect(anna.view.canPay).toBe(0);
    market.heal(anna, ben);
    market.pass(10 * SECOND_MS);
    expect(anna.view.balance).toBe(-11);
    expect(pay(market, anna, 1)).toBe("");
    market.pass(SECOND_MS);
    expectSame(anna, ben);
    expect(ben.view.balance).toBe(12);
  });

  test("I10: an old copy that nobody noticed is found out when the partner is heard, before anything is signed", () => {
    const { market, anna, ben } = pair(5);
    const copy = copyOf(anna);
    pay(market, anna, 7);
    market.pass(SECOND_MS);
    market.crash(anna, 0);
    anna.disk = copy;
    market.start(anna);
    market.pass(10 * SECOND_MS);
    expect(anna.view.balance).toBe(-7);
    expect(pay(market, anna, 1)).toBe("");
    market.pass(SECOND_MS);
    expectSame(anna, ben);
  });

  test("all is lost but the keys: the partner brings the line back", () => {
    const { market, anna, ben } = pair(6);
    for (let count = 0; count < 300; count++) {
      pay(market, anna, 3);
      market.pass(10);
      pay(market, ben, 3);
      market.pass(10);
    }
    pay(market, ben, 9);
    market.pass(SECOND_MS);
    expect(ben.live.entry(ben.view.id).record.epoch).toBeGreaterThan(0);
    market.crash(anna, 0);
    anna.disk = new MemoryRecords();
    market.start(anna);
    market.pass(60 * SECOND_MS);
    expect(anna.view).toMatchObject({ balance: 9, state: "open" });
    expect(pay(market, anna, 2)).toBe("");
    market.pass(SECOND_MS);
    expectSame(anna, ben);
    market.restart(anna);
    expectSame(anna, ben);
  });

  test("a device is lost: another one of the person reads the line, takes over, and the old one is void", () => {
    const { market, anna, ben } = pair(8);
    pay(market, anna, 6);
    market.pass(SECOND_MS);
    const second = market.add("anna", "second device");
    market.pass(10 * SECOND_MS);
    const { id } = second.view;
    expect(second.view).toMatchObject({ balance: -6, canPay: 0, state: "open" });
    expect(pay(market, second, 1)).toBe("stopped");
    expect(market.ask((done) => anna.live.takeOver(id, done))).toBe("exists");
    expect(market.ask((done) => second.live.takeOver(id, done))).toBe("");
    market.pass(10 * SECOND_MS);
    expect(pay(market, second, 1)).toBe("");
    market.pass(10 * SECOND_MS);
    expectSame(second, ben);
    expect(ben.view.balance).toBe(7);
    expect(pay(market, anna, 1)).toBe("stopped");
    expect(anna.view).toMatchObject({ balance: -7, canPay: 0 });
    market.restart(second);
    expect(pay(market, second, 1)).toBe("");
  });

  test("I9: who signs two stories stops that line only, and the proof convinces strangers", () => {
    const { market, anna, ben } = pair(7);
    const cleo = market.add("cleo");
    market.line(cleo, ben, { one: 50, other: 50 });
    const withAnna = anna.view.id;
    const copy = copyOf(anna);
    pay(market, anna, 7);
    market.pass(SECOND_MS);
    market.crash(anna, 0);
    anna.disk = copy;
    market.part(anna, ben);
    market.start(anna);
    while (!anna.isReady && market.step());
    pay(market, anna, 8);
    market.heal(anna, ben);
    market.pass(10 * SECOND_MS);
    const stopped = ben.live.line(withAnna);
    expect(stopped).toMatchObject({ state: "stopped", balance: 7, canPay: 0 });
    expect(anna.view.state).toBe("stopped");
    expect(cleo.view.state).toBe("open");
    expect(pay(market, cleo, 3)).toBe("");
    let proof: Uint8Array | undefined;
    market.ask((done) =>
      readForkProof(
        { records: ben.disk.open(), suite: toySuite },
        ben.live.entry(withAnna),
        (error, found) => {
          proof = found;
          done(error);
        },
      ),
    );
    expect(forkedPerson(toySuite, decodeForkProof(proof ?? new Uint8Array()))).toBe(anna.person);
    market.restart(ben);
    expect(ben.live.line(withAnna)?.state).toBe("stopped");
  });
});
