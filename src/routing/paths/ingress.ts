import { TokenBucket } from "../../base/token-bucket.ts";
import type { PeerId } from "../../identity/index.ts";
import {
  ECHO_BURST,
  ECHO_PER_SECOND,
  LABELLED_BURST,
  LABELLED_PER_SECOND,
  LOOKUP_BURST,
  LOOKUP_PER_SECOND,
  PUBLISH_BURST,
  PUBLISH_PER_SECOND,
} from "./limits.ts";

/** What one neighbour may have carried and answered. */
export class Ingress {
  readonly labelled: TokenBucket;
  readonly echoes: TokenBucket;
  readonly publishes: TokenBucket;
  readonly lookups: TokenBucket;

  constructor(nowMs: number) {
    this.labelled = new TokenBucket(
      { perSecond: LABELLED_PER_SECOND, burst: LABELLED_BURST },
      nowMs,
    );
    this.echoes = new TokenBucket({ perSecond: ECHO_PER_SECOND, burst: ECHO_BURST }, nowMs);
    this.publishes = new TokenBucket(
      { perSecond: PUBLISH_PER_SECOND, burst: PUBLISH_BURST },
      nowMs,
    );
    this.lookups = new TokenBucket({ perSecond: LOOKUP_PER_SECOND, burst: LOOKUP_BURST }, nowMs);
  }
}

/** The allowances of all neighbours that are up. */
export class Ingresses {
  readonly #byNeighbour = new Map<PeerId, Ingress>();

  /** A neighbour has come. */
  add(id: PeerId, nowMs: number): void {
    this.#byNeighbour.set(id, new Ingress(nowMs));
  }

  /** A neighbour has left. */
  remove(id: PeerId): void {
    this.#byNeighbour.delete(id);
  }

  /** Takes one from an allowance of a neighbour. False: it is used up, or the neighbour is gone. */
  takes(id: PeerId, what: keyof Ingress, nowMs: number): boolean {
    return this.#byNeighbour.get(id)?.[what].take(nowMs) === true;
  }
}
