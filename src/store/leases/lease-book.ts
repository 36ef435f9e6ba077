import type { PeerId } from "../../identity/index.ts";
import type { Clock, Log, RecordStore, RecordWrite } from "../../ports/index.ts";
import { storeErrorOf } from "../disk-errors.ts";
import type { StoreError } from "../errors.ts";
import type { Ledger } from "../ledger.ts";
import { isOwn } from "../records.ts";
import {
  LEASE_MS,
  LEASE_STEP_MS,
  LEASE_SWEEP_OBJECTS,
  LESSEES_MAX,
  LESSEES_PER_OBJECT,
} from "./limits.ts";
import { loadAll } from "./load.ts";
import {
  decodeLease,
  decodeTime,
  encodeLease,
  encodeTime,
  LEASE_PREFIX,
  LESSEE_PREFIX,
  type LeaseException,
  TRASH_PREFIX,
} from "./records.ts";

/** What a lease book works with. */
export interface LeaseOptions {
  readonly records: RecordStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
}

/** What an owner wants of one object that is kept for it. */
export type Wish = "unknown" | "keep" | "drop";

type Done = (error: StoreError | undefined) => void;

/**
 * How long what others brought is kept. Whoever brings a fragment has a lease on its object, and
 * all leases of one peer end at one time, so that renewing thousands of objects writes a single
 * record. Only what differs is written by object: others that want it too, objects that their
 * owner does not know any more, objects that it let go. Times are by wall clock.
 */
export class LeaseBook {
  readonly #options: LeaseOptions;
  readonly #untilMs: Map<PeerId, number> = new Map();
  readonly #exceptions: Map<string, Map<PeerId, LeaseException>> = new Map();
  /** The objects of which a peer has an exception. */
  readonly #rootsByLessee: Map<PeerId, Set<string>> = new Map();
  /** When objects came into the trash. */
  readonly #trash: Map<string, number> = new Map();

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  /** Reads what is on disk. Peers without a record get a whole lease from now on. */
  load(done: Done): void {
    const options = this.#options;
    const onTrash = (error: StoreError | undefined, trash: ReadonlyMap<string, number>): void => {
      for (const [root, atMs] of trash) this.#trash.set(root, atMs);
      if (error === undefined) this.#grantFirst();
      done(error);
    };
    const onLeases = (
      error: StoreError | undefined,
      leases: ReadonlyMap<string, Map<PeerId, LeaseException>>,
    ): void => {
      for (const [root, exceptions] of leases) {
        for (const [peer, exception] of exceptions) this.#except(root, peer, exception);
      }
      if (error === undefined) loadAll(options, TRASH_PREFIX, decodeTime, onTrash);
      else done(error);
    };
    loadAll(options, LESSEE_PREFIX, decodeTime, (error, lessees) => {
      const byEnd = [...lessees].sort(([, a], [, b]) => a - b);
      for (const [peer, untilMs] of byEnd) this.#untilMs.set(peer, untilMs);
      if (error === undefined) loadAll(options, LEASE_PREFIX, decodeLease, onLeases);
      else done(error);
    });
  }

  /** What was kept before there were leases gets one. */
  #grantFirst(): void {
    const { accounts } = this.#options.ledger;
    for (const peer of accounts.peers()) {
      if (!this.#untilMs.has(peer) && accounts.taken(peer).objects > 0) this.arrived(peer);
    }
  }

