import { must } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { Random } from "../../ports/random.ts";
import { testRandom } from "../../testing/index.ts";
import { between, chance, pick } from "../dice.ts";
import type { Graph } from "../graphs.ts";
import { holmeKimGraph, wattsStrogatzGraph } from "./graphs.ts";
import { Identities } from "./identities.ts";
import { SpamMeasures } from "./measures.ts";
import { OstraScheme } from "./ostra.ts";
import { RealScheme } from "./real.ts";
import { Timeline } from "./timeline.ts";
import type { Request, Scheme, SpamOptions, SpamResult } from "./types.ts";
import { type Edges, WayFinder } from "./ways.ts";

const HOUR_MS = 3_600_000;
const DAY_MS: number = 24 * HOUR_MS;
const WEEK_MS: number = 7 * DAY_MS;

const EDGES_PER_ATTACKER = 10;
const LEGIT_PER_WEEK = 2;
const LEGIT_UNWANTED = 0.01;
const NEVER_JUDGES = 0.2;
const FALSE_JUDGES = 0.05;
const ATTACK_EVERY_MS: number = 2 * HOUR_MS;
const RETRY_MS: number = 6 * HOUR_MS;
const SLEEP_MS: number = 60 * DAY_MS;
const CHURN_MS: number = 5 * DAY_MS;
/**
 * Nobody asks again while an answer may still come: a request is tried for a week, and lapses a
 * week after it was sent. A second one would be taken for the same, and is never shown.
 */
const ASKS_AGAIN_MS: number = 2 * WEEK_MS;
/** Requests from strangers that an honest person makes to the single victim, in all, per day. */
const VICTIM_PER_DAY = 1;

/** All edges of an empty network. */
const OPEN: Edges = { load: () => 0, isStrained: () => false, isTainted: () => false };

interface AttackEdge {
  readonly number: number;
  readonly from: number;
  readonly to: number;
}

