import { equalBytes } from "../base/bytes.ts";
import { TokenBucket } from "../base/token-bucket.ts";
import { type PeerId, peerIdOf } from "../identity/index.ts";
import type { Endpoint, Transport } from "../ports/index.ts";
import { WireError } from "../wire/index.ts";
import { type Beacon, decodeBeacon, encodeBeacon, verifyBeacon } from "./beacon.ts";
import { jitter, type LinkContext, type Way } from "./context.ts";
import {
  BEACON_CHECKS_BURST,
  BEACON_CHECKS_PER_SECOND,
  BEACON_EXTRAS_BURST,
  BEACON_EXTRAS_PER_SECOND,
  BEACON_FIRST_MS,
  BEACON_INTERVAL_FIRST_MS,
  BEACON_INTERVAL_GROWTH,
  BEACON_INTERVAL_MAX_MS,
  BEACON_REPEAT_MS,
  BEACON_SEARCH_GROWTH,
  BEACON_SEARCH_MAX_MS,
  BEACON_SEARCH_MS,
  BEACON_YIELD_MS,
  BEACONS_REMEMBERED_MAX,
  LINKS_PER_NEIGHBOUR_MAX,
} from "./limits.ts";
import type { Link } from "./link.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Neighbourhood } from "./neighbourhood.ts";

/** What discovery asks of the rest of the room. */
export interface DiscoveryHooks {
  /** Begin a handshake there, unless one is under way. */
  connect(way: Way): void;
  /** A genuine beacon came from there. */
  heard(endpoint: Endpoint): void;
  /** A linked neighbour seems to have restarted. */
  renew(link: Link): void;
}

/** Finds neighbours on local networks by signed beacons. */
export class Discovery {
  readonly #context: LinkContext;
  readonly #neighbourhood: Neighbourhood;
  readonly #hooks: DiscoveryHooks;
  readonly #transports: readonly Transport[];
  readonly #beacon: Uint8Array;
  readonly #checks: TokenBucket;
  /** When a beacon from an endpoint was last found genuine. */
  readonly #checkedAtMs: Map<Endpoint, number> = new Map();
  /** Endpoints whose peer has the smaller id and shall begin; this side does it if they do not. */
  readonly #yielding: Map<Endpoint, { readonly way: Way; readonly atMs: number }> = new Map();
  readonly #extras: TokenBucket;
  /** When the present series of quick beacons began. */
  #seriesAtMs: number;
  #intervalMs: number = BEACON_INTERVAL_FIRST_MS;
  /** Until then a lost neighbour is looked for; and any, where there is none. */
  #searchUntilMs: number = Number.NEGATIVE_INFINITY;
  readonly #aloneUntilMs: number;
  #nextMs: number;

