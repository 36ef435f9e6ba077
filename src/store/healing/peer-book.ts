import type { PeerId } from "../../identity/index.ts";
import type { Clock, Log, RecordStore, RecordWrite } from "../../ports/index.ts";
import { WireError } from "../../wire/index.ts";
import { AbsenceHistory, type DeadAfter } from "./absences.ts";
import { FACTS_SAVED_MS, PEERS_KNOWN_MAX, WATCH_BURST, WATCH_REFILL_MS } from "./limits.ts";
import { decodePeer, encodePeer, PEER_PREFIX } from "./records.ts";

/** A peer of whom something is known. */
export interface KnownPeer {
  readonly id: PeerId;
  /** Stands for the peer in tables; never given to another one. */
  readonly slot: number;
  readonly history: AbsenceHistory;
  isReachable: boolean;
  /** Since when it is within reach or away, in monotonic time. */
  sinceMs: number;
  /** Whether its death was told. */
  isDeathTold: boolean;
  isUnsaved: boolean;
  seenAtMs: number;
  /** When it is next asked what it has, in monotonic time. */
  askAtMs: number;
  /** Objects up to this number were named to it. */
  toldSeq: number;
  /** Questions of it that are answered now. */
  answersLeft: number;
  answersAtMs: number;
}

/** What a peer book works with. */
export interface PeerBookOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly records: RecordStore;
  readonly deadAfter: DeadAfter;
}

/**
 * Who is within reach, who is away and for how long, and who counts as dead: away longer than
 * its own past explains. Absences are remembered over restarts; the time that this peer itself
 * was off is nobody's absence.
 */
export class PeerBook {
  readonly #options: PeerBookOptions;
  readonly #peers: Map<PeerId, KnownPeer> = new Map();
  readonly #bySlot: Map<number, KnownPeer> = new Map();
  #slots = 0;
  #nextDeathMs: number = Number.POSITIVE_INFINITY;
  #saveAtMs: number = Number.POSITIVE_INFINITY;

  constructor(options: PeerBookOptions) {
    this.#options = options;
  }

  /** Reads what was learned before. */
  load(done: () => void): void {
    const { records, log } = this.#options;
    records.scan(PEER_PREFIX, (error, found) => {
      if (error !== null) log.warn("facts of peers unreadable", { reason: error.code });
      for (const { key, value } of error === null ? found : []) {
        this.#remember(key.slice(PEER_PREFIX.length), value);
      }
      done();
    });
  }

  /** The peers of whom something is known. */
  peers(): IterableIterator<KnownPeer> {
    return this.#peers.values();
  }

  get(peer: PeerId): KnownPeer | undefined {
    return this.#peers.get(peer);
  }

  /** The peer that a slot stands for; undefined where it was forgotten. */
  at(slot: number): KnownPeer | undefined {
    return this.#bySlot.get(slot);
  }

  /** A peer came within reach. @returns undefined where there are too many */
  reachable(peer: PeerId): KnownPeer | undefined {
    const now = this.#now();
    const known = this.#peers.get(peer) ?? this.#add(peer, new AbsenceHistory(), now);
    if (known === undefined || known.isReachable) return known;
    if (known.seenAtMs > 0) known.history.noteAbsence(now - known.sinceMs);
    known.isReachable = true;
    known.isDeathTold = false;
    this.#changed(known, now);
    return known;
  }

  /** A peer went out of reach. */
  unreachable(peer: PeerId): void {
    const known = this.#peers.get(peer);
    if (known === undefined || !known.isReachable) return;
    const now = this.#now();
    known.history.noteUp(now - known.sinceMs);
    known.isReachable = false;
    this.#changed(known, now);
    this.#nextDeathMs = Math.min(this.#nextDeathMs, this.#diesAtMs(known));
  }

  /** The share of time that a peer is within reach; undefined: nothing is known of it. */
  uptime(peer: PeerId): number | undefined {
    const known = this.#peers.get(peer);
    const sinceMs = this.#now() - (known?.sinceMs ?? 0);
    return known?.history.uptime(...(known.isReachable ? [sinceMs] : [0, sinceMs]));
  }

  /** Whether the peer in this slot counts as dead; who was forgotten does. */
  isDead(slot: number): boolean {
    const known = this.#bySlot.get(slot);
    if (known === undefined) return true;
    return !known.isReachable && this.#now() >= this.#diesAtMs(known);
  }