/** The experiment: honest people and attackers with edges into them, in virtual time. */
class SpamWorld {
  readonly #options: SpamOptions;
  readonly #random: Random;
  readonly #timeline = new Timeline();
  readonly #measures: SpamMeasures;
  readonly #friends: number[][];
  readonly #ways: WayFinder;
  readonly #sets: Set<number>[];
  readonly #identities: Identities;
  readonly #edges: AttackEdge[] = [];
  readonly #scheme: Scheme;
  readonly #victim: number;
  /** Edges as they are now. */
  readonly #edgesNow: Edges = {
    load: (from, to) => this.#scheme.load(from, to),
    isStrained: (by, to) => this.#scheme.isStrained(by, to),
    isTainted: (from, by) => this.#scheme.isTainted(from, by),
  };
  /** When somebody last wanted to reach somebody. */
  readonly #wantedAtMs = new Map<string, number>();
  #nextSybil = 0;

  constructor(options: SpamOptions, suite: CryptoSuite) {
    this.#options = options;
    this.#random = testRandom(`spam ${options.graph} ${options.seed}`);
    this.#measures = new SpamMeasures(options.days);
    const { size, attackEdges, sybils, seed } = options;
    this.#friends = friendsIn(graphOf(options, this.#random.fork("graph")));
    this.#ways = new WayFinder(this.#random, this.#friends);
    this.#victim = this.#mediumPlace();
    const attackers = Math.ceil(attackEdges / EDGES_PER_ATTACKER);
    this.#identities = new Identities(suite, seed, size + attackers + sybils);
    this.#sets = this.#friends.map((friends) => new Set(friends));
    this.#attach();
    this.#scheme =
      options.scheme === "ostra"
        ? new OstraScheme(this.#timeline, (request) => this.#shown(request))
        : new RealScheme({
            suite,
            random: this.#random.fork("rooms"),
            timeline: this.#timeline,
            identities: this.#identities,
            honest: size,
            friends: this.#sets,
            events: { onShown: (request) => this.#shown(request) },
          });
  }

  run(): SpamResult {
    const { days, size, strategy } = this.#options;
    for (let person = 0; person < size; person++) this.#nextLegit(person);
    if (strategy === "single-victim") this.#nextToVictim();
    for (const edge of this.#edges) {
      const firstMs = strategy === "sleeper" ? SLEEP_MS : 0;
      const startMs = firstMs + between(this.#random, 0, ATTACK_EVERY_MS);
      this.#timeline.at(startMs, () => this.#attack(edge));
      if (strategy === "edge-churn") this.#churn(edge);
    }
    for (let day = 0; day < days; day++) this.#timeline.at(day * DAY_MS, () => this.#intrude());
    this.#timeline.runUntil(days * DAY_MS);
    return this.#result();
  }

  #result(): SpamResult {
    const { days, size, attackEdges } = this.#options;
    const measures = this.#measures;
    return {
      spamShown: measures.spamShown,
      spamJudged: measures.spamJudged,
      worstEdgeJudged: measures.worstEdgeJudged(),
      boundPerEdge: 7 + days / 30,
      unwantedPerPersonWeek: measures.judgedLate / size / (days / 2 / 7),
      mostShownPerDay: measures.mostShownPerDay(),
      intrusions: measures.intrusions,
      legitWanted: measures.legitWanted,
      legitImmediate: measures.legitWithin(1),
      legitWithinDay: measures.legitWithin(24),
      legitWithinWeek: measures.legitWithin(168),
      victimWithin48h: measures.victimWithin(48),
      spamBytesPerEdgeDay: this.#scheme.spamBytes / Math.max(1, attackEdges) / days,
      identities: this.#identities.count,
      events: this.#timeline.count,
    };
  }

  /** A place with about as many friends as most have: the victim. */
  #mediumPlace(): number {
    const degrees = this.#friends.map(({ length }) => length);
    const wanted = Math.round(degrees.reduce((sum, degree) => sum + degree, 0) / degrees.length);
    return Math.max(0, degrees.indexOf(wanted));
  }

  /** Gives attackers their edges, to anybody. */
  #attach(): void {
    const { size, attackEdges } = this.#options;
    while (this.#edges.length < attackEdges) {
      const number = this.#edges.length;
      const from = size + Math.floor(number / EDGES_PER_ATTACKER);
      const to = this.#random.u32() % size;
      const known = must(this.#sets[to], "within the graph");
      if (known.has(from)) continue;
      known.add(from);
      this.#edges.push({ number, from, to });
    }
  }

  #nextLegit(person: number): void {
    const waitMs = (-Math.log(1 - this.#random.u32() / 2 ** 32) * WEEK_MS) / LEGIT_PER_WEEK;
    this.#timeline.after(waitMs, () => {
      const target = this.#strangerTo(person);
      if (target !== undefined) this.#want(person, target);
      this.#nextLegit(person);
    });
  }

  #nextToVictim(): void {
    this.#timeline.after(DAY_MS / VICTIM_PER_DAY, () => {
      const person = this.#random.u32() % this.#options.size;
      const isStranger = person !== this.#victim && this.#sets[this.#victim]?.has(person) === false;
      if (isStranger) this.#want(person, this.#victim);
      this.#nextToVictim();
    });
  }

  /** Somebody whom a person does not know, and whom introductions can reach at all. */
  #strangerTo(person: number): number | undefined {
    for (let tries = 0; tries < 20; tries++) {
      const other = this.#random.u32() % this.#options.size;
      if (other === person || this.#sets[person]?.has(other) === true) continue;
      const anyWay = this.#ways.find(OPEN, person, other);
      if (anyWay !== undefined) return other;
    }
    return undefined;
  }

  #want(from: number, to: number): void {
    const nowMs = this.#timeline.monotonicMs();
    // Those of the last week could not be late any more.
    if (nowMs > this.#options.days * DAY_MS - WEEK_MS) return;
    const pair = `${from} ${to}`;
    const beforeMs = this.#wantedAtMs.get(pair) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - beforeMs < ASKS_AGAIN_MS) return;
    this.#wantedAtMs.set(pair, nowMs);
    this.#measures.legitWanted++;
    if (to === this.#victim) this.#measures.victimWanted++;
    this.#tryLegit(from, to, nowMs);
  }

  #tryLegit(from: number, to: number, wantedAtMs: number): void {
    const nowMs = this.#timeline.monotonicMs();
    if (nowMs - wantedAtMs > WEEK_MS) return;
    const path = this.#ways.find(this.#edgesNow, from, to);
    if (path === undefined) {
      this.#timeline.after(RETRY_MS, () => this.#tryLegit(from, to, wantedAtMs));
      return;
    }
    this.#scheme.begin({ path, isSpam: false, attackEdge: -1, identity: -1, wantedAtMs });
  }

  /** An attacker sends as much as its edge takes, and comes back soon. */
  #attack(edge: AttackEdge): void {
    for (let sent = 0; sent < 3 && this.#scheme.load(edge.from, edge.to) !== undefined; sent++) {
      const path = this.#attackPath(edge);
      if (path === undefined) break;
      const wantedAtMs = this.#timeline.monotonicMs();
      const isSpam = must(path.at(-1), "a path has an end") < this.#options.size;
      const identity = this.#sybil();
      this.#scheme.begin({ path, isSpam, attackEdge: edge.number, identity, wantedAtMs });
      // What was sent is on its way: the edge knows of it a moment later.
      if (this.#options.scheme === "peernet") break;
    }
    this.#timeline.after(ATTACK_EVERY_MS, () => this.#attack(edge));
  }

  /** Number of the identity that is used next; -1: the attacker itself, where there are no sybils. */
  #sybil(): number {
    const { sybils } = this.#options;
    if (sybils === 0) return -1;
    const first = this.#identities.count - sybils;
    this.#nextSybil = (this.#nextSybil + 1) % sybils;
    return first + this.#nextSybil;
  }

  #attackPath({ from, to }: AttackEdge): readonly number[] | undefined {
    const { strategy } = this.#options;
    const isTainted = this.#scheme.isTainted(from, to);
    if (strategy === "single-victim") {
      const way = this.#ways.find(this.#edgesNow, to, this.#victim, {
        isTainted,
        edgesMax: 2,
      });
      // Two honest introducers at most: the attacker counts as one.
      return way !== undefined && way.length > 1 ? [from, ...way] : undefined;
    }
    const first = this.#step(to, isTainted);
    if (first === undefined) return undefined;
    const isWashing = strategy === "washing" && chance(this.#random, 0.5);
    if (isWashing) {
      const other = this.#attackerNear(first, from);
      if (other !== undefined) return [from, to, first, other];
    }
    const isShort = strategy === "friend-of-friend" || chance(this.#random, 0.3);
    const second = isShort ? undefined : this.#step(first, this.#scheme.isTainted(to, first));
    const isNew = second !== undefined && second !== to && this.#sets[second]?.has(from) !== true;
    if (isNew && second !== undefined) return [from, to, first, second];
    return this.#sets[first]?.has(from) === true ? undefined : [from, to, first];
  }

  #step(at: number, isTainted: boolean): number | undefined {
    const friends = this.#friends[at] ?? [];
    for (let tries = 0; tries < 8 && friends.length > 0; tries++) {
      const to = pick(this.#random, friends);
      if (isTainted && this.#scheme.isStrained(at, to)) continue;
      if (this.#scheme.load(at, to) !== undefined) return to;
    }
    return undefined;
  }

  #attackerNear(place: number, but: number): number | undefined {
    for (const known of this.#sets[place] ?? []) {
      if (known >= this.#options.size && known !== but) return known;
    }
    return undefined;
  }

  #churn(edge: AttackEdge): void {
    this.#timeline.after(CHURN_MS, () => {
      this.#scheme.remake(edge.from, edge.to);
      this.#churn(edge);
    });
  }

  /** Identities without an edge write right to people. */
  #intrude(): void {
    const { sybils, size } = this.#options;
    const tries = Math.min(sybils, 100);
    for (let number = 0; number < tries; number++) {
      const identity = this.#sybil();
      const to = this.#random.u32() % size;
      if (this.#scheme.intrude(identity, to)) this.#measures.intrusions++;
    }
  }

  #shown(request: Request): void {
    const nowMs = this.#timeline.monotonicMs();
    const to = must(request.path.at(-1), "a path has an end");
    if (to >= this.#options.size) return;
    this.#measures.shown(request, nowMs, to === this.#victim);
    if (chance(this.#random, NEVER_JUDGES)) return;
    const isFalse =
      this.#options.strategy === "false-verdicts" && to < this.#options.size * FALSE_JUDGES;
    const isUnwanted = request.isSpam || isFalse || chance(this.#random, LEGIT_UNWANTED);
    this.#timeline.after(between(this.#random, 6, 18) * HOUR_MS, () => {
      this.#scheme.judge(request, isUnwanted);
      if (request.isSpam) this.#measures.judgedSpam(request, this.#timeline.monotonicMs());
    });
  }
}

function graphOf({ graph, size }: SpamOptions, random: Random): Graph {
  return graph === "holme-kim"
    ? holmeKimGraph(random, size, 5, 0.6)
    : wattsStrogatzGraph(random, size, 10, 0.1);
}

function friendsIn({ size, links }: Graph): number[][] {
  const friends: number[][] = Array.from({ length: size }, () => []);
  for (const [a, b] of links) {
    friends[a]?.push(b);
    friends[b]?.push(a);
  }
  return friends;
}

/** Runs the experiment once, with real keys of `suite`. */
export function runSpam(options: SpamOptions, suite: CryptoSuite): SpamResult {
  return new SpamWorld(options, suite).run();
}
