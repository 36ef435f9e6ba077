import { utf8 } from "../../src/base/bytes.ts";
import { aboutOf } from "../../src/contacts/about.ts";
import { encodePersonLink } from "../../src/contacts/care/person-link.ts";
import {
  BookExchange,
  ContactCare,
  Contacts,
  type ContactsError,
} from "../../src/contacts/index.ts";
import { makeVow } from "../../src/contacts/vow.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type LocalIdentity,
  makeLocalIdentity,
  type PeerId,
  type PeerRecord,
  type PersonId,
} from "../../src/identity/index.ts";
import { type Random, SILENT_LOG } from "../../src/ports/index.ts";
import type { SessionPort } from "../../src/session/index.ts";
import { ManualClock, testIdentity, testRandom } from "../../src/testing/index.ts";
import { MemoryRecords } from "./memory-records.ts";
import { SessionNet } from "./session-net.ts";
import { suite } from "./village.ts";

/** The rooms of one device between two crashes. */
export interface DeviceRooms {
  readonly contacts: Contacts;
  readonly care: ContactCare;
  readonly book: BookExchange;
  ready: boolean;
}

/** A device of the family's person, on a disk that survives its crashes. */
export class FamilyDevice {
  readonly name: string;
  readonly identity: LocalIdentity;
  readonly record: PeerRecord;
  readonly disk: MemoryRecords = new MemoryRecords();
  /** How far its clock shows more than the family's, from the next start on. */
  clockOffMs = 0;
  /** People whom another device has deleted, as it was told. */
  readonly removedElsewhere: PersonId[] = [];
  readonly warnings: string[] = [];
  rooms: DeviceRooms | undefined;
  sessions: SessionPort | undefined;
  crashes = 0;

  constructor(name: string, identity: LocalIdentity) {
    this.name = name;
    this.identity = identity;
    this.record = decodePeerRecord(suite, encodePeerRecord(identity, { name, seqno: 1 }));
  }

  /** The running rooms. */
  get live(): DeviceRooms {
    if (this.rooms?.ready !== true) throw new RangeError(`${this.name} does not run.`);
    return this.rooms;
  }
}

/** Somebody whom devices of the family can meet, and their word for its person. */
export interface Friend {
  readonly identity: LocalIdentity;
  readonly personId: PersonId;
  readonly vow: Uint8Array;
}

/** Devices of one person that keep one address book, over streams that may be cut. */
export class Family {
  readonly clock: ManualClock = new ManualClock();
  readonly random: Random;
  readonly net: SessionNet;
  readonly devices: FamilyDevice[] = [];
  /** Devices that the log names as revoked. */
  readonly revoked: Set<PeerId> = new Set();
  readonly #apart = new Set<string>();

  constructor(seed: number | string) {
    this.random = testRandom(seed);
    this.net = new SessionNet(this.random.fork("net"));
    this.clock.advance(1_000_000);
  }

  /** A device of the person called "anna", or of another one; running. */
  add(name: string, clockOffMs = 0, person = "anna"): FamilyDevice {
    const seed = suite.sha256(utf8(`test device ${name}`));
    const entropy = suite.sha256(utf8(`test person ${person}`));
    const device = new FamilyDevice(name, makeLocalIdentity(suite, seed, entropy));
    device.clockOffMs = clockOffMs;
    this.devices.push(device);
    this.start(device);
    this.run();
    return device;
  }

  /** Somebody with a word for the family's person. */
  friend(name: string): Friend {
    const identity = testIdentity(suite, name);
    const own = this.devices[0]?.identity ?? identity;
    const vow = makeVow(identity, own.person.signKey.publicKey);
    return { identity, personId: identity.person.personId, vow };
  }

  /** Starts a device from its disk; it is ready some steps later. */
  start(device: FamilyDevice): void {
    const { identity, name, clockOffMs, warnings } = device;
    const { clock } = this;
    const sessions = this.net.join(device.record);
    device.sessions = sessions;
    const log = {
      ...SILENT_LOG,
      warn: (event: string, facts?: object) => warnings.push(`${event} ${JSON.stringify(facts)}`),
    };
    const parts = {
      ...{ identity, suite, log, sessions, name },
      clock: {
        monotonicMs: () => clock.monotonicMs(),
        wallMs: () => Math.max(0, clock.wallMs() + clockOffMs),
      },
      random: this.random.fork(`${name} ${device.crashes}`),
      records: device.disk.open(),
    };
    const family = this;
    const contacts = new Contacts({
      ...parts,
      devices: {
        isRevoked: (peer) => this.revoked.has(peer),
        stands: (record) => !this.revoked.has(record.id),
        get revocations(): number {
          return family.revoked.size;
        },
      },
      events: {
        onContactChanged: () => undefined,
        onRemovedElsewhere: (person) => device.removedElsewhere.push(person),
      },
    });
    const isOwn = (peer: PeerId): boolean =>
      !this.revoked.has(peer) &&
      !this.revoked.has(identity.id) &&
      this.devices.some(
        (other) =>
          other.identity.id === peer && other.identity.person.personId === identity.person.personId,
      );
    const book = new BookExchange({ ...parts, contacts, isOwn });
    const care = new ContactCare({ ...parts, contacts });
    const rooms: DeviceRooms = { contacts, care, book, ready: false };
    device.rooms = rooms;
    contacts.load((error) => {
      if (error !== null) throw error;
      book.load(() => {
        rooms.ready = true;
        for (const other of this.devices) this.#see(device, other);
      });
    });
    for (const other of this.devices) this.#see(other, device);
  }