  /** A peer brought something: its leases begin anew. */
  arrived(peer: PeerId, root?: string): void {
    const writes: RecordWrite[] = [];
    if (root !== undefined) {
      // Whoever brings again what it had let go wants it again.
      if (this.#exceptions.get(root)?.get(peer)?.untilMs !== undefined) {
        writes.push(this.#unexcept(root, peer));
      }
      writes.push(...this.#untrash(root));
    }
    const known = this.#untilMs.get(peer) ?? 0;
    if (this.#now() + LEASE_MS - known >= LEASE_STEP_MS) writes.push(...this.#extend(peer));
    if (writes.length === 0) return;
    this.#options.records.write(writes, (error) => {
      if (error !== null) this.#options.log.warn("lease not noted", { reason: error.code });
    });
  }

  /** Objects here on which a peer has a lease that it renews, in order. */
  renewedBy(peer: PeerId): string[] {
    return this.rootsOf(peer).filter((root) => this.#isRenewed(peer, root));
  }

  /** Objects here on which a peer has a lease, in order. */
  rootsOf(peer: PeerId): string[] {
    const roots = new Set(this.#options.ledger.accounts.broughtBy(peer));
    for (const root of this.#rootsByLessee.get(peer) ?? []) {
      if (this.#exceptions.get(root)?.get(peer)?.untilMs === 0) roots.delete(root);
      else roots.add(root);
    }
    return [...roots].sort();
  }

  /** When a lease ends, by wall clock; 0 where there is none. */
  untilOf(peer: PeerId, root: string): number {
    const { accounts } = this.#options.ledger;
    const exception = this.#exceptions.get(root)?.get(peer);
    if (exception === undefined && !accounts.hasBrought(peer, root)) return 0;
    return exception?.untilMs ?? this.#untilMs.get(peer) ?? 0;
  }

  /** When the leases of a peer end, by wall clock; 0: it has none. */
  lessee(peer: PeerId): number {
    return this.#untilMs.get(peer) ?? 0;
  }

  /** When the last lease on an object ends; 0: nobody has one. What is this peer's own has no end. */
  endOf(root: string): number {
    const object = this.#options.ledger.object(root);
    if (isOwn(object)) return Number.POSITIVE_INFINITY;
    let end = object?.lentUntilMs ?? 0;
    for (const peer of this.#lesseesOf(root)) end = Math.max(end, this.untilOf(peer, root));
    return end;
  }

  /**
   * Until when an object is wanted by those who renew their leases on it, by wall clock; 0: nobody
   * does. What an agent brought for their sake, and what its owner does not know any more, is kept,
   * but is no reason to make more of it.
   */
  wantedUntilMs(root: string): number {
    if (isOwn(this.#options.ledger.object(root))) return this.#now() + LEASE_MS;
    let end = 0;
    for (const peer of this.#lesseesOf(root)) {
      if (this.#isRenewed(peer, root)) end = Math.max(end, this.#untilMs.get(peer) ?? 0);
    }
    return end;
  }

  /**
   * An agent brought what it made for the sake of others: that is kept for as long as they want
   * it, as far as the agent knows, and nothing that the agent does later makes it longer.
   */
  lend(peer: PeerId, root: string, untilMs: number): void {
    const known = this.#exceptions.get(root)?.get(peer);
    if (known !== undefined && known.untilMs === undefined) return;
    const most = Math.min(untilMs, this.#now() + LEASE_MS);
    const end = Math.max(most, known?.untilMs ?? 0);
    const writes = [this.#except(root, peer, { untilMs: end })];
    if (end > this.#now()) writes.push(...this.#untrash(root));
    this.#write(writes, () => {});
  }

  /** Takes an object out of the trash. */
  restore(root: string): void {
    this.#write(this.#untrash(root), () => {});
  }

  /** Since when an object is in the trash; undefined: it is not. */
  trashedAtMs(root: string): number | undefined {
    return this.#trash.get(root);
  }

  /** Objects in the trash. */
  get trashCount(): number {
    return this.#trash.size;
  }

  /**
   * All leases of a peer begin anew, but for the objects of which it wants something else.
   * @param wishes of objects that it has a lease on; those not named are kept
   * @param done after that is safe from a crash; with the objects that nobody wants any more
   */
  renew(
    peer: PeerId,
    wishes: ReadonlyMap<string, Wish>,
    done: (error: StoreError | undefined, unwanted: readonly string[]) => void,
  ): void {
    const unwanted: string[] = [];
    const writes: RecordWrite[] = [];
    for (const [root, wish] of wishes) {
      if (this.untilOf(peer, root) === 0) continue;
      writes.push(...this.#grant(peer, root, wish));
      if (wish === "drop" && this.endOf(root) === 0) unwanted.push(root);
    }
    writes.push(...this.#extend(peer));
    for (const root of [...this.#trash.keys()]) {
      if (this.untilOf(peer, root) > this.#now()) writes.push(...this.#untrash(root));
    }
    this.#write(writes, (error) => done(error, error === undefined ? unwanted : []));
  }

  /**
   * A peer wants objects, too, that others brought.
   * @param done which of them are here and have the lease now
   */
  adopt(
    peer: PeerId,
    roots: readonly string[],
    done: (error: StoreError | undefined, adopted: readonly boolean[]) => void,
  ): void {
    const writes: RecordWrite[] = [];
    const adopted = roots.map((root) => {
      if (this.#options.ledger.othersBytesOf(root) === 0) return false;
      if (this.#isRenewed(peer, root)) return true;
      const isLessee = this.untilOf(peer, root) > 0;
      if (!isLessee && this.#lesseesBesides(root) >= LESSEES_PER_OBJECT) return false;
      writes.push(this.#thaw(root, peer), ...this.#untrash(root));
      return true;
    });
    if (writes.length > 0) writes.push(...this.#extend(peer));
    this.#write(writes, (error) => done(error, adopted));
  }

  /** Puts an object into the trash. */
  discard(root: string): void {
    this.#trash.set(root, this.#now());
    this.#write([{ key: TRASH_PREFIX + root, value: encodeTime(this.#now()) }], () => {});
  }

  /** Forgets peers whose leases are over for so long, and that have nothing here. */
  forgetLessees(olderThanMs: number): void {
    const { accounts } = this.#options.ledger;
    const writes: RecordWrite[] = [];
    for (const [peer, untilMs] of this.#untilMs) {
      // In the order in which they were extended, so the first one that still counts ends the search.
      if (untilMs >= olderThanMs || writes.length >= LEASE_SWEEP_OBJECTS) break;
      if (accounts.taken(peer).objects > 0 || this.#rootsByLessee.has(peer)) continue;
      this.#untilMs.delete(peer);
      writes.push({ key: LESSEE_PREFIX + peer, value: null });
    }
    this.#write(writes, () => {});
  }

  /** What is to be deleted with an object; afterwards nothing is known of its leases. */
  forget(root: string): RecordWrite[] {
    this.#trash.delete(root);
    for (const peer of this.#exceptions.get(root)?.keys() ?? []) {
      const roots = this.#rootsByLessee.get(peer);
      roots?.delete(root);
      if (roots?.size === 0) this.#rootsByLessee.delete(peer);
    }
    this.#exceptions.delete(root);
    return [
      { key: TRASH_PREFIX + root, value: null },
      { key: LEASE_PREFIX + root, value: null },
    ];
  }

  /** What is kept ends with the other leases; what is unknown ends when it would have. */
  #grant(peer: PeerId, root: string, wish: Wish): readonly RecordWrite[] {
    const hasBrought = this.#options.ledger.accounts.hasBrought(peer, root);
    // Nothing has to be remembered of whoever wanted what others brought.
    if (wish === "drop" && !hasBrought) return [this.#unexcept(root, peer)];
    const untilMs = wish === "drop" ? 0 : this.untilOf(peer, root);
    if (wish !== "keep") return [this.#except(root, peer, { untilMs })];
    const isFrozen = this.#exceptions.get(root)?.get(peer)?.untilMs !== undefined;
    return isFrozen ? [this.#thaw(root, peer)] : [];
  }

  #now(): number {
    return this.#options.clock.wallMs();
  }

  /** Whether a lease ends with the peer's others, which it renews all at once. */
  #isRenewed(peer: PeerId, root: string): boolean {
    const exception = this.#exceptions.get(root)?.get(peer);
    if (exception !== undefined) return exception.untilMs === undefined;
    return this.#options.ledger.accounts.hasBrought(peer, root);
  }

  /** How many want an object of which they brought nothing. */
  #lesseesBesides(root: string): number {
    const { accounts } = this.#options.ledger;
    const peers = [...(this.#exceptions.get(root)?.keys() ?? [])];
    return peers.filter((peer) => !accounts.hasBrought(peer, root)).length;
  }

  #lesseesOf(root: string): Set<PeerId> {
    const { ledger } = this.#options;
    const peers = new Set(this.#exceptions.get(root)?.keys() ?? []);
    for (const index of ledger.indices(root)) {
      const from = ledger.fragment(root, index)?.from;
      if (from !== undefined) peers.add(from);
    }
    return peers;
  }

  #extend(peer: PeerId): RecordWrite[] {
    const untilMs = this.#now() + LEASE_MS;
    this.#untilMs.delete(peer);
    this.#untilMs.set(peer, untilMs);
    const writes: RecordWrite[] = [{ key: LESSEE_PREFIX + peer, value: encodeTime(untilMs) }];
    for (const oldest of this.#untilMs.keys()) {
      if (this.#untilMs.size <= LESSEES_MAX) break;
      this.#untilMs.delete(oldest);
      writes.push({ key: LESSEE_PREFIX + oldest, value: null });
    }
    return writes;
  }

  #untrash(root: string): RecordWrite[] {
    return this.#trash.delete(root) ? [{ key: TRASH_PREFIX + root, value: null }] : [];
  }

  /** Lets a lease end with the peer's others again. */
  #thaw(root: string, peer: PeerId): RecordWrite {
    const hasBrought = this.#options.ledger.accounts.hasBrought(peer, root);
    if (hasBrought) return this.#unexcept(root, peer);
    return this.#except(root, peer, { untilMs: undefined });
  }

  #except(root: string, peer: PeerId, exception: LeaseException): RecordWrite {
    const exceptions = this.#exceptions.get(root) ?? new Map<PeerId, LeaseException>();
    this.#exceptions.set(root, exceptions.set(peer, exception));
    this.#rootsByLessee.set(peer, (this.#rootsByLessee.get(peer) ?? new Set()).add(root));
    return { key: LEASE_PREFIX + root, value: encodeLease(exceptions) };
  }

  #unexcept(root: string, peer: PeerId): RecordWrite {
    const exceptions = this.#exceptions.get(root);
    exceptions?.delete(peer);
    const roots = this.#rootsByLessee.get(peer);
    roots?.delete(root);
    if (roots?.size === 0) this.#rootsByLessee.delete(peer);
    if (exceptions !== undefined && exceptions.size > 0) {
      return { key: LEASE_PREFIX + root, value: encodeLease(exceptions) };
    }
    this.#exceptions.delete(root);
    return { key: LEASE_PREFIX + root, value: null };
  }

  #write(writes: readonly RecordWrite[], done: Done): void {
    if (writes.length === 0) {
      done(undefined);
      return;
    }
    this.#options.records.write(writes, (error) => {
      if (error !== null) this.#options.log.warn("lease not noted", { reason: error.code });
      done(error === null ? undefined : storeErrorOf(error));
    });
  }
}
