import type { PersonId } from "../identity/index.ts";
import type { Lease } from "./lease.ts";
import {
  EPOCHS_KEPT,
  LEASE_AHEAD_MS,
  LEASE_MEMBER_AFTER_MS,
  LEASE_MEMBERS_NEEDED,
  LEASE_MS,
  LEASE_RENEW_MS,
} from "./limits.ts";
import { type GroupLog, limits } from "./log/index.ts";

/**
 * How long members are believed to be members without news. A removal that somebody keeps from this
 * peer works at the latest when nobody fresh vouches for the removed any more. Clocks play a part in
 * this and in nothing else of a group.
 */
export class Freshness {
  readonly #log: GroupLog;
  /** The newest word of each person that fits an epoch seen here. */
  readonly #leases = new Map<PersonId, Lease>();
  /** Words about epochs that were not seen here yet. */
  readonly #waiting = new Map<PersonId, Lease>();
  readonly #epochs = new Set<string>();

  constructor(log: GroupLog) {
    this.#log = log;
  }

  /** All that fit, to be passed on. */
  all(): readonly Lease[] {
    return [...this.#leases.values()];
  }

  /** When a person last said something; undefined where nothing that can be true is known. */
  lastHeardMs(person: PersonId, nowMs: number): number | undefined {
    const lease = this.#leases.get(person);
    return lease === undefined || isAhead(lease, nowMs) ? undefined : lease.atMs;
  }

  /**
   * Takes up a word, checked before.
   * @returns whether it is news that fits
   */
  take(lease: Lease, nowMs: number): boolean {
    const { person, atMs } = lease;
    if (isAhead(lease, nowMs) || !this.#log.members().has(person)) return false;
    this.#seeEpoch();
    const fits = this.#epochs.has(lease.epoch);
    const kept = fits ? this.#leases : this.#waiting;
    const known = kept.get(person);
    // What was taken while this clock was wrong gives way.
    if (known !== undefined && !isAhead(known, nowMs) && known.atMs >= atMs) return false;
    if (!fits && this.#waiting.size >= limits.MEMBERS_MAX) return false;
    kept.set(person, lease);
    return fits;
  }

  /** Takes up a word that fitted before this start. */
  restore(lease: Lease): void {
    if (this.#log.members().has(lease.person)) this.#leases.set(lease.person, lease);
  }

  /** The log has changed: words that waited may fit now. @returns those that do */
  logChanged(): readonly Lease[] {
    this.#seeEpoch();
    const members = this.#log.members();
    for (const person of [...this.#leases.keys()]) {
      if (!members.has(person)) this.#leases.delete(person);
    }
    const fitting: Lease[] = [];
    for (const [person, lease] of this.#waiting) {
      if (members.has(person) && !this.#epochs.has(lease.epoch)) continue;
      this.#waiting.delete(person);
      if (!members.has(person) || (this.#leases.get(person)?.atMs ?? -1) >= lease.atMs) continue;
      this.#leases.set(person, lease);
      fitting.push(lease);
    }
    return fitting;
  }

  /** Whether this person should give their word now. */
  isDue(person: PersonId, nowMs: number): boolean {
    const role = this.#log.members().get(person)?.role;
    if (role === undefined) return false;
    const own = this.#leases.get(person);
    if (own !== undefined && !isAhead(own, nowMs) && nowMs - own.atMs < LEASE_RENEW_MS) {
      return own.epoch !== this.#log.epoch.id && role !== "member";
    }
    return role !== "member" || nowMs - this.#lastAdminMs(nowMs) >= LEASE_MEMBER_AFTER_MS;
  }

  /** Whether somebody else has vouched lately for this member, or nobody else could. */
  isFresh(person: PersonId, nowMs: number): boolean {
    const { owners } = this.#log.ownership;
    if (owners.length === 1 && owners[0] === person) return true;
    let members = 0;
    for (const lease of this.#leases.values()) {
      const { person: by, atMs } = lease;
      if (by === person || nowMs - atMs >= LEASE_MS || isAhead(lease, nowMs)) continue;
      if (this.#log.members().get(by)?.role !== "member") return true;
      if (++members >= LEASE_MEMBERS_NEEDED) return true;
    }
    return false;
  }

  #lastAdminMs(nowMs: number): number {
    let last = Number.NEGATIVE_INFINITY;
    for (const lease of this.#leases.values()) {
      const { person, atMs } = lease;
      if (isAhead(lease, nowMs)) continue;
      if (this.#log.members().get(person)?.role !== "member") last = Math.max(last, atMs);
    }
    return last;
  }

  #seeEpoch(): void {
    const { id } = this.#log.epoch;
    this.#epochs.delete(id);
    this.#epochs.add(id);
    if (this.#epochs.size <= EPOCHS_KEPT) return;
    for (const oldest of this.#epochs) {
      this.#epochs.delete(oldest);
      return;
    }
  }
}

/** Whether a word is of a time that has not come: one of both clocks is wrong, or it lies. */
function isAhead({ atMs }: Lease, nowMs: number): boolean {
  return atMs > nowMs + LEASE_AHEAD_MS;
}
