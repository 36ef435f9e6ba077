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
  BEACON_EXTRA_GAP_MS,
  BEACON_FIRST_MS,
  BEACON_INTERVAL_MS,
  BEACON_REPEAT_MS,
  BEACON_YIELD_MS,
  BEACONS_REMEMBERED_MAX,
  LINKS_PER_NEIGHBOUR_MAX,
} from "./limits.ts";
import type { Link } from "./link.ts";
import type { Neighbourhood } from "./neighbourhood.ts";

/** What discovery asks of the rest of the room. */
export interface DiscoveryHooks {
  /** Begin a handshake there, unless one is under way. */
  connect(way: Way): void;
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
  readonly #startedAtMs: number;
  #sentAtMs: number = Number.NEGATIVE_INFINITY;
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
    this.#startedAtMs = nowMs;
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
    this.#onGenuine(way, beacon, nowMs);
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

  /** Sends a beacon as soon as the pace allows: a newcomer is here, or a network. */
  announce(nowMs: number): void {
    const soonest = Math.max(nowMs, this.#sentAtMs + BEACON_EXTRA_GAP_MS);
    this.#nextMs = Math.min(this.#nextMs, soonest);
    this.#context.wake(this.#nextMs);
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
    if (neighbour === undefined) this.announce(nowMs);
    else if (neighbour.links.length >= LINKS_PER_NEIGHBOUR_MAX) return;
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

  #broadcast(nowMs: number): void {
    for (const transport of this.#transports) transport.broadcast(this.#beacon);
    this.#context.stats.beaconsSent += 1;
    this.#sentAtMs = nowMs;
    const early = BEACON_FIRST_MS.find((afterMs) => this.#startedAtMs + afterMs > nowMs);
    this.#nextMs =
      early === undefined
        ? nowMs + BEACON_INTERVAL_MS * jitter(this.#context.random, 0.1)
        : this.#startedAtMs + early;
  }
}
