import type { PeerId } from "../identity/index.ts";
import type { Clock } from "../ports/index.ts";
import type { RouteInfo, RoutingPort } from "../routing/index.ts";
import { BRIDGED_AFTER_MS, SECOND_WAYS_MAX } from "./limits.ts";

/** What others know of peers; what is left out is the same for all of them. */
export interface PeerFactsPort {
  /** How much a peer is trusted to keep what it takes, above 0 and up to 1. */
  trust?(peer: PeerId): number;
  /** 0 (caught saying that it has what it has not) … 1 (never). */
  honesty?(peer: PeerId): number;
  /** What may fail together with others: a house, an operator, an address prefix, a region. */
  groups?(peer: PeerId): readonly string[];
}

/** A peer whose honesty is below this counts as holding nothing, and is given nothing. */
export const HONEST_MIN = 0.5;

/** Uptimes are told apart in so many steps, so that small changes move no fragment. */
const UPTIME_STEPS = 4;
const TRUST_MIN = 0.01;

/** What decides whether a peer should keep a fragment. */
export class PeerFacts {
  readonly #port: PeerFactsPort;
  readonly #routing: RoutingPort;
  readonly #clock: Clock;
  /** When a second way to a peer was last seen, in monotonic time; the longest unseen first. */
  readonly #secondWays = new Map<PeerId, number>();
  readonly #uptime: (peer: PeerId) => number | undefined;

  /** @param uptime the share of time that a peer is within reach; undefined: not known */
  constructor(
    port: PeerFactsPort,
    routing: RoutingPort,
    clock: Clock,
    uptime: (peer: PeerId) => number | undefined,
  ) {
    this.#port = port;
    this.#routing = routing;
    this.#clock = clock;
    this.#uptime = uptime;
  }

  /** Whether a peer was not caught lying. */
  isHonest(peer: PeerId): boolean {
    return (this.#port.honesty?.(peer) ?? 1) >= HONEST_MIN;
  }

  /** Whether a peer is trusted fully, as contacts are; nobody is where nothing says so. */
  isTrusted(peer: PeerId): boolean {
    return (this.#port.trust?.(peer) ?? 0) >= 1;
  }

  /** Trust times uptime, above 0: how much more a peer with a larger one is given. */
  weight(peer: PeerId): number {
    const trust = Math.min(1, Math.max(TRUST_MIN, this.#port.trust?.(peer) ?? 1));
    const uptime = this.#uptime(peer) ?? 0.5;
    return trust * Math.max(1, Math.ceil(UPTIME_STEPS * uptime)) * (1 / UPTIME_STEPS);
  }

  /** What a peer may fail together with. */
  groups(peer: PeerId): readonly string[] {
    const known = this.#port.groups?.(peer) ?? [];
    const route = this.#routing.route(peer);
    const bridge = route && this.#bridgeTo(route);
    return bridge === undefined ? known : [...known, `behind ${bridge}`];
  }

  /**
   * The neighbour without which there is no way to a peer, where there is one. A second way that is
   * missing for a moment, as while a link is busy, is no bridge: nothing is placed anew for it.
   */
  #bridgeTo({ destination, hops, nextHop, alternate }: RouteInfo): PeerId | undefined {
    if (hops <= 1) return undefined;
    const nowMs = this.#clock.monotonicMs();
    if (alternate !== undefined) {
      this.#noteSecondWay(destination, nowMs);
      return undefined;
    }
    const seenMs = this.#secondWays.get(destination) ?? Number.NEGATIVE_INFINITY;
    return nowMs - seenMs < BRIDGED_AFTER_MS ? undefined : nextHop;
  }

  #noteSecondWay(peer: PeerId, nowMs: number): void {
    this.#secondWays.delete(peer);
    this.#secondWays.set(peer, nowMs);
    if (this.#secondWays.size <= SECOND_WAYS_MAX) return;
    for (const [oldest] of this.#secondWays) {
      this.#secondWays.delete(oldest);
      return;
    }
  }
}
