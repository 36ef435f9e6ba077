import { expect, test } from "vitest";
import { ManualClock, testRandom } from "../../testing/fixtures.ts";
import { TOLD_BYTES_MAX } from "../line/limits.ts";
import { Gossip } from "./gossip.ts";
import {
  ADVERT_MIN_MS,
  ADVERTS_BURST,
  ADVERTS_PER_SECOND,
  HAVE_ASKED_MIN_MS,
  HAVE_MIN_MS,
  OWN_ADVERTS_BURST,
} from "./limits.ts";
import { decodeRoutingMessage, encodeRoutingMessage } from "./messages.ts";
import type { Advert } from "./types.ts";

const idOf = (at: number): string => at.toString(16).padStart(32, "0");

/** People in a chain or ring who tell each other over real bytes. */
function town(links: readonly (readonly [number, number])[], size: number) {
  const clock = new ManualClock();
  const queue: (() => void)[] = [];
  let adverts = 0;
  /** Whom nothing reaches now. */
  const away = new Set<number>();
  const make = (at: number, firstSeq = 1): Gossip => {
    const own = links
      .filter((link) => link.includes(at))
      .map(([a, b]) => ({ partner: idOf(a === at ? b : a), out: 100, in: 100 }));
    return new Gossip({
      self: idOf(at),
      currency: "c",
      dhKey: new Uint8Array(32).fill(at + 9),
      firstSeq,
      clock,
      random: testRandom(at),
      own: () => own,
      prove: () => Uint8Array.of(at),
      holds: (origin, _, proof) => idOf(proof[0] ?? -1) === origin,
      tell: (partner, told) => {
        const to = Number.parseInt(partner, 16);
        if (away.has(to) || away.has(at)) return false;
        if (told.t === "advert") adverts++;
        const bytes = encodeRoutingMessage(told);
        expect(bytes.length).toBeLessThanOrEqual(TOLD_BYTES_MAX);
        queue.push(() => {
          const message = decodeRoutingMessage(bytes);
          if (message.t === "hint" || message.t === "ask-hint") return;
          people[to]?.onMessage(idOf(at), message);
        });
        return true;
      },
    });
  };
  const people = Array.from({ length: size }, (_, at) => make(at));
  /** What comes of it at once. @returns the adverts that were told */
  const settle = (): number => {
    adverts = 0;
    for (;;) {
      for (const person of people) person.tick();
      const run = queue.shift();
      if (run === undefined) return adverts;
      run();
    }
  };
  return { clock, people, settle, away, make };
}

/** Whose adverts somebody has. */
function knownBy(gossip: Gossip | undefined): number[] {
  const all = [...(gossip?.vicinity.all() ?? [])];
  return all.map(({ origin }) => Number.parseInt(origin, 16)).sort((a, b) => a - b);
}

const CHAIN = [
  [0, 1],
  [1, 2],
  [2, 3],
] as const;

test("adverts go three lines far and not farther, and end in a ring", () => {
  const ring = Array.from({ length: 12 }, (_, at) => [at, (at + 1) % 12] as const);
  const { people, settle } = town(ring, 12);
  expect(settle()).toBe(12 * 6);
  expect(knownBy(people[0])).toEqual([1, 2, 3, 9, 10, 11]);
  expect(settle()).toBe(0);
});

test("an advert is not passed on to those whom it names, who hear it from its origin", () => {
  const triangle = [
    [0, 1],
    [1, 2],
    [2, 0],
    [2, 3],
  ] as const;
  const { clock, people, settle, away, make } = town(triangle, 4);
  // Each of the three tells its partners, and 2 tells 3; what 3 says goes round the three both ways.
  expect(settle()).toBe(3 + 3 + 3 + 5);
  for (const [at, person] of people.entries()) {
    expect(knownBy(person)).toEqual([0, 1, 2, 3].filter((other) => other !== at));
  }
  // Whoever did not hear it then has it from others at the next meeting.
  away.add(1);
  people[1] = make(1);
  people[0]?.onOpen(idOf(2));
  settle();
  away.clear();
  away.add(0);
  clock.advance(HAVE_MIN_MS);
  people[2]?.onOpen(idOf(1));
  people[1]?.onOpen(idOf(2));
  settle();
  expect(knownBy(people[1])).toEqual([0, 2, 3]);
});

test("what is forged, old, our own, of others or from no partner is passed over", () => {
  const { people, settle } = town(
    [
      [0, 1],
      [1, 2],
    ],
    3,
  );
  settle();
  const advert: Advert = {
    t: "advert",
    currency: "c",
    origin: idOf(2),
    dhKey: new Uint8Array(32).fill(9),
    seq: 9,
    hopsLeft: 0,
    lines: [],
    proof: Uint8Array.of(2),
  };
  const [person] = people;
  expect(person?.onAdvert(idOf(2), advert)).toBe("no-partner");
  expect(person?.onAdvert(idOf(1), { ...advert, currency: "d" })).toBe("other-currency");
  expect(person?.onAdvert(idOf(1), { ...advert, origin: idOf(0) })).toBe("own");
  expect(person?.onAdvert(idOf(1), { ...advert, proof: Uint8Array.of(1) })).toBe("forged");
  expect(person?.onAdvert(idOf(1), advert)).toBeUndefined();
  expect(person?.onAdvert(idOf(1), advert)).toBe("old");
});