  /** The process dies; up to `effects` operations still reach its disk. */
  crash(device: FamilyDevice, effects: number): void {
    device.crashes++;
    device.disk.crash(effects);
    device.rooms = undefined;
    this.net.leave(device.identity.id);
    for (const other of this.devices) this.#lose(other, device);
  }

  /** The network between two devices breaks. */
  part(one: FamilyDevice, other: FamilyDevice): void {
    this.#apart.add(pairName(one, other));
    this.net.cut(one.identity.id, other.identity.id);
    this.#lose(one, other);
    this.#lose(other, one);
  }

  /** The network between two devices works again. */
  join(one: FamilyDevice, other: FamilyDevice): void {
    this.#apart.delete(pairName(one, other));
    this.#see(one, other);
    this.#see(other, one);
  }

  /** All devices are in reach of each other, or none of any. */
  joinAll(isTogether = true): void {
    for (const [at, one] of this.devices.entries()) {
      for (const other of this.devices.slice(at + 1)) {
        if (isTogether) this.join(one, other);
        else this.part(one, other);
      }
    }
  }

  /** One random step of a disk or a stream; false where nothing is under way. */
  step(): boolean {
    const disks = this.devices.filter(({ disk }) => disk.busy);
    const count = disks.length + (this.net.busy ? 1 : 0);
    if (count === 0) return false;
    const chosen = disks[this.random.u32() % count];
    if (chosen === undefined) this.net.step();
    else chosen.disk.step();
    return true;
  }

  /** Runs until nothing is under way; then lets time pass, at most `naps` times. */
  run(naps = 0): void {
    let steps = 0;
    for (let nap = 0; ; nap++) {
      while (this.step()) {
        if (++steps > 1_000_000) throw new RangeError("The family never comes to rest.");
      }
      if (nap >= naps || !this.#passTime()) return;
    }
  }

  /** Meets a friend on one device alone, as by an invite. */
  meet(device: FamilyDevice, { identity, vow }: Friend, suggested: string): string {
    const { contacts } = device.live;
    const { personId, signKey, dhKey } = identity.person;
    const addedAtMs = Math.max(0, this.clock.wallMs() + device.clockOffMs);
    return this.#outcome((done) =>
      contacts.edit(
        personId,
        (card) => {
          if (card !== undefined) return undefined;
          const about = aboutOf({ kind: "invited", atMs: addedAtMs });
          const contact = {
            ...{ personId, signKey: signKey.publicKey, dhKey: dhKey.publicKey, addedAtMs },
            petname: contacts.freeName(suggested, personId),
            ...{ state: "met" as const, devices: [], endpoints: [], refusal: undefined },
          };
          const writes = [
            contacts.about.planPut(personId, about),
            ...contacts.removed.planClear(personId),
          ];
          return { card: { contact, question: undefined, vow }, writes };
        },
        done,
      ),
    );
  }

  rename(device: FamilyDevice, { personId }: Friend, name: string): string {
    return this.#outcome((done) => device.live.contacts.rename(personId, name, done));
  }

  block(device: FamilyDevice, { personId }: Friend, isBlocked: boolean): string {
    return this.#outcome((done) => device.live.care.setBlocked(personId, isBlocked, done));
  }

  verify(device: FamilyDevice, { personId, identity }: Friend): string {
    const { signKey, dhKey } = identity.person;
    const keys = { signKey: signKey.publicKey, dhKey: dhKey.publicKey };
    return this.#outcome((done) =>
      device.live.care.scanned(personId, encodePersonLink(suite, keys), done),
    );
  }

  remove(device: FamilyDevice, { personId }: Friend): string {
    return this.#outcome((done) => device.live.care.remove(personId, done));
  }

  /** What a device shows of its contacts, and of whom it remembers that they were deleted. */
  view(device: FamilyDevice): readonly string[] {
    const { contacts } = device.live;
    const shown = contacts.all().map(({ personId, petname, state }) => {
      const about = contacts.about.get(personId);
      const marks = [
        state === "met" ? undefined : state,
        about?.verified && "verified",
        about?.blockedAtMs === undefined ? undefined : "blocked",
      ];
      return `${personId.slice(0, 8)} ${[petname, ...marks].filter(Boolean).join(" ")}`;
    });
    const gone = contacts.removed.all().map((person) => `${person.slice(0, 8)} deleted`);
    return [...shown, ...gone].sort();
  }

  /** Whatever else is under way goes on meanwhile. */
  #outcome(run: (done: (error: ContactsError | null) => void) => void): string {
    let outcome: string | undefined;
    run((error) => {
      outcome = error?.code ?? "none";
    });
    while (outcome === undefined && this.step());
    return outcome ?? "never";
  }

  #passTime(): boolean {
    const running = this.devices.flatMap(({ rooms }) => (rooms?.ready === true ? [rooms] : []));
    const nextMs = Math.min(...running.map(({ book }) => book.nextDeadlineMs()));
    if (nextMs === Number.POSITIVE_INFINITY) return false;
    this.clock.advance(Math.max(0, nextMs - this.clock.monotonicMs()));
    for (const { book } of running) book.tick();
    return true;
  }

  #see(viewer: FamilyDevice, seen: FamilyDevice): void {
    if (viewer === seen || viewer.rooms?.ready !== true || seen.rooms === undefined) return;
    if (!this.#apart.has(pairName(viewer, seen))) viewer.rooms.book.peerReachable(seen.identity.id);
  }

  #lose(viewer: FamilyDevice, lost: FamilyDevice): void {
    if (viewer !== lost) viewer.rooms?.book.peerUnreachable(lost.identity.id);
  }
}

function pairName(one: FamilyDevice, other: FamilyDevice): string {
  return [one.identity.id, other.identity.id].sort().join(" ");
}