  constructor(
    context: LinkContext,
    neighbourhood: Neighbourhood,
    transports: readonly Transport[],
    hooks: DiscoveryHooks,
  ) {
    const nowMs = context.clock.monotonicMs();
    this.#context = context;
    this.#neighbourhood = neighbourhood;
    this.#transports = transports;
    this.#hooks = hooks;
    this.#beacon = encodeBeacon(context.identity.signKey, context.run);
    this.#checks = new TokenBucket(
      { perSecond: BEACON_CHECKS_PER_SECOND, burst: BEACON_CHECKS_BURST },
      nowMs,
    );
    this.#extras = new TokenBucket(
      { perSecond: BEACON_EXTRAS_PER_SECOND, burst: BEACON_EXTRAS_BURST },
      nowMs,
    );
    this.#seriesAtMs = nowMs;
    this.#aloneUntilMs = nowMs + BEACON_SEARCH_MS;
    this.#nextMs = nowMs + (BEACON_FIRST_MS[0] ?? 0);
    context.wake(this.#nextMs);
  }

  /** A beacon came in. */
  onBeacon(way: Way, frame: Uint8Array): void {
    const { stats, clock, suite } = this.#context;
    stats.beaconsReceived += 1;
    let beacon: Beacon;
    try {
      beacon = decodeBeacon(frame);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      stats.droppedMalformed += 1;
      return;
    }
    const nowMs = clock.monotonicMs();
    if (this.#isOldNews(way.endpoint, beacon, nowMs) || !this.#checks.take(nowMs)) return;
    stats.beaconsChecked += 1;
    if (!verifyBeacon(suite, beacon)) {
      stats.droppedForged += 1;
      return;
    }
    this.#remember(way.endpoint, nowMs);
    this.#hooks.heard(way.endpoint);
    this.#onGenuine(way, beacon, nowMs);
  }

  /** Whether a genuine beacon came from there, as far as that is remembered. */
  hasHeard(endpoint: Endpoint): boolean {
    return this.#checkedAtMs.has(endpoint);
  }

  /** Sends beacons and begins the handshakes that are due. */
  tick(nowMs: number): void {
    if (nowMs >= this.#nextMs) this.#broadcast(nowMs);
    for (const [endpoint, { way, atMs }] of this.#yielding) {
      if (nowMs < atMs) continue;
      this.#yielding.delete(endpoint);
      if (this.#neighbourhood.linkAt(endpoint) === undefined) this.#hooks.connect(way);
    }
  }

  /**
   * A neighbour is lost. What cut it off may be far from here, so that nothing tells when that ends: beacons
   * stay frequent for a while.
   */
  search(nowMs: number): void {
    this.#searchUntilMs = nowMs + BEACON_SEARCH_MS;
    this.announce(nowMs);
  }

  /**
   * The local networks changed, or a neighbour is in doubt: a series of beacons as at the start, as
   * far as the pace of beacons allows.
   */
  announce(nowMs: number): void {
    this.#intervalMs = BEACON_INTERVAL_FIRST_MS;
    const allowed = this.#extras.take(nowMs);
    if (allowed) this.#seriesAtMs = nowMs;
    this.#expect(allowed ? nowMs : nowMs + 1_000 / BEACON_EXTRAS_PER_SECOND);
  }

  /** Monotonic time of the next `tick`. */
  deadlineMs(): number {
    let first = this.#nextMs;
    for (const { atMs } of this.#yielding.values()) first = Math.min(first, atMs);
    return first;
  }

  /** What can be passed over without looking at the signature. */
  #isOldNews(endpoint: Endpoint, beacon: Beacon, nowMs: number): boolean {
    if (equalBytes(beacon.signKey, this.#context.identity.signKey.publicKey)) return true;
    const hello = this.#neighbourhood.linkAt(endpoint)?.hello;
    if (hello && equalBytes(hello.signKey, beacon.signKey) && equalBytes(hello.run, beacon.run)) {
      return true;
    }
    return nowMs - (this.#checkedAtMs.get(endpoint) ?? -BEACON_REPEAT_MS) < BEACON_REPEAT_MS;
  }

  #onGenuine(way: Way, beacon: Beacon, nowMs: number): void {
    const link = this.#neighbourhood.linkAt(way.endpoint);
    if (link !== undefined) {
      this.#hooks.renew(link);
      return;
    }
    const id = peerIdOf(this.#context.suite, beacon.signKey);
    const neighbour = this.#neighbourhood.get(id);
    if (neighbour === undefined) {
      // A newcomer hears of us by one beacon out of turn, not by a whole series of them.
      if (this.#extras.take(nowMs)) this.#expect(nowMs);
    } else if (isFull(neighbour)) return;
    this.#approach(way, id, nowMs);
  }

  /** The smaller id begins; the other one only if nothing came of that. */
  #approach(way: Way, id: PeerId, nowMs: number): void {
    if (this.#context.identity.id < id) {
      this.#hooks.connect(way);
    } else if (this.#yielding.size < BEACONS_REMEMBERED_MAX) {
      const atMs = nowMs + BEACON_YIELD_MS;
      if (!this.#yielding.has(way.endpoint)) this.#yielding.set(way.endpoint, { way, atMs });
      this.#context.wake(atMs);
    }
  }

  #remember(endpoint: Endpoint, nowMs: number): void {
    this.#checkedAtMs.delete(endpoint);
    const [oldest] = this.#checkedAtMs.keys();
    if (this.#checkedAtMs.size >= BEACONS_REMEMBERED_MAX && oldest !== undefined) {
      this.#checkedAtMs.delete(oldest);
    }
    this.#checkedAtMs.set(endpoint, nowMs);
  }

  #expect(atMs: number): void {
    this.#nextMs = Math.min(this.#nextMs, atMs);
    this.#context.wake(this.#nextMs);
  }

  #broadcast(nowMs: number): void {
    for (const transport of this.#transports) transport.broadcast(this.#beacon);
    this.#context.stats.beaconsSent += 1;
    const early = BEACON_FIRST_MS.find((afterMs) => this.#seriesAtMs + afterMs > nowMs);
    if (early !== undefined) {
      this.#nextMs = this.#seriesAtMs + early;
      return;
    }
    this.#nextMs = nowMs + this.#intervalMs * jitter(this.#context.random, 0.1);
    const isAlone = this.#neighbourhood.size === 0;
    const isSearching = nowMs < this.#searchUntilMs || (isAlone && nowMs < this.#aloneUntilMs);
    const [growth, maxMs] = isSearching
      ? [BEACON_SEARCH_GROWTH, BEACON_SEARCH_MAX_MS]
      : [BEACON_INTERVAL_GROWTH, BEACON_INTERVAL_MAX_MS];
    this.#intervalMs = Math.min(maxMs, this.#intervalMs * growth);
  }
}

/** Whether a neighbour has all the links that it may have, and none of them is in doubt. */
function isFull({ links }: Neighbour): boolean {
  return links.length >= LINKS_PER_NEIGHBOUR_MAX && !links.some((link) => link.liveness.suspect);
}
