import { expect, test } from "vitest";
import { createNodeSuite } from "../../../adapters/node/crypto.ts";
import { makeLocalIdentity } from "../../../identity/index.ts";
import { advertToProve, encodeRoutingMessage } from "../../../money/routing/messages.ts";
import type { Advert } from "../../../money/routing/types.ts";
import { proveAdvert } from "../../../money/ways/proof.ts";
import { testRandom } from "../../../testing/fixtures.ts";
import { bookOf } from "./judge.ts";
import { toyPaymentSuite } from "./schedule.ts";
import { Village } from "./village.ts";

const suite = toyPaymentSuite(createNodeSuite());

/** Lines as pairs of places, each with the same limit both ways. */
function villageOf(lines: readonly (readonly [number, number, number?])[], seed = 1): Village {
  const size = 1 + Math.max(...lines.map(([a, b]) => Math.max(a, b)));
  const village = new Village({ seed, suite, size });
  for (const [a, b, limit = 1_000] of lines) village.town.line(a, b, limit, limit);
  return village;
}

/** What everybody is owed, all lines together, and what is locked anywhere. */
function books(village: Village): { readonly sums: number[]; readonly locked: number } {
  let locked = 0;
  const sums = village.town.nodes.map(({ sides }) =>
    [...sides.values()].reduce((sum, side) => {
      const book = bookOf(side);
      locked += book.lockedOut;
      return sum + book.balance;
    }, 0),
  );
  return { sums, locked };
}

const chain = (length: number) =>
  Array.from({ length }, (_, at) => [at, at + 1] as readonly [number, number]);

test.each([3, 4, 5, 6, 8])(
  "strangers at the ends of %i lines pay each other, and nobody in between gains or loses",
  (length) => {
    const village = villageOf(chain(length));
    village.start();
    // Nobody hears of what is more than three lines away.
    expect(village.finder(0).known("hours").people).toBe(Math.min(3, length));
    expect(village.pay(0, length, 120)).toMatchObject({ state: "paid" });
    expect(village.pay(length, 0, 45)).toMatchObject({ state: "paid" });
    const { sums, locked } = books(village);
    expect(sums).toEqual([-75, ...new Array(length - 1).fill(0), 75]);
    expect(locked).toBe(0);
  },
);

test("what neither end hears of is too far, and nothing stays locked or reserved", () => {
  const village = villageOf(chain(9));
  village.start();
  expect(village.pay(0, 9, 10)).toMatchObject({ state: "failed", why: "no-route" });
  village.town.world.run(300_000);
  expect(books(village)).toEqual({ sums: new Array(10).fill(0), locked: 0 });
});

test.each([
  [12, "paid"],
  [13, "failed"],
])("a way of %i lines among people who hear of each other: %s", (length, state) => {
  // Somebody knows all of them, and has lines for crumbs only.
  const crumbs = Array.from({ length: length + 1 }, (_, at) => [at, length + 1, 4] as const);
  const village = villageOf([...chain(length), ...crumbs]);
  village.start();
  expect(village.pay(0, length, 300)).toMatchObject({ state });
  const { sums, locked } = books(village);
  expect([sums[0], sums[length], locked]).toEqual(state === "paid" ? [-300, 300, 0] : [0, 0, 0]);
});

test("what is too much for one way goes over several, all or nothing", () => {
  // Three ways of three lines; whoever is in between keeps a part of what could be locked on a line.
  const ways = [1, 3, 5].flatMap((at) => [
    [0, at] as const,
    [at, at + 1] as const,
    [at + 1, 7] as const,
  ]);
  const village = villageOf(ways.map(([a, b]) => [a, b, 400] as const));
  village.start();
  expect(village.pay(0, 7, 500)).toMatchObject({ state: "paid" });
  const { sums, locked } = books(village);
  expect([sums[0], sums[7], locked]).toEqual([-500, 500, 0]);
  expect(sums.slice(1, 7)).toEqual(new Array(6).fill(0));
  // What is left of all ways together is less than this.
  expect(village.pay(0, 7, 800).state).toBe("failed");
  expect(books(village)).toEqual({ sums, locked: 0 });
});

test("where the mesh is cut between the two, what the request and those around tell is enough, or words say so", () => {
  const village = villageOf(chain(5));
  village.start();
  for (const place of [0, 1, 2]) village.parts.set(place, 1);
  // The lines are whole, but the payee cannot be asked: three lines far everything is known.
  expect(village.pay(0, 3, 10)).toMatchObject({ state: "paid" });
  expect(village.pay(0, 5, 10)).toMatchObject({ state: "failed", why: "no-route" });
  // A line on the way is cut, too.
  const [, second] = [...village.town.lines.values()];
  if (second === undefined) throw new RangeError("there are five");
  village.town.setLink(second, false);
  const before = books(village);
  expect(village.pay(0, 3, 10).state).toBe("failed");
  expect(books(village)).toEqual(before);
  village.parts.clear();
  village.town.setLink(second, true);
  village.settle();
  expect(village.pay(0, 5, 10)).toMatchObject({ state: "paid" });
  expect(books(village).locked).toBe(0);
});

