import type { Timed } from "../ports/index.ts";
import type { GroupsContext } from "./context.ts";
import type { Group } from "./group.ts";
import { leasesPrefix } from "./group-record.ts";
import { type Lease, readLease, signLease } from "./lease.ts";
import { CLOCK_CHECK_MS } from "./limits.ts";

/** What leases need of the room. */
export interface LeasesHost {
  groups(): Iterable<Group>;
  /** Members in reach should hear these words. */
  tell(group: Group, leases: readonly Uint8Array[]): void;
  /** Who is vouched for has changed. */
  changed(group: Group): void;
}

/** Gives, keeps and looks after the words by which members are believed to be members still. */
export class Leases implements Timed {
  readonly #context: GroupsContext;
  readonly #host: LeasesHost;
  #checkAtMs = Number.POSITIVE_INFINITY;
  /** Who was vouched for at the last look at the clock, by group. */
  readonly #live = new Map<string, string>();

  constructor(context: GroupsContext, host: LeasesHost) {
    this.#context = context;
    this.#host = host;
  }

  /** From now on the clock is looked at. */
  open(): void {
    this.#checkAtMs = this.#context.clock.monotonicMs();
  }

  /**
   * Takes up somebody's word. @returns whether it is news
   * @throws WireError where it is none
   */
  take(group: Group, bytes: Uint8Array): boolean {
    const { suite, vouching, clock } = this.#context;
    if (group.log.ops.size === 0) return false;
    const lease = readLease(suite, vouching, group.id, bytes);
    if (!group.freshness.take(lease, clock.wallMs())) return false;
    this.#keep(group, lease);
    return true;
  }

  /** Operations were taken up: words that waited may fit now, and this person's may be due. */
  logChanged(group: Group): void {
    const fitting = group.freshness.logChanged();
    for (const lease of fitting) this.#keep(group, lease);
    if (fitting.length > 0) {
      this.#host.tell(
        group,
        fitting.map(({ bytes }) => bytes),
      );
    }
    this.#vouch(group);
  }

  nextDeadlineMs(): number {
    return this.#checkAtMs;
  }

  tick(): void {
    const nowMs = this.#context.clock.monotonicMs();
    if (nowMs < this.#checkAtMs) return;
    this.#checkAtMs = nowMs + CLOCK_CHECK_MS;
    for (const group of this.#host.groups()) {
      if (group.log.ops.size === 0) continue;
      this.#vouch(group);
      const members = [...group.log.members().keys()];
      const live = members
        .filter((person) => group.isLive(person))
        .sort()
        .join(" ");
      if (this.#live.get(group.id) === live) continue;
      this.#live.set(group.id, live);
      this.#host.changed(group);
    }
  }

  /** Gives this person's word that the group was seen whole, where it is time to. */
  #vouch(group: Group): void {
    const { identity, clock, proof } = this.#context;
    const nowMs = clock.wallMs();
    if (!group.isIn || !group.freshness.isDue(identity.person.personId, nowMs)) return;
    const terms = { group: group.id, epoch: group.log.epoch.id, atMs: nowMs };
    const bytes = signLease(identity.signKey, proof, terms);
    if (this.take(group, bytes)) this.#host.tell(group, [bytes]);
  }

  #keep(group: Group, { person, bytes }: Lease): void {
    const { records, log } = this.#context;
    records.write([{ key: leasesPrefix(group.id) + person, value: bytes }], (error) => {
      if (error !== null) log.warn("a group lease was not kept", { code: error.code });
    });
  }
}
