import type { PeerId, PeerRecord } from "../../identity/index.ts";
import type { Path } from "../path-types.ts";
import { LOCATED_MAX, LOCATED_RETRY_MS, LOCATOR_TTL_SECONDS, RELOCATE_MS } from "./limits.ts";
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
  /** All ways have been tried in vain since the last answer. */
  exhausted: boolean;
  /** When landmarks were last asked. */
  askedAtMs: number;
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
      ...{ exhausted: false, askedAtMs: nowMs },
    });
    if (this.#peers.size <= LOCATED_MAX) return;
    for (const oldest of this.#peers.keys()) {
      this.#peers.delete(oldest);
      break;
    }
  }

  /**
   * The ways to try for a packet now, best first. A way of which nothing was heard for
   * `LOCATED_RETRY_MS` gives way to the next one, the last one to the first.
   */
  waysOf(id: PeerId, nowMs: number): readonly LocatedWay[] {
    const peer = this.get(id, nowMs);
    if (peer === undefined) return [];
    if (!peer.acknowledged && nowMs - peer.triedAtMs >= LOCATED_RETRY_MS) leaveWay(peer, 1);
    this.#peers.delete(id);
    this.#peers.set(id, peer);
    return [...peer.ways.slice(peer.at), ...peer.ways.slice(0, peer.at)];
  }

  /** Of the ways given by `waysOf` the first `skipped` cannot be used, and the next one was. */
  used(id: PeerId, skipped: number, nowMs: number): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    if (skipped > 0) leaveWay(peer, skipped);
    if (peer.triedAtMs > nowMs) peer.triedAtMs = nowMs;
  }

  /** What a session found out about a peer, if it is one of these. */
  report(id: PeerId, acknowledged: boolean): void {
    const peer = this.#peers.get(id);
    if (peer === undefined) return;
    peer.acknowledged = acknowledged;
    if (acknowledged) peer.exhausted = false;
    else leaveWay(peer, 1);
  }

  /** Whether landmarks should be asked again; then they are taken to be asked now. */
  takesAsking(id: PeerId, nowMs: number): boolean {
    const peer = this.#peers.get(id);
    if (peer === undefined || !peer.exhausted || nowMs - peer.askedAtMs < RELOCATE_MS) return false;
    peer.askedAtMs = nowMs;
    return true;
  }
}

function leaveWay(peer: LocatedPeer, count: number): void {
  const next = peer.at + count;
  if (next >= peer.ways.length) peer.exhausted = true;
  peer.at = next % peer.ways.length;
  peer.triedAtMs = Number.POSITIVE_INFINITY;
}
