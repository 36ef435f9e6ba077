import type { PeerId } from "../../identity/index.ts";
import type { StoreContext } from "../context.ts";
import type { StoreError } from "../errors.ts";
import { isOwn, type ObjectEntry } from "../records.ts";
import type { Wish } from "./lease-book.ts";
import {
  LEASE_MS,
  RELEASED_MAX,
  RENEW_FIRST_MS,
  RENEW_MS,
  RENEW_RETRY_MS,
  RENEW_STREAMS_MAX,
  TRASH_MS,
} from "./limits.ts";
import { loadAll } from "./load.ts";
import { decodeReleased, encodeReleased, RELEASED_PREFIX, type Released } from "./records.ts";
import { Renewal } from "./renewal.ts";

/**
 * Renews the leases of this peer's objects with all holders within reach, once a day, and tells
 * them what is wanted no more.
 */
export class Renewer {
  readonly #context: StoreContext;
  readonly #onChange: (root: string) => void;
  readonly #released: Map<string, Released> = new Map();
  /** When each holder within reach is due, by running time. */
  readonly #dueAtMs: Map<PeerId, number> = new Map();
  /** Until when holders have promised to keep what they have, by wall clock. */
  readonly #promisedMs: Map<PeerId, number> = new Map();
  readonly #running: Map<PeerId, Renewal> = new Map();
  /** No holder is due before this. */
  #nextDueMs: number = Number.POSITIVE_INFINITY;
  #isHeld = false;

  /** @param onChange what is known of an object's holders changed */
  constructor(context: StoreContext, onChange: (root: string) => void) {
    this.#context = context;
    this.#onChange = onChange;
  }

  /** Reads which objects were let go. */
  load(done: (error: StoreError | undefined) => void): void {
    loadAll(this.#context, RELEASED_PREFIX, decodeReleased, (error, found) => {
      for (const [root, released] of found) this.#released.set(root, released);
      for (const { destination } of this.#context.routing.routes()) this.peerReachable(destination);
      done(error);
    });
  }

  /** Until when a holder has promised to keep what it has, by wall clock; 0: it has not. */
  promisedMs(peer: PeerId): number {
    return this.#promisedMs.get(peer) ?? 0;
  }

  /** Begins nothing more, or does again. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
  }

  peerReachable(peer: PeerId): void {
    this.#due(peer, RENEW_FIRST_MS);
  }

  peerUnreachable(peer: PeerId): void {
    this.#running.get(peer)?.abandon();
    this.#dueAtMs.delete(peer);
  }

  /** What is to be written where this object is let go: its holders are told when they are there. */
  release(object: ObjectEntry): { readonly key: string; readonly value: Uint8Array | null }[] {
    const holders = new Set(object.holders.filter((holder) => holder !== undefined));
    this.#forgetOld();
    if (holders.size === 0) return [];
    const released = { releasedAtMs: this.#context.clock.wallMs(), holders };
    this.#released.set(object.root, released);
    for (const holder of holders) if (this.#isInReach(holder)) this.#due(holder, 0);
    return [{ key: RELEASED_PREFIX + object.root, value: encodeReleased(released) }];
  }

  /** An object is wanted again. */
  retake(root: string): void {
    if (this.#released.delete(root)) this.#write(root, null);
  }

  nextDeadlineMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const renewal of this.#running.values()) next = Math.min(next, renewal.nextDeadlineMs());
    if (this.#isHeld || this.#running.size >= RENEW_STREAMS_MAX) return next;
    return Math.min(next, this.#nextDueMs);
  }

  tick(): void {
    for (const renewal of [...this.#running.values()]) renewal.tick();
    const now = this.#context.clock.monotonicMs();
    if (this.#isHeld || now < this.#nextDueMs) return;
    for (const [peer, dueAtMs] of [...this.#dueAtMs]) {
      if (this.#running.size >= RENEW_STREAMS_MAX) return;
      if (dueAtMs > now || this.#running.has(peer)) continue;
      this.#due(peer, RENEW_MS);
      this.#renew(peer);
    }
    this.#nextDueMs = Number.POSITIVE_INFINITY;
    for (const [peer, dueAtMs] of this.#dueAtMs) {
      if (!this.#running.has(peer)) this.#nextDueMs = Math.min(this.#nextDueMs, dueAtMs);
    }
  }

  #renew(peer: PeerId): void {
    const { ledger, clock, log } = this.#context;
    const believed = [...ledger.accounts.heldBy(peer)].filter((root) => isOwn(ledger.object(root)));
    const isToldNews = [...this.#released.values()].some(({ holders }) => holders.has(peer));
    if (believed.length === 0 && !isToldNews) return;
    const renewal = new Renewal(this.#context, peer, believed, {
      wish: (root) => this.#wish(root),
      onLacking: (roots) => {
        for (const root of roots) this.#lacks(root, peer);
      },
      onEnd: (seconds) => {
        this.#running.delete(peer);
        this.#nextDueMs = Math.min(this.#nextDueMs, this.#dueAtMs.get(peer) ?? this.#nextDueMs);
        if (seconds === undefined) {
          this.#due(peer, RENEW_RETRY_MS);
          log.debug("leases not renewed", { peer });
          return;
        }
        this.#promisedMs.set(peer, clock.wallMs() + 1_000 * seconds);
        this.#told(peer);
      },
    });
    this.#running.set(peer, renewal);
    renewal.start();
  }

  /** What is wanted of an object: what nobody here knows of is neither kept nor let go. */
  #wish(root: string): Wish {
    if (isOwn(this.#context.ledger.object(root))) return "keep";
    return this.#released.has(root) ? "drop" : "unknown";
  }

  /** A holder has nothing of an object: it is not counted on any more. */
  #lacks(root: string, peer: PeerId): void {
    const object = this.#context.ledger.object(root);
    if (object === undefined) return;
    const holders = object.holders.map((holder) => (holder === peer ? undefined : holder));
    this.#context.ledger.update({ ...object, holders });
    this.#onChange(root);
  }

  /** A holder has heard everything: whatever all have heard is forgotten. */
  #told(peer: PeerId): void {
    for (const [root, { releasedAtMs, holders }] of [...this.#released]) {
      if (!holders.has(peer)) continue;
      const left = new Set([...holders].filter((holder) => holder !== peer));
      const released = { releasedAtMs, holders: left };
      if (left.size > 0) this.#released.set(root, released);
      else this.#released.delete(root);
      this.#write(root, left.size > 0 ? encodeReleased(released) : null);
    }
  }

  /** What holders would have deleted by themselves by now need not be told any more. */
  #forgetOld(): void {
    const oldest = this.#context.clock.wallMs() - LEASE_MS - TRASH_MS;
    for (const [root, { releasedAtMs }] of this.#released) {
      if (releasedAtMs >= oldest && this.#released.size < RELEASED_MAX) return;
      this.#released.delete(root);
      this.#write(root, null);
    }
  }

  #write(root: string, value: Uint8Array | null): void {
    this.#context.records.write([{ key: RELEASED_PREFIX + root, value }], (error) => {
      if (error !== null) this.#context.log.warn("release not noted", { reason: error.code });
    });
  }

  #due(peer: PeerId, inMs: number): void {
    const dueAtMs = this.#context.clock.monotonicMs() + inMs;
    this.#dueAtMs.set(peer, dueAtMs);
    this.#nextDueMs = Math.min(this.#nextDueMs, dueAtMs);
  }

  #isInReach(peer: PeerId): boolean {
    return this.#context.routing.route(peer) !== undefined;
  }
}
