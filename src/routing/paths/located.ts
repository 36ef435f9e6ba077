import type { PeerId, PeerRecord } from "../../identity/index.ts";
import type { Path } from "../path-types.ts";
import { LOCATED_MAX, LOCATED_RETRY_MS, LOCATOR_TTL_SECONDS } from "./limits.ts";
import type { LocatorBody, Place } from "./locator.ts";
import { isNewer } from "./locator.ts";

/** One way to a located peer: over a landmark, or along labels to one that knows the peer. */
export type LocatedWay = Place | Path;

/** A peer outside the vicinity whose place is known. */
export interface LocatedPeer {
  readonly record: PeerRecord;
  /** Undefined where only a landmark said that it knows the peer. */
  readonly locator: Pick<LocatorBody, "epoch" | "number"> | undefined;
  readonly ways: readonly LocatedWay[];
  readonly untilMs: number;
  /** How many of its landmarks have been asked, in order of closeness. */
  readonly asked: number;
  /** Which way is used. */
  at: number;
  /** The first packet by this way since anything was acknowledged. */
  triedAtMs: number;
  acknowledged: boolean;
}

/** Peers whose place was looked up, the longest not used first. */
export class LocatedPeers {
  readonly #peers = new Map<PeerId, LocatedPeer>();

  /** How many are remembered. */
  get size(): number {
    return this.#peers.size;
  }

  /** What is known of a peer, whether or not its ways still lead there. */
  get(id: PeerId, nowMs: number): LocatedPeer | undefined {
    const peer = this.#peers.get(id);
    if (peer === undefined || peer.untilMs > nowMs) return peer;
    this.#peers.delete(id);
    return undefined;
  }

  /** Whether an older locator than the one known is shown again. */
  isReplay(id: PeerId, locator: Pick<LocatorBody, "epoch" | "number">): boolean {
    const known = this.#peers.get(id)?.locator;
    return known !== undefined && isNewer(known, locator);
  }

  /** Remembers a verified answer. */
  put(
    record: PeerRecord,
    locator: LocatedPeer["locator"],
    ways: readonly LocatedWay[],
    ttlSeconds: number,
    asked: number,
    nowMs: number,
  ): void {
    const before = this.#peers.get(record.id);
    this.#peers.delete(record.id);
    this.#peers.set(record.id, {
      record: before !== undefined && before.record.seqno > record.seqno ? before.record : record,
      locator: locator ?? before?.locator,
      ways,
      untilMs: nowMs + Math.min(ttlSeconds, LOCATOR_TTL_SECONDS) * 1_000,
      asked,
      ...{ at: 0, triedAtMs: Number.POSITIVE_INFINITY, acknowledged: false },
    });
    if (this.#peers.size <= LOCATED_MAX) return;
    for (const oldest of this.#peers.keys()) {
      this.#peers.delete(oldest);
      break;
    }
  }

  /**
   * The ways to try for a packet now, best first; none: all have been tried in vain. A way of
   * which nothing was heard for `LOCATED_RETRY_MS` is given up for the next one.
   */
  waysOf(id: PeerId, nowMs: number): readonly LocatedWay[] {
    const peer = this.get(id, nowMs);
    if (peer === undefined) return [];
    if (!peer.acknowledged && nowMs - peer.triedAtMs >= LOCATED_RETRY_MS) this.#giveUpWay(peer);
    if (peer.at >= peer.ways.length) return [];
    this.#peers.delete(id);
    this.#peers.set(id, peer);
    return peer.ways.slice(peer.at);
  }

  /** The `skipped`-th of the ways given by `waysOf` was used. */
  used(id: PeerId, skipped: number, nowMs: number): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    peer.at += skipped;
    if (skipped > 0 || peer.triedAtMs > nowMs) peer.triedAtMs = nowMs;
  }

  /** What a session found out. Returns whether the peer is one of these. */
  report(id: PeerId, acknowledged: boolean): boolean {
    const peer = this.#peers.get(id);
    if (peer === undefined) return false;
    if (!acknowledged) this.#giveUpWay(peer);
    peer.acknowledged = acknowledged;
    return true;
  }

  #giveUpWay(peer: LocatedPeer): void {
    peer.at++;
    peer.triedAtMs = Number.POSITIVE_INFINITY;
  }
}