  /** The peers that have died since this was last asked. */
  takeDead(): KnownPeer[] {
    const now = this.#now();
    if (now < this.#nextDeathMs) return [];
    const dead: KnownPeer[] = [];
    this.#nextDeathMs = Number.POSITIVE_INFINITY;
    for (const known of this.#peers.values()) {
      if (known.isReachable || known.isDeathTold) continue;
      const atMs = this.#diesAtMs(known);
      if (atMs > now) {
        this.#nextDeathMs = Math.min(this.#nextDeathMs, atMs);
        continue;
      }
      known.isDeathTold = true;
      dead.push(known);
    }
    return dead;
  }

  /** Whether one more question of a peer is answered now. */
  mayAsk(peer: PeerId): boolean {
    const known = this.#peers.get(peer);
    if (known === undefined) return false;
    const now = this.#now();
    const refilled = Math.floor((now - known.answersAtMs) / WATCH_REFILL_MS);
    if (refilled > 0) {
      known.answersLeft = Math.min(WATCH_BURST, known.answersLeft + refilled);
      known.answersAtMs += refilled * WATCH_REFILL_MS;
    }
    if (known.answersLeft === 0) return false;
    known.answersLeft--;
    return true;
  }

  nextDeadlineMs(): number {
    return Math.min(this.#nextDeathMs, this.#saveAtMs);
  }

  /** Writes down what is due; deaths are taken with `takeDead`. */
  tick(): void {
    if (this.#now() >= this.#saveAtMs) this.#save();
  }

  #now(): number {
    return this.#options.clock.monotonicMs();
  }

  #diesAtMs(known: KnownPeer): number {
    return known.sinceMs + known.history.timeoutMs(this.#options.deadAfter);
  }

  #changed(known: KnownPeer, now: number): void {
    known.sinceMs = now;
    known.seenAtMs = this.#options.clock.wallMs();
    known.isUnsaved = true;
    this.#saveAtMs = Math.min(this.#saveAtMs, now + FACTS_SAVED_MS);
  }

  #remember(peer: PeerId, value: Uint8Array): void {
    try {
      const { seenAtMs, facts } = decodePeer(value);
      const known = this.#add(peer, new AbsenceHistory(facts), this.#now());
      if (known === undefined) return;
      known.seenAtMs = seenAtMs;
      this.#nextDeathMs = Math.min(this.#nextDeathMs, this.#diesAtMs(known));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#options.log.warn("facts of a peer left out, they are damaged", { peer });
    }
  }

  #add(id: PeerId, history: AbsenceHistory, now: number): KnownPeer | undefined {
    if (this.#peers.size >= PEERS_KNOWN_MAX && !this.#makeRoom()) return undefined;
    const known: KnownPeer = {
      ...{ id, history, slot: ++this.#slots, isReachable: false, sinceMs: now },
      ...{ isDeathTold: false, isUnsaved: false, seenAtMs: 0 },
      ...{ askAtMs: 0, toldSeq: 0, answersLeft: WATCH_BURST, answersAtMs: now },
    };
    this.#peers.set(id, known);
    this.#bySlot.set(known.slot, known);
    return known;
  }

  /** Forgets whoever has been away longest. False: all are within reach. */
  #makeRoom(): boolean {
    let oldest: KnownPeer | undefined;
    for (const known of this.#peers.values()) {
      if (known.isReachable) continue;
      if (oldest === undefined || known.seenAtMs < oldest.seenAtMs) oldest = known;
    }
    if (oldest === undefined) return false;
    this.#peers.delete(oldest.id);
    this.#bySlot.delete(oldest.slot);
    this.#write([{ key: PEER_PREFIX + oldest.id, value: null }]);
    return true;
  }

  #save(): void {
    this.#saveAtMs = Number.POSITIVE_INFINITY;
    const batch: RecordWrite[] = [];
    for (const known of this.#peers.values()) {
      if (!known.isUnsaved) continue;
      known.isUnsaved = false;
      const { seenAtMs, history } = known;
      const value = encodePeer({ seenAtMs, facts: history.facts() });
      batch.push({ key: PEER_PREFIX + known.id, value });
    }
    if (batch.length > 0) this.#write(batch);
  }

  #write(batch: readonly RecordWrite[]): void {
    this.#options.records.write(batch, (error) => {
      if (error !== null)
        this.#options.log.warn("facts of peers not noted", { reason: error.code });
    });
  }
}
