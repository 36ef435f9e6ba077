import type { Random } from "../../../src/ports/index.ts";

/** Two peers come within reach of each other. */
export interface Encounter {
  readonly atMs: number;
  readonly a: number;
  readonly b: number;
}

/** Somebody writes to somebody. */
export interface Writing {
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
}

/** Who meets whom, and who writes to whom. */
export interface Trace {
  readonly peers: number;
  /** Up to three of those whom a peer meets most: they hold letters for it. */
  readonly anchors: readonly (readonly number[])[];
  readonly encounters: readonly Encounter[];
  readonly writings: readonly Writing[];
}

const VILLAGES = 5;
const COURIERS = 10;
const PEERS = 160;
const ENCOUNTERS_PER_PEER_AND_DAY = 16;
const FRIENDS = 5;
/** Share of encounters that are with friends. */
const FRIENDLY = 0.6;
/** Share of messages to people of the same village. */
const NEAR = 0.5;
const DAY_MS = 86_400_000;
/** How long a courier stays in a village before it goes to the next of its round. */
const STAY_MS = DAY_MS;
const MESSAGES = 1_500;

/** Days before the first message, in which peers learn whom they meet. */
export const LEARNING_DAYS = 7;
/** Days in which messages are written. */
export const WRITING_DAYS = 7;
/** How long messages are kept: also how long the trace goes on after the last one was written. */
export const RETENTION_MS: number = 7 * DAY_MS;

/**
 * 150 people in five villages and ten couriers who go round between them; everybody has 16
 * encounters a day, mostly with friends. 1,500 messages, more than half of them to other villages.
 */
export function villageTrace(random: Random): Trace {
  const dice = (): number => random.u32() / 2 ** 32;
  const below = (limit: number): number => Math.floor(dice() * limit);
  const residents = PEERS - COURIERS;
  const villageOf = (peer: number): number => peer % VILLAGES;
  const people = (village: number): number[] =>
    Array.from({ length: residents }, (_, peer) => peer).filter((p) => villageOf(p) === village);
  const villages = Array.from({ length: VILLAGES }, (_, village) => people(village));
  const friends = Array.from({ length: residents }, (_, peer) => {
    const others = (villages[villageOf(peer)] ?? []).filter((other) => other !== peer);
    return Array.from({ length: FRIENDS }, () => others.splice(below(others.length), 1)[0] ?? 0);
  });
  const rounds = Array.from({ length: COURIERS }, () => {
    const start = below(VILLAGES);
    const step = 1 + below(VILLAGES - 1);
    const offsetMs = dice() * STAY_MS;
    return (atMs: number): number =>
      (start + step * Math.floor((atMs + offsetMs) / STAY_MS)) % VILLAGES;
  });
  const days = LEARNING_DAYS + WRITING_DAYS + RETENTION_MS / DAY_MS;
  const count = Math.floor((days * PEERS * ENCOUNTERS_PER_PEER_AND_DAY) / 2);
  const times = Array.from({ length: count }, () => Math.floor(dice() * days * DAY_MS)).sort(
    (x, y) => x - y,
  );
  const encounters = times.map((atMs): Encounter => {
    const a = below(PEERS);
    if (a >= residents) {
      const place = villages[rounds[a - residents]?.(atMs) ?? 0] ?? [];
      return { atMs, a, b: place[below(place.length)] ?? 0 };
    }
    const circle =
      dice() < FRIENDLY
        ? (friends[a] ?? [])
        : (villages[villageOf(a)] ?? []).filter((p) => p !== a);
    return { atMs, a, b: circle[below(circle.length)] ?? 0 };
  });
  const writings = Array.from({ length: MESSAGES }, (): Writing => {
    const from = below(residents);
    const isNear = dice() < NEAR;
    const others = villages.filter((_, village) => (village === villageOf(from)) === isNear).flat();
    const to = others.filter((one) => one !== from)[below(others.length - 1)] ?? 0;
    return { atMs: Math.floor((LEARNING_DAYS + dice() * WRITING_DAYS) * DAY_MS), from, to };
  }).sort((x, y) => x.atMs - y.atMs);
  return { peers: PEERS, anchors: anchorsOf(encounters), encounters, writings };
}

/** Those whom each peer meets most in the days of learning. */
function anchorsOf(encounters: readonly Encounter[]): readonly (readonly number[])[] {
  const counts = Array.from({ length: PEERS }, () => new Map<number, number>());
  for (const { a, b, atMs } of encounters) {
    if (atMs > LEARNING_DAYS * DAY_MS) break;
    counts[a]?.set(b, (counts[a]?.get(b) ?? 0) + 1);
    counts[b]?.set(a, (counts[b]?.get(a) ?? 0) + 1);
  }
  return counts.map((met) =>
    [...met]
      .sort(([, x], [, y]) => y - x)
      .slice(0, 3)
      .map(([other]) => other),
  );
}