test("who comes back, or begins anew, is told what is news, and nothing else", () => {
  const { clock, people, settle, away, make } = town(CHAIN, 4);
  away.add(3);
  settle();
  expect(knownBy(people[0])).toEqual([1, 2]);
  away.delete(3);
  people[2]?.onOpen(idOf(3));
  people[3]?.onOpen(idOf(2));
  // Each of them gets what it lacks, and of that goes on what may.
  expect(settle()).toBeLessThanOrEqual(4 + 3);
  expect([knownBy(people[0]), knownBy(people[3])]).toEqual([
    [1, 2, 3],
    [0, 1, 2],
  ]);
  // Again at once: later, and then there is nothing to say but what there is.
  people[2]?.onOpen(idOf(3));
  people[3]?.onOpen(idOf(2));
  expect(settle()).toBe(0);
  clock.advance(HAVE_MIN_MS);
  expect(settle()).toBe(0);
  // The one at the end has lost its memory.
  people[3] = make(3, 1);
  people[2]?.onOpen(idOf(3));
  clock.advance(HAVE_MIN_MS);
  settle();
  expect(knownBy(people[3])).toEqual([0, 1, 2]);
});

test("whose clock was set back goes on above what partners still have of it", () => {
  const { clock, people, settle, make } = town(CHAIN, 4);
  people[3] = make(3, 1_000);
  settle();
  expect(people[0]?.vicinity.of(idOf(3))?.seq).toBe(1_000);
  people[3] = make(3, 5);
  settle();
  expect(people[2]?.vicinity.of(idOf(3))?.seq).toBe(1_000);
  people[2]?.onOpen(idOf(3));
  settle();
  clock.advance(ADVERT_MIN_MS);
  settle();
  expect(people[0]?.vicinity.of(idOf(3))?.seq).toBe(1_001);
});

test("a flood of new adverts is heard as far as its rate goes, of one partner as well as of two", () => {
  const { clock, people, settle } = town(CHAIN, 4);
  settle();
  const [person] = people;
  let seq = 2;
  const flood = (count: number): number => {
    let heard = 0;
    for (let at = 0; at < count; at++) {
      const bare = {
        t: "advert",
        currency: "c",
        dhKey: new Uint8Array(32).fill(9),
        hopsLeft: 0,
      } as const;
      const told = { ...bare, origin: idOf(2), seq: seq++, lines: [], proof: Uint8Array.of(2) };
      if (person?.onAdvert(idOf(1), told) === undefined) heard++;
    }
    return heard;
  };
  const already = 3;
  const first = flood(3 * ADVERTS_BURST);
  expect(first).toBeLessThanOrEqual(ADVERTS_BURST);
  expect(first).toBeGreaterThanOrEqual(ADVERTS_BURST - already);
  clock.advance(1_000);
  expect(flood(100)).toBe(ADVERTS_PER_SECOND);
});

test("our lines are told four times at once and then once a minute, however often they change", () => {
  const clock = new ManualClock();
  const own = [{ partner: idOf(1), out: 1, in: 1 }];
  let told = 0;
  const gossip = new Gossip({
    ...{ self: idOf(0), currency: "c", dhKey: new Uint8Array(32).fill(9), firstSeq: 1, clock },
    ...{ random: testRandom(1), own: () => own, prove: () => new Uint8Array(), holds: () => true },
    tell: (_, message) => {
      if (message.t === "advert") told++;
      return true;
    },
  });
  gossip.tick();
  for (let second = 0; second < 600; second++) {
    own[0] = { partner: idOf(1), out: 4 ** (second % 9), in: 1 };
    gossip.onLines();
    clock.advance(1_000);
    if (gossip.nextDeadlineMs() <= clock.monotonicMs()) gossip.tick();
  }
  expect(told).toBeGreaterThan(5);
  expect(told).toBeLessThanOrEqual(OWN_ADVERTS_BURST + 10);
});

test("who hears of a line later than its partner asks for what it was told too early", () => {
  const { clock, people, settle, away, make } = town(CHAIN, 4);
  // The others are told, but nobody is there to hear it.
  const [first] = people;
  const deaf = make(1);
  deaf.onMessage = () => undefined;
  people[1] = deaf;
  settle();
  expect(knownBy(first)).toEqual([1]);
  people[1] = make(1);
  settle();
  clock.advance(HAVE_ASKED_MIN_MS);
  settle();
  expect([away.size, knownBy(people[0]), knownBy(people[1])]).toEqual([0, [1, 2, 3], [0, 2, 3]]);
});

test("lines are told also where the clock moves on between two readings, as real ones do", () => {
  let readings = 0;
  const clock = { monotonicMs: () => 1_000 + readings++ / 1_000, wallMs: () => 1_000 };
  const told: string[] = [];
  const gossip = new Gossip({
    ...{ self: idOf(0), currency: "c", dhKey: new Uint8Array(32).fill(9), firstSeq: 1, clock },
    ...{ random: testRandom(1), prove: () => new Uint8Array(), holds: () => true },
    own: () => [{ partner: idOf(1), out: 1, in: 1 }],
    tell: (_, message) => {
      told.push(message.t);
      return true;
    },
  });
  expect(gossip.nextDeadlineMs()).toBeLessThanOrEqual(clock.monotonicMs());
  gossip.tick();
  expect(told[0]).toBe("advert");
});
