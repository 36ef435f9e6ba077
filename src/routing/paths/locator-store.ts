import type { PeerId } from "../../identity/index.ts";
import { LOCATORS_MAX } from "./limits.ts";
import { isNewer, type Locator } from "./locator.ts";

/** A locator kept for others, with the record that it names. */
export interface Kept {
  readonly locator: Locator;
  readonly record: Uint8Array;
  readonly untilMs: number;
  /** The neighbour that it came by. */
  readonly side: PeerId;
}

/**
 * Verified locators of others. Each neighbour's side has a shelf; where there is no room, the
 * oldest of the fullest shelf leaves, so nobody behind one link can push out what came by others.
 */
export class LocatorStore {
  readonly #kept = new Map<PeerId, Kept>();
  readonly #shelves = new Map<PeerId, Set<PeerId>>();
  readonly #max: number;

  constructor(max: number = LOCATORS_MAX) {
    this.#max = max;
  }

  /** How many are kept. */
  get size(): number {
    return this.#kept.size;
  }

  /** What is kept of a peer and still believed. */
  get(id: PeerId, nowMs: number): Kept | undefined {
    const kept = this.#kept.get(id);
    if (kept === undefined || kept.untilMs > nowMs) return kept;
    this.#take(id, kept);
    return undefined;
  }

  /** Whether `keep` would take this one: it is newer than what is kept. */
  wants(locator: Locator, nowMs: number): boolean {
    const kept = this.get(locator.id, nowMs);
    return kept === undefined || isNewer(locator, kept.locator);
  }

  /** Keeps a verified locator that is wanted. */
  keep(locator: Locator, record: Uint8Array, side: PeerId, nowMs: number): void {
    const before = this.#kept.get(locator.id);
    if (before !== undefined) this.#take(locator.id, before);
    else this.#makeRoom();
    // A replay by somebody with a full shelf must not move it to where it is pushed out.
    const stays = before !== undefined && this.#load(before.side) <= this.#load(side);
    const shelf = stays ? before.side : side;
    const untilMs = nowMs + locator.ttlSeconds * 1_000;
    this.#kept.set(locator.id, { locator, record, untilMs, side: shelf });
    const ids = this.#shelves.get(shelf);
    if (ids === undefined) this.#shelves.set(shelf, new Set([locator.id]));
    else ids.add(locator.id);
  }

  #load(side: PeerId): number {
    return this.#shelves.get(side)?.size ?? 0;
  }

  #makeRoom(): void {
    if (this.#kept.size < this.#max) return;
    let fullest: Set<PeerId> | undefined;
    for (const ids of this.#shelves.values()) {
      if (fullest === undefined || ids.size > fullest.size) fullest = ids;
    }
    for (const id of fullest ?? []) {
      const kept = this.#kept.get(id);
      if (kept !== undefined) this.#take(id, kept);
      return;
    }
  }

  #take(id: PeerId, { side }: Kept): void {
    this.#kept.delete(id);
    const ids = this.#shelves.get(side);
    ids?.delete(id);
    if (ids?.size === 0) this.#shelves.delete(side);
  }
}