test("a line that is hidden is neither told of nor lent to others; its two people use it", () => {
  const village = villageOf([
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 4],
  ]);
  const [, , hidden] = [...village.town.lines.values()];
  if (hidden === undefined) throw new RangeError("there are four");
  village.hidden.add(hidden.id);
  village.start();
  expect(village.pay(0, 4, 10)).toMatchObject({ state: "failed", why: "no-route" });
  expect(village.pay(0, 2, 10)).toMatchObject({ state: "paid" });
  expect(village.pay(2, 3, 10)).toMatchObject({ state: "paid" });
  const told = village.town.nodes.flatMap(({ place }) => {
    const { lines } = village.finder(place).known("hours");
    return lines;
  });
  // Adverts go over it, but neither of its ends tells of it.
  expect(told).toEqual([4, 4, 5, 5, 4]);
});

/** Tells a line's partner what an evil person says of people who do not exist. */
function lie(
  village: Village,
  from: number,
  line: string,
  lines: Advert["lines"],
  seed: number,
): void {
  const random = testRandom(seed);
  const identity = makeLocalIdentity(suite, random.bytes(32), random.bytes(32));
  const origin = identity.person.personId;
  const dhKey = identity.dhKey.publicKey;
  const bare = { t: "advert", currency: "hours", origin, dhKey, seq: 1, lines } as const;
  const proof = proveAdvert(identity, advertToProve(bare));
  const advert = encodeRoutingMessage({ ...bare, proof, hopsLeft: 2 });
  village.town.node(from).desk?.tell(line, advert);
}

test("made up people with wide lines to everybody cost probes, and nobody anything", () => {
  const village = villageOf([...chain(4), [0, 5], [5, 3]]);
  village.start();
  const gate = [...village.town.lines.values()].find(({ b }) => b === 5);
  if (gate === undefined) throw new RangeError("there is one");
  const people = village.town.nodes.map(({ identity }) => identity.person.personId);
  for (let seed = 0; seed < 200; seed++) {
    const lines = people.map((partner) => ({ partner, out: 50, in: 50 }));
    lie(village, 5, gate.id, lines, seed);
  }
  village.town.world.run(5_000);
  expect(village.finder(0).known("hours").people).toBeGreaterThan(150);
  expect(village.pay(0, 4, 400)).toMatchObject({ state: "paid" });
  const { sums, locked } = books(village);
  expect([sums, locked]).toEqual([[-400, 0, 0, 0, 400, 0], 0]);
});

test("what is told of others' lines by nobody, with a false word, or of our own lines, changes nothing", () => {
  const village = villageOf(chain(3));
  village.start();
  const [first] = [...village.town.lines.values()];
  if (first === undefined) throw new RangeError("there is one");
  const known = village.finder(0).known("hours");
  const victim = village.town.node(2).identity;
  const bare: Omit<Advert, "proof" | "hopsLeft"> = {
    ...{ t: "advert", currency: "hours", origin: victim.person.personId, lines: [] },
    ...{ dhKey: victim.dhKey.publicKey, seq: 2 ** 40 },
  };
  const liar = village.town.node(1).identity;
  const proofs = [
    proveAdvert(liar, advertToProve(bare)),
    proveAdvert(victim, advertToProve({ ...bare, seq: 1 })),
    new Uint8Array(0),
    new Uint8Array(512),
  ];
  for (const proof of proofs) {
    const told = encodeRoutingMessage({ ...bare, proof, hopsLeft: 2 });
    village.town.node(1).desk?.tell(first.id, told);
  }
  for (const rubbish of [[], [0xa0], [0xff, 1, 2], [0xa1, 0x61, 0x74, 0x61, 0x78]]) {
    village.town.node(1).desk?.tell(first.id, Uint8Array.from(rubbish));
  }
  village.town.world.run(1_000);
  expect(village.finder(0).known("hours")).toEqual(known);
  expect(village.pay(0, 3, 100)).toMatchObject({ state: "paid" });
});

test("hundreds of payments in a small world keep the sum at zero, and few messages are needed", () => {
  const random = testRandom("small world");
  const size = 40;
  const lines = Array.from({ length: size }, (_, at) => [
    [at, (at + 1) % size, 300] as const,
    [at, (at + 2 + (random.u32() % 15)) % size, 300] as const,
  ]).flat();
  const seen = new Set<string>();
  const fresh = lines.filter(([a, b]) => {
    const key = [a, b].sort((one, other) => one - other).join();
    return a !== b && !seen.has(key) && seen.add(key) !== undefined;
  });
  const village = villageOf(fresh, 7);
  village.start();
  const messages: number[] = [];
  let paid = 0;
  for (let count = 0; count < 60; count++) {
    const from = random.u32() % size;
    const to = (from + 1 + (random.u32() % (size - 1))) % size;
    const result = village.pay(from, to, 1 + (random.u32() % 60));
    messages.push(result.messages);
    if (result.state === "paid") paid++;
  }
  village.town.world.run(300_000);
  const { sums, locked } = books(village);
  expect([sums.reduce((sum, one) => sum + one, 0), locked]).toEqual([0, 0]);
  expect(paid).toBeGreaterThan(55);
  expect(messages.sort((a, b) => a - b)[30]).toBeLessThanOrEqual(40);
});
