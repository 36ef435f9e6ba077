import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { toHex } from "../../base/bytes.ts";
import { bookOf } from "../../simulation/money/payments/judge.ts";
import { FAIR_WEATHER, Town } from "../../simulation/money/payments/town.ts";
import { NearRouter } from "../payments/index.ts";
import { type Cleared, Clearing } from "./clearing.ts";
import { CIRCLE_LINES_MAX, LOOK_EVERY_MS, LOOKS_BURST, LOOKS_MAX } from "./limits.ts";
import { decodeLook, encodeLook } from "./look.ts";
import { RoundRouter } from "./round-router.ts";

const suite = createNodeSuite();

/** People in a ring of lines, each of whom looks for circles. */
class Ring {
  readonly clearings: Clearing[] = [];
  /** Lines that a place hides. */
  readonly hidden = new Set<string>();
  readonly #routers = new Map<number, RoundRouter>();
  readonly town: Town;

  constructor(size: number, more: readonly (readonly [number, number])[] = []) {
    this.town = new Town({
      ...{ seed: size, suite, size, weather: FAIR_WEATHER },
      router: (_, place) => this.#router(place),
      onPayment: (place, view) => this.clearings[place]?.onPayment(view),
      twist:
        (place) =>
        (desk, { identity, random, disk }) => {
          const router = this.#router(place);
          const clearing = new Clearing({
            ...{ desk, router, identity, random, clock: this.town.world.clock, records: disk },
            payments: () => this.town.payments(place),
            isHidden: (line) => this.hidden.has(`${place} ${line}`),
          });
          this.clearings[place] = clearing;
          return {
            desk,
            hear: (payments) => ({
              onLine: (view) => payments.onLine(view),
              onPaid: (...about) => payments.onPaid(...about),
              onPrepared: (...about) => payments.onPrepared(...about),
              onFulfilled: (...about) => payments.onFulfilled(...about),
              onCancelled: (...about) => payments.onCancelled(...about),
              onTold: (id, bytes) => {
                if (!clearing.onTold(id, bytes)) payments.onTold(id, bytes);
              },
              onReach: (...about) => payments.onReach(...about),
            }),
          };
        },
    });
    for (let at = 0; at < size; at++) this.town.line(at, (at + 1) % size, 1_000, 1_000);
    for (const [one, other] of more) this.town.line(one, other, 1_000, 1_000);
    this.town.start();
  }

  #router(place: number): RoundRouter {
    const known = this.#routers.get(place);
    if (known !== undefined) return known;
    const router = new RoundRouter(
      {
        plan: (ask, done) => {
          const { desk } = this.town.node(place);
          if (desk !== undefined) new NearRouter(desk).plan(ask, done);
        },
        learn() {},
      },
      this.town.node(place).identity.person.personId,
    );
    this.#routers.set(place, router);
    return router;
  }

  /** Each pays the next one so much: afterwards all owe, and are owed. */
  owe(...amounts: readonly number[]): void {
    const lines = [...this.town.lines.values()];
    for (const [at, amount] of amounts.entries()) {
      const line = lines[at];
      if (line === undefined || amount === 0) continue;
      this.town.node(line.a).desk?.pay(line.id, amount, "", [], (error) => {
        expect(error).toBeNull();
      });
    }
    this.town.world.run(100);
  }

  /** All look once, one after another or at once, and what comes of it happens. @returns how many had somebody to ask */
  look(isAtOnce = false): number {
    let asked = 0;
    for (const clearing of this.clearings) {
      if (clearing.look()) asked++;
      if (!isAtOnce) this.town.world.run(2_000);
    }
    this.town.world.run(5_000);
    return asked;
  }

  /** Circles that anybody cleared. */
  cleared(): readonly Cleared[] {
    return this.clearings.flatMap((clearing) => clearing.cleared);
  }

  /** What each owes over the line to the next one. */
  debts(): readonly number[] {
    return [...this.town.lines.values()].map(({ a, id }) => {
      const side = this.town.node(a).sides.get(id);
      return side === undefined ? Number.NaN : 0 - bookOf(side).balance;
    });
  }

  nets(): readonly number[] {
    return this.town.nodes.map(({ sides }) =>
      [...sides.values()].reduce((sum, side) => sum + bookOf(side).balance, 0),
    );
  }
}

