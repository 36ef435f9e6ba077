import type { PersonId } from "../../identity/index.ts";
import {
  ADVERT_HOPS_MAX,
  ADVERT_LIFE_MS,
  ADVERT_LINES_MAX,
  VICINITY_LINES_MAX,
  VICINITY_PEOPLE_MAX,
  VICINITY_SHARE,
} from "./limits.ts";
import type { Advert, ToldLine } from "./types.ts";

/** What is kept of somebody's latest advert. */
export interface Known {
  readonly origin: PersonId;
  readonly dhKey: Uint8Array;
  readonly seq: number;
  readonly lines: readonly ToldLine[];
  /** Lines that it came over, as whoever passed it on says. */
  readonly distance: number;
  /** Lines that it may still go over. */
  readonly hopsLeft: number;
  /** The partner by whom it came. */
  readonly via: PersonId;
  readonly proof: Uint8Array;
  readonly atMs: number;
}

/** Why an advert is not kept. */
export type AdvertRefusal = "old" | "full";

/**
 * The latest adverts of people around, of one currency. Bounded: what is nearer stays, and what came by one
 * partner never fills more than its share. Signatures and rates are checked before.
 */
export class Vicinity {
  readonly #known = new Map<PersonId, Known>();
  readonly #linesBy = new Map<PersonId, number>();
  #lines = 0;

  get people(): number {
    return this.#known.size;
  }

  get lines(): number {
    return this.#lines;
  }

  /** What is known of a person. */
  of(person: PersonId): Known | undefined {
    return this.#known.get(person);
  }

  /**
   * Whether a line that one person tells of is none as far as the other one tells: who makes up lines with
   * others needs them to agree. What is hidden by one of its ends is left out so, too.
   */
  denies(person: PersonId, partner: PersonId): boolean {
    const lines = this.#known.get(person)?.lines;
    if (lines === undefined || lines.length >= ADVERT_LINES_MAX) return false;
    return !lines.some((line) => line.partner === partner);
  }

  /** All that is known. */
  all(): Iterable<Known> {
    return this.#known.values();
  }

  /** Whether an advert is newer than what is kept of its origin. */
  isNews(origin: PersonId, seq: number): boolean {
    return seq > (this.#known.get(origin)?.seq ?? -1);
  }

  /** Takes an advert in; undefined where it is kept. */
  take(advert: Advert, via: PersonId, nowMs: number): AdvertRefusal | undefined {
    const { origin, dhKey, seq, lines, hopsLeft, proof } = advert;
    const before = this.#known.get(origin);
    if (before !== undefined && seq <= before.seq) return "old";
    const distance = via === origin ? 1 : Math.max(2, ADVERT_HOPS_MAX - hopsLeft);
    this.#drop(origin);
    if (!this.#makeRoom(lines.length, via, distance)) {
      if (before !== undefined) this.#put(before);
      return "full";
    }
    this.#put({ origin, dhKey, seq, lines, distance, hopsLeft, via, proof, atMs: nowMs });
    return undefined;
  }

  /** When the oldest advert is no longer believed: monotonic time, Infinity where there is none. */
  nextDeadlineMs(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const { atMs } of this.#known.values()) oldest = Math.min(oldest, atMs + ADVERT_LIFE_MS);
    return oldest;
  }

  /** Forgets what is too old. */
  lapse(nowMs: number): void {
    for (const { origin, atMs } of [...this.#known.values()]) {
      if (atMs + ADVERT_LIFE_MS <= nowMs) this.#drop(origin);
    }
  }

  /** Forgets what came by a partner who is one no longer. */
  forget(via: PersonId): void {
    for (const known of [...this.#known.values()]) if (known.via === via) this.#drop(known.origin);
  }

  #put(known: Known): void {
    this.#known.set(known.origin, known);
    this.#count(known, 1);
  }

  #drop(origin: PersonId): void {
    const known = this.#known.get(origin);
    if (known === undefined) return;
    this.#known.delete(origin);
    this.#count(known, -1);
  }

  #count({ lines, via }: Known, sign: number): void {
    // An advert counts as one line more than it has, so that empty ones fill a share too.
    const weight = sign * (lines.length + 1);
    this.#lines += sign * lines.length;
    const by = (this.#linesBy.get(via) ?? 0) + weight;
    if (by === 0) this.#linesBy.delete(via);
    else this.#linesBy.set(via, by);
  }

  /** Drops what is farther away; first of the partner whose share is full. False: there is no room. */
  #makeRoom(lines: number, via: PersonId, distance: number): boolean {
    const share = Math.floor(VICINITY_LINES_MAX / VICINITY_SHARE);
    while ((this.#linesBy.get(via) ?? 0) + lines + 1 > share) {
      if (!this.#dropFarther(distance, via)) return false;
    }
    while (this.#known.size >= VICINITY_PEOPLE_MAX || this.#lines + lines > VICINITY_LINES_MAX) {
      if (!this.#dropFarther(distance)) return false;
    }
    return true;
  }

  #dropFarther(distance: number, via?: PersonId): boolean {
    let worst: Known | undefined;
    for (const known of this.#known.values()) {
      if (via !== undefined && known.via !== via) continue;
      if (worst === undefined || known.distance > worst.distance) worst = known;
    }
    if (worst === undefined || worst.distance <= distance) return false;
    this.#drop(worst.origin);
    return true;
  }
}
