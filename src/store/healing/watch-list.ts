import { fromHex, utf8 } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { PeerId } from "../../identity/index.ts";
import { FRAGMENTS_MAX } from "../erasure/index.ts";
import { fragmentBytes, fullK, sizeOf } from "../geometry.ts";
import type { Head } from "../head.ts";
import type { Ledger } from "../ledger.ts";
import { locateIdOf } from "../link.ts";
import { HEADS_READ_AT_ONCE, WATCHED_OBJECTS_MAX } from "./limits.ts";

const TAG_LABEL = utf8("peernet watch v1");

/** What of an object's head decides about its health. */
export interface ObjectShape {
  /** Fragments that there should be. */
  readonly n: number;
  /** Fragments that there can be. */
  readonly nMax: number;
  /** Fragments that it takes to read all of it. */
  readonly k: number;
  /** With so many fragments or fewer it is healed. */
  readonly threshold: number;
  readonly sizeBytes: number;
  readonly fragmentBytes: number;
}

/** An object of which fragments are here, or that is this peer's own. */
export interface Watched {
  readonly root: string;
  readonly locateId: string;
  /** Numbers objects in the order in which they came. */
  readonly seq: number;
  /** From when on fragments nobody is known to hold count as lost, in monotonic time. */
  unknownUntilMs: number;
  /** The slot of the peer that holds fragment i; 0: nobody is known to. */
  readonly holders: Uint32Array;
  shape: ObjectShape | undefined;
  /** When it is healed next; undefined while it is well. */
  dueAtMs: number | undefined;
  failures: number;
  /** Agents that say they heal it, and until when they are believed. */
  readonly claims: Map<PeerId, number>;
}

/** The number of fragments at which an object is healed: half of its spare ones are gone, or one. */
export function thresholdOf(k: number, n: number): number {
  return Math.min(n - 1, k + Math.floor((n - k) / 2));
}

/** What a head says that matters here. */
export function shapeOf({ manifest }: Head): ObjectShape {
  const { n, nMax } = manifest;
  const k = fullK(manifest);
  const sizes = { sizeBytes: sizeOf(manifest), fragmentBytes: fragmentBytes(manifest) };
  return { n, nMax, k, threshold: thresholdOf(k, n), ...sizes };
}

/**
 * What an object is called in one question: only who knows its root recognizes it, and it is
 * called otherwise in the next question.
 */
export function tagOf(suite: CryptoSuite, nonce: Uint8Array, root: string): bigint {
  const hash = suite.sha256(TAG_LABEL, nonce, rootBytes(root));
  return new DataView(hash.buffer, hash.byteOffset).getBigUint64(0);
}

function rootBytes(root: string): Uint8Array {
  return must(fromHex(root), "roots are hexadecimal");
}

/** The objects that this peer cares for, and who is known to hold their fragments. */
export class WatchList {
  readonly #suite: CryptoSuite;
  readonly #ledger: Ledger;
  readonly #watched: Map<string, Watched> = new Map();
  readonly #rootByLocateId: Map<string, string> = new Map();
  /** Objects whose heads are being read, or will be. */
  readonly #learning: Map<Watched, () => void> = new Map();
  readonly #unread: Watched[] = [];
  #seq = 0;

  constructor(suite: CryptoSuite, ledger: Ledger) {
    this.#suite = suite;
    this.#ledger = ledger;
  }

  /** Brings the list up to date with the disk. @param unknownUntilMs for objects that are new */
  refresh(unknownUntilMs: number): void {
    for (const root of this.#ledger.roots()) this.#add(root, unknownUntilMs);
    for (const { root } of this.#ledger.objects()) this.#add(root, unknownUntilMs);
    for (const entry of this.#watched.values()) {
      const isHere = this.#ledger.holdsAny(entry.root);
      if (!isHere && this.#ledger.object(entry.root) === undefined) this.#remove(entry);
    }
  }

  /** All of them, in the order in which they came. */
  all(): IterableIterator<Watched> {
    return this.#watched.values();
  }

  get size(): number {
    return this.#watched.size;
  }

  /** The number of the newest one. */
  get newestSeq(): number {
    return this.#seq;
  }

  get(root: string): Watched | undefined {
    return this.#watched.get(root);
  }

  byLocateId(locateId: string): Watched | undefined {
    const root = this.#rootByLocateId.get(locateId);
    return root === undefined ? undefined : this.#watched.get(root);
  }

  /** Reads the head of an object once, to know its code; a few at a time. */
  learnShape(entry: Watched, done: () => void): void {
    if (this.#learning.has(entry)) return;
    this.#learning.set(entry, done);
    if (this.#learning.size <= HEADS_READ_AT_ONCE) this.#readHead(entry);
    else this.#unread.push(entry);
  }

  /** What a peer has of an object, and that it has nothing else of it. */
  report(entry: Watched, slot: number, indices: readonly number[], isBetter: Better): void {
    for (let index = 0; index < FRAGMENTS_MAX; index++) {
      const holder = entry.holders[index] ?? 0;
      if (holder === slot && !indices.includes(index)) entry.holders[index] = 0;
    }
    for (const index of indices) {
      const holder = entry.holders[index] ?? 0;
      if (holder !== slot && (holder === 0 || isBetter(slot, holder))) entry.holders[index] = slot;
    }
  }

  #readHead(entry: Watched): void {
    this.#ledger.head(entry.root, (head) => {
      const done = this.#learning.get(entry);
      this.#learning.delete(entry);
      if (head !== undefined) {
        entry.shape = shapeOf(head);
        done?.();
      }
      const next = this.#unread.shift();
      if (next !== undefined) this.#readHead(next);
    });
  }

  #add(root: string, unknownUntilMs: number): void {
    if (this.#watched.has(root) || this.#watched.size >= WATCHED_OBJECTS_MAX) return;
    const locateId = locateIdOf(this.#suite, rootBytes(root));
    this.#watched.set(root, {
      ...{ root, locateId, seq: ++this.#seq, unknownUntilMs, shape: undefined },
      ...{ holders: new Uint32Array(FRAGMENTS_MAX), dueAtMs: undefined, failures: 0 },
      claims: new Map(),
    });
    this.#rootByLocateId.set(locateId, root);
  }

  #remove(entry: Watched): void {
    this.#watched.delete(entry.root);
    this.#rootByLocateId.delete(entry.locateId);
  }
}

/** Whether a holder is to be noted in place of another one. */
export type Better = (slot: number, than: number) => boolean;