test.each([3, 4, 5])(
  "debts round a circle of %i go down by the smallest, and nobody gains",
  (size) => {
    const ring = new Ring(size);
    const owed = Array.from({ length: size }, (_, at) => 100 + 10 * at);
    ring.owe(...owed);
    const before = ring.nets();
    expect(ring.look()).toBeGreaterThan(0);
    expect(ring.debts()).toEqual(owed.map((debt) => debt - 100));
    expect(ring.nets()).toEqual(before);
    expect(ring.cleared()).toMatchObject([{ amount: 100, currency: "hours" }]);
    for (const place of owed.keys()) {
      const here = ring.town.payments(place);
      expect([...here.receipts(), ...here.invoices()]).toEqual([]);
    }
    // Nothing is left to clear: nobody owes all round.
    ring.look();
    expect(ring.debts()).toEqual(owed.map((debt) => debt - 100));
  },
);

test("a circle of small debts is found, also where somebody in it is owed more by many others", () => {
  const size = 9;
  const keyAt = (ring: Ring, place: number) =>
    toHex(ring.town.node(place).identity.dhKey.publicKey);
  // Who has the smallest key pays: those who owe much owe it to the next one who is asked.
  const plain = new Ring(size);
  const [first = 0] = [0, 1, 2].sort((a, b) => (keyAt(plain, a) < keyAt(plain, b) ? -1 : 1));
  const asked = (first + 2) % 3;
  const leaves = [3, 4, 5, 6, 7, 8].map((leaf) => [leaf, asked] as const);
  const ring = new Ring(size, [[2, 0], ...leaves]);
  ring.owe(10, 10, ...new Array<number>(size - 2).fill(0), 10, ...leaves.map(() => 100));
  const before = ring.nets();
  for (let round = 0; round < 4; round++) ring.look();
  expect(ring.cleared()).toMatchObject([{ amount: 10 }]);
  expect(ring.debts().slice(0, 2)).toEqual([0, 0]);
  expect(ring.debts()[size]).toBe(0);
  expect(ring.nets()).toEqual(before);
});

test("where there is no circle, or it is too long, nothing happens", () => {
  const broken = new Ring(4);
  broken.owe(100, 100, 0, 100);
  expect(broken.look()).toBe(2);
  expect(broken.debts()).toEqual([100, 100, 0, 100]);
  const most = new Ring(CIRCLE_LINES_MAX);
  most.owe(...Array.from({ length: CIRCLE_LINES_MAX }, () => 5));
  most.look();
  expect(new Set(most.debts())).toEqual(new Set([0]));
  const long = new Ring(CIRCLE_LINES_MAX + 1);
  long.owe(...Array.from({ length: CIRCLE_LINES_MAX + 1 }, () => 5));
  long.look();
  expect(new Set(long.debts())).toEqual(new Set([5]));
});

