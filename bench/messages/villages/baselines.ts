import { RETENTION_MS, type Trace } from "./trace.ts";

/** What a way of delivering has reached. */
export interface Outcome {
  /** Share of messages that arrived, 0 … 1. */
  readonly delivered: number;
  /** Median time to arrival, hours. */
  readonly medianHours: number;
  /** Copies handed over per message, to couriers and to recipients. */
  readonly transmissions: number;
}

interface Copy {
  /** Copies that its holder may still make (spray and wait); unused elsewhere. */
  tokens: number;
}

/** A rule for handing copies over: the tokens the taker gets, 0 for none. */
type Rule = (meeting: {
  readonly from: number;
  readonly to: number;
  readonly recipient: number;
  readonly copy: Copy;
  readonly chance: (holder: number, recipient: number) => number;
}) => number;

const RULES: Readonly<Record<string, Rule>> = {
  direct: () => 0,
  epidemic: () => 1,
  /** Binary spray and wait (Spyropoulos, Psounis, Raghavendra, WDTN 2005), 16 copies. */
  spray: ({ copy }) => {
    const given = copy.tokens >> 1;
    copy.tokens -= given;
    return given;
  },
  /** To whoever has the better chance (PRoPHET, RFC 6693, GRTR). */
  prophet: ({ from, to, recipient, chance }) =>
    chance(to, recipient) > chance(from, recipient) ? 1 : 0,
};

/** Names of the rules. */
export type Baseline = "direct" | "epidemic" | "spray" | "prophet";

/**
 * Runs a trace with one of the classic rules. Whoever meets a peer that knows of an arrival forgets
 * its copy (antipackets, as in VACCINE), which costs nothing here.
 */
export function runBaseline(trace: Trace, name: Baseline): Outcome {
  const rule = RULES[name] ?? (() => 0);
  const carried = Array.from({ length: trace.peers }, () => new Map<number, Copy>());
  const knows = Array.from({ length: trace.peers }, () => new Set<number>());
  const chances = new Chances(trace.peers);
  const arrivedMs = new Map<number, number>();
  let transmissions = 0;
  let written = 0;
  /** Whether a copy is of no use any more, now that its holder meets somebody. */
  const isOver = (id: number, from: number, to: number, atMs: number): boolean => {
    const isOld = atMs - (trace.writings[id]?.atMs ?? 0) > RETENTION_MS;
    if (knows[to]?.has(id)) knows[from]?.add(id);
    return isOld || knows[from]?.has(id) === true;
  };
  const arrive = (id: number, from: number, to: number, atMs: number): void => {
    transmissions++;
    arrivedMs.set(id, atMs);
    knows[to]?.add(id);
    knows[from]?.add(id);
    carried[from]?.delete(id);
  };
  const offer = (id: number, copy: Copy, from: number, to: number, atMs: number): void => {
    if (carried[to]?.has(id) === true) return;
    const recipient = trace.writings[id]?.to ?? 0;
    const chance = (h: number, r: number): number => chances.of(h, r, atMs);
    const tokens = rule({ from, to, recipient, copy, chance });
    if (tokens === 0) return;
    transmissions++;
    carried[to]?.set(id, { tokens });
  };
  const meet = (from: number, to: number, atMs: number): void => {
    for (const [id, copy] of carried[from] ?? []) {
      if (isOver(id, from, to, atMs)) carried[from]?.delete(id);
      else if (trace.writings[id]?.to === to) arrive(id, from, to, atMs);
      else offer(id, copy, from, to, atMs);
    }
  };
  for (const { atMs, a, b } of trace.encounters) {
    for (let next = trace.writings[written]; next && next.atMs <= atMs; ) {
      carried[next.from]?.set(written, { tokens: 16 });
      next = trace.writings[++written];
    }
    chances.met(a, b, atMs);
    meet(a, b, atMs);
    meet(b, a, atMs);
  }
  return outcomeOf(trace, arrivedMs, transmissions);
}

/** What the times of arrival come to. */
export function outcomeOf(
  trace: Trace,
  arrivedMs: ReadonlyMap<number, number>,
  transmissions: number,
): Outcome {
  const hours = [...arrivedMs]
    .map(([id, atMs]) => (atMs - (trace.writings[id]?.atMs ?? 0)) / 3_600_000)
    .sort((x, y) => x - y);
  const count = trace.writings.length;
  return {
    delivered: hours.length / count,
    medianHours: hours[hours.length >> 1] ?? Number.POSITIVE_INFINITY,
    transmissions: transmissions / count,
  };
}

/** Delivery predictabilities of PRoPHET (RFC 6693) with its usual constants; aged by the hour. */
class Chances {
  readonly #table: Float64Array[];
  readonly #agedMs: Float64Array;

  constructor(peers: number) {
    this.#table = Array.from({ length: peers }, () => new Float64Array(peers));
    this.#agedMs = new Float64Array(peers);
  }

  of(holder: number, recipient: number, atMs: number): number {
    this.#age(holder, atMs);
    return this.#table[holder]?.[recipient] ?? 0;
  }

  met(a: number, b: number, atMs: number): void {
    this.#age(a, atMs);
    this.#age(b, atMs);
    const [ofA, ofB] = [this.#table[a], this.#table[b]];
    if (ofA === undefined || ofB === undefined) return;
    ofA[b] = (ofA[b] ?? 0) + (1 - (ofA[b] ?? 0)) * 0.75;
    ofB[a] = (ofB[a] ?? 0) + (1 - (ofB[a] ?? 0)) * 0.75;
    for (let other = 0; other < ofA.length; other++) {
      const [viaB, viaA] = [(ofB[other] ?? 0) * 0.75 * 0.25, (ofA[other] ?? 0) * 0.75 * 0.25];
      if (other !== a) ofA[other] = Math.max(ofA[other] ?? 0, viaB);
      if (other !== b) ofB[other] = Math.max(ofB[other] ?? 0, viaA);
    }
  }

  #age(peer: number, atMs: number): void {
    const hours = (atMs - (this.#agedMs[peer] ?? 0)) / 3_600_000;
    this.#agedMs[peer] = atMs;
    const factor = 0.98 ** hours;
    const row = this.#table[peer];
    if (row === undefined) return;
    for (let other = 0; other < row.length; other++) row[other] = (row[other] ?? 0) * factor;
  }
}
