import type { Contact, Contacts } from "../contacts/index.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { Networks } from "../gateway/index.ts";
import { type Groups, groupAddressOf, NETWORK_BITS } from "../groups/index.ts";
import type { LocalIdentity, PeerId, PeerRecord } from "../identity/index.ts";
import type { Clock } from "../ports/index.ts";
import type { Guard } from "./guarded-sessions.ts";
import { NETWORK_LOOK_MS, NETWORK_MEMORY_MAX } from "./limits.ts";

/** What the networks of groups are made of. */
export interface NetworkParts {
  readonly identity: Pick<LocalIdentity, "id">;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly contacts: {
    all(): Iterable<Pick<Contact, "personId" | "devices">>;
    readonly about: Pick<Contacts["about"], "isBlocked">;
  };
  readonly groups: Pick<Groups, "roster">;
  readonly routing: { routes(): Iterable<{ readonly record: PeerRecord }> };
  readonly devices: Guard;
}

interface Table {
  readonly untilMs: number;
  /** By the address, the device and the group in whose network it has it; "several" of one address are nobody. */
  readonly members: ReadonlyMap<string, Place | "several">;
  /** Groups by this device's own addresses. */
  readonly own: ReadonlyMap<string, string>;
}

interface Place {
  readonly device: PeerId;
  readonly group: string;
}

/**
 * The networks of groups: each member's device has an address in each, which is made of the group's id and
 * the device's own address. They are those of members who are vouched for, as this peer knows the
 * group now; it is looked again where a group has changed, and at the latest after a second.
 */
export class GroupNetworks implements Networks {
  readonly bits: number = NETWORK_BITS;
  readonly #parts: NetworkParts;
  readonly #addresses = new Map<string, string>();
  #table: Table | undefined;

  constructor(parts: NetworkParts) {
    this.#parts = parts;
  }

  own(): readonly string[] {
    return [...this.#now().own.keys()];
  }

  deviceAt(own: string, theirs: string): PeerId | undefined {
    const { own: groups, members } = this.#now();
    const place = members.get(theirs);
    if (place === undefined || place === "several") return undefined;
    return groups.get(own) === place.group ? place.device : undefined;
  }

  deviceOf(address: string): PeerId | undefined {
    const place = this.#now().members.get(address);
    return place === "several" ? undefined : place?.device;
  }

  changed(): void {
    this.#table = undefined;
  }

  addressOf(group: string, device: PeerId): string {
    const key = group + device;
    const known = this.#addresses.get(key);
    if (known !== undefined) return known;
    const address = groupAddressOf(this.#parts.suite, group, device);
    if (this.#addresses.size >= NETWORK_MEMORY_MAX) this.#addresses.clear();
    this.#addresses.set(key, address);
    return address;
  }

  #now(): Table {
    const nowMs = this.#parts.clock.monotonicMs();
    if (this.#table === undefined || nowMs >= this.#table.untilMs) {
      this.#table = this.#look(nowMs + NETWORK_LOOK_MS);
    }
    return this.#table;
  }

  #look(untilMs: number): Table {
    const { identity, groups, contacts } = this.#parts;
    const members = new Map<string, Place | "several">();
    const own = new Map<string, string>();
    const theirs = this.#devices();
    for (const group of groups.roster.all()) {
      if (!group.isIn) continue;
      own.set(this.addressOf(group.id, identity.id), group.id);
      for (const [device, person] of theirs) {
        if (device === identity.id || contacts.about.isBlocked(person)) continue;
        if (!group.isLive(person)) continue;
        const address = this.addressOf(group.id, device);
        members.set(address, members.has(address) ? "several" : { device, group: group.id });
      }
    }
    return { untilMs, members, own };
  }

  /** Devices that are known, none that was revoked, and whose they are. */
  #devices(): ReadonlyMap<PeerId, string> {
    const { routing, contacts, devices } = this.#parts;
    const found = new Map<PeerId, string>();
    for (const { personId, devices: theirs } of contacts.all()) {
      for (const { peerId } of theirs) {
        if (!devices.isRevoked(peerId, personId)) found.set(peerId, personId);
      }
    }
    for (const { record } of routing.routes()) {
      if (devices.stands(record)) found.set(record.id, record.person.personId);
      else found.delete(record.id);
    }
    return found;
  }
}