test("whoever has turned it off neither looks nor answers, also after a start", () => {
  const ring = new Ring(3);
  ring.owe(7, 7, 7);
  ring.clearings[1]?.turn(false, (error) => expect(error).toBeNull());
  ring.town.world.run(100);
  ring.look();
  expect(ring.debts()).toEqual([7, 7, 7]);
  expect(ring.clearings[1]?.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
  ring.town.crash(1);
  ring.town.world.run(10);
  ring.town.startNode(1);
  ring.town.world.run(100);
  ring.clearings[1]?.load((error) => expect(error).toBeNull());
  ring.town.world.run(100);
  expect(ring.clearings[1]?.isOn).toBe(false);
  ring.clearings[1]?.turn(true, (error) => expect(error).toBeNull());
  ring.town.world.run(100);
  ring.look();
  expect(ring.debts()).toEqual([0, 0, 0]);
});

test.each([0, 1, 2, 3])("what place %i hides is in no circle, from either side", (place) => {
  for (const side of [place, (place + 1) % 4]) {
    const ring = new Ring(4);
    ring.owe(7, 7, 7, 7);
    const line = [...ring.town.lines.values()][place];
    ring.hidden.add(`${side} ${line?.id}`);
    let told = 0;
    ring.town.onTold = (over, from) => {
      if (over.id === line?.id && from === side) told++;
    };
    ring.look();
    expect(ring.debts()).toEqual([7, 7, 7, 7]);
    expect(told).toBe(0);
    ring.hidden.clear();
    ring.look();
    expect(ring.debts()).toEqual([0, 0, 0, 0]);
  }
});

test("it is looked for by itself, every now and then", () => {
  const ring = new Ring(3);
  ring.owe(7, 9, 8);
  const dueMs = Math.min(...ring.clearings.map((one) => one.nextDeadlineMs()));
  expect(dueMs).toBeGreaterThanOrEqual(LOOK_EVERY_MS);
  ring.town.world.run(2 * LOOK_EVERY_MS);
  for (const clearing of ring.clearings) clearing.tick();
  ring.town.world.run(5_000);
  // All at once, and still it is cleared once.
  expect(ring.debts()).toEqual([0, 2, 1]);
});

test("a partner who asks too much, or makes circles up, gets nothing and costs nothing", () => {
  const ring = new Ring(3);
  ring.owe(7, 7, 7);
  const [first] = ring.town.lines.values();
  if (first === undefined) throw new RangeError("three lines");
  let told = 0;
  ring.town.onTold = (_, from) => {
    if (from === 0) told++;
  };
  // Owed by 0 to 1: whoever asks by that line is told on to 2, who owes 0.
  for (let count = 0; count < 2 * LOOKS_BURST; count++) {
    const id = ring.town.node(1).random.bytes(16);
    ring.clearings[0]?.onTold(first.id, encodeLook({ id, amount: 5, path: [] }));
  }
  expect(told).toBe(LOOKS_BURST);
  const key = { dhKey: new Uint8Array(32).fill(9), selector: new Uint8Array(6) };
  const path = Array.from({ length: CIRCLE_LINES_MAX - 1 }, () => key);
  const look = { id: new Uint8Array(16), amount: 5, path };
  expect(decodeLook(encodeLook(look))).toEqual(look);
  expect(decodeLook(encodeLook({ ...look, path: [...path, key] }))).toBeUndefined();
  expect(decodeLook(encodeLook(look).slice(1))).toBeUndefined();
  expect(ring.debts()).toEqual([7, 7, 7]);
});

test("looks that are over make room for others, whoever fills it", () => {
  const ring = new Ring(3);
  ring.owe(7, 7, 7);
  const [line] = ring.town.lines.values();
  if (line === undefined) throw new RangeError("three lines");
  let told = 0;
  ring.town.onTold = (_, from) => {
    if (from === 0) told++;
  };
  for (let count = 0; count < LOOKS_MAX + 100; count++) {
    const id = ring.town.node(1).random.bytes(16);
    ring.clearings[0]?.onTold(line.id, encodeLook({ id, amount: 5, path: [] }));
    ring.town.world.run(1_001);
  }
  expect(told).toBeGreaterThan(LOOKS_MAX);
});

test("a key that makes no secret in a circle that was made up ends nothing but that circle", () => {
  const ring = new Ring(3);
  ring.owe(7, 7, 7);
  const [out, , back] = ring.town.lines.values();
  if (out === undefined || back === undefined) throw new RangeError("three lines");
  const said: Uint8Array[] = [];
  ring.town.onTold = (_, from, bytes) => {
    if (from === 0) said.push(bytes);
  };
  expect(ring.clearings[0]?.look()).toBe(true);
  const asked = said.map(decodeLook).find((look) => look !== undefined);
  if (asked === undefined) throw new RangeError("somebody was asked");
  // Of order 1, and above every key of somebody's own, so that it would be for us to clear it.
  const one = Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? 0xee : 0xff));
  const node = { dhKey: one, selector: new Uint8Array(6) };
  for (const line of [out, back]) {
    const bytes = encodeLook({ ...asked, path: [node, node] });
    ring.clearings[0]?.onTold(line.id, bytes);
    ring.town.world.run(2_000);
    expect(decodeLook(bytes)).toBeUndefined();
  }
  expect(ring.debts()).toEqual([7, 7, 7]);
});
