import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import {
  type Contact,
  Contacts,
  edgePeopleOf,
  metKeys,
  StrangersDoor,
} from "../../src/contacts/index.ts";
import { type CryptoSuite, ML_KEM_768 } from "../../src/crypto/index.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type LocalIdentity,
  type PeerRecord,
} from "../../src/identity/index.ts";
import { type HybridPort, type Message, Messages } from "../../src/messages/index.ts";
import * as ratchet from "../../src/messages/ratchet/index.ts";
import { correspondentsOf } from "../../src/peer/correspondents.ts";
import { type Random, SILENT_LOG } from "../../src/ports/index.ts";
import type { SessionPort } from "../../src/session/index.ts";
import { ManualClock, testIdentity, testRandom } from "../../src/testing/index.ts";
import { MemoryRecords } from "./memory-records.ts";
import { PacketNet } from "./packet-net.ts";
import { SessionNet } from "./session-net.ts";

/** One suite for all tests: keys and results do not depend on who asks. */
export const suite: CryptoSuite = createNodeSuite();

/** How far a village that waits looks ahead. */
const PATIENCE_MS = 3_600_000;
/** What the village makes of its own for the room about strangers. */
type StrangerPorts = "personId" | "people" | "personOf" | "devicesOf" | "contacts" | "events";
/** Devices that no log names: certificates alone say whose they are. */
const NO_LOGS = { own: () => [], stands: () => true };

/** The rooms of one peer between two crashes. */
export interface Rooms {
  readonly contacts: Contacts;
  readonly strangers: StrangersDoor;
  readonly messages: Messages;
  ready: boolean;
}

/** A peer with contacts and messages on a disk that survives its crashes. */
export class Villager {
  readonly identity: LocalIdentity;
  readonly name: string;
  readonly record: PeerRecord;
  readonly disk: MemoryRecords = new MemoryRecords();
  /** What `onMessage` and `onMessageState` told, over all runs. */
  readonly told: Message[] = [];
  readonly states: Message[] = [];
  /** What its rooms warned of, over all runs. */
  readonly warnings: string[] = [];
  rooms: Rooms | undefined;
  crashes = 0;
  #sessions: SessionPort | undefined;
  /** Whether its home is taken for a copy at the next start. */
  isCopied = false;
  /** How far its clock shows more than that of the village, from the next start on. */
  clockOffMs = 0;
  /** Whether it sends letters as packets, from the next start on. */
  isThrifty = false;
  /** Whether it has ML-KEM-768, from the next start on; without, it is as peers of before. */
  hasKem = false;
  /** Devices to which the way is narrow. */
  readonly narrowTo: Set<string> = new Set();

  constructor(name: string, identity: LocalIdentity) {
    this.name = name;
    this.identity = identity;
    const bytes = encodePeerRecord(identity, { name, seqno: 1 });
    this.record = decodePeerRecord(suite, bytes);
  }

  /** The sessions of this run, for further services. */
  get sessions(): SessionPort {
    if (this.#sessions === undefined) throw new RangeError(`${this.name} does not run.`);
    return this.#sessions;
  }

  set sessions(sessions: SessionPort) {
    this.#sessions = sessions;
  }

  /** The running rooms; a test that asks while they do not run is wrong. */
  get live(): Rooms {
    if (this.rooms?.ready !== true) throw new RangeError(`${this.name} does not run.`);
    return this.rooms;
  }
}

/** Peers that reach each other over streams which may be cut, on a clock moved by hand. */
export class Village {
  readonly clock: ManualClock = new ManualClock();
  readonly random: Random;
  readonly net: SessionNet;
  readonly packets: PacketNet;
  readonly all: Villager[] = [];
  readonly #apart = new Set<string>();

  constructor(seed: number | string) {
    this.random = testRandom(seed);
    this.net = new SessionNet(this.random.fork("net"));
    this.packets = new PacketNet(this.random.fork("packets"), (to, frame) => {
      const villager = this.all.find(({ identity }) => identity.id === to);
      if (villager?.rooms?.ready === true) villager.rooms.messages.packet(frame);
    });
  }

  /** A new peer, running; `identity` where it is not to be made from the name. */
  add(name: string, identity: LocalIdentity = testIdentity(suite, name), hasKem = false): Villager {
    const villager = new Villager(name, identity);
    villager.hasKem = hasKem;
    this.all.push(villager);
    this.start(villager);
    this.settle();
    return villager;
  }

  /** Starts the peer from its disk; it is ready some steps later. */
  start(villager: Villager): void {
    const { identity, name, told, states, warnings } = villager;
    const { clock } = this;
    const { clockOffMs } = villager;
    const parts = {
      identity,
      suite,
      clock: {
        monotonicMs: () => clock.monotonicMs(),
        wallMs: () => clock.wallMs() + clockOffMs,
      },
      random: this.random.fork(`${name} ${villager.crashes}`),
      log: { ...SILENT_LOG, warn: (event: string) => warnings.push(event) },
      records: villager.disk.open(),
    };
    const sessions = this.net.join(villager.record);
    villager.sessions = sessions;
    const contacts: Contacts = new Contacts({
      ...parts,
      name,
      sessions,
      isPending: (person, token) => strangers.isPending(person, token),
      events: {
        onContactChanged: (contact: Contact) => {
          if (rooms.ready) messages.correspondentChanged(contact.personId);
          if (rooms.ready) strangers.contactChanged(contact.personId);
          this.#meetDevices(villager);
        },
      },
    });
    const strangers: StrangersDoor = this.#strangersOf({ ...parts, sessions }, contacts);
    const messages: Messages = new Messages({
      ...parts,
      sessions,
      ratchet,
      packets: {
        isThrifty: villager.isThrifty,
        send: (to, frame) => {
          const isApart = this.all.some(
            (other) => other.identity.id === to && this.#apart.has(pairName(villager, other)),
          );
          return !isApart && this.packets.send({ from: identity.id, to, frame });
        },
      },
      ...(villager.hasKem ? { hybrid: hybridPortOf(villager) } : {}),
      isCopied: villager.isCopied,
      correspondents: correspondentsOf(identity, contacts, NO_LOGS, () => this.#seenBy(villager)),
      events: { onMessage: (m) => told.push(m), onMessageState: (m) => states.push(m) },
    });
    const rooms: Rooms = { contacts, strangers, messages, ready: false };
    villager.rooms = rooms;
    const fail = (error: unknown): void => {
      if (error !== null) throw error;
    };
    contacts.load((contactsError) => {
      fail(contactsError);
      strangers.load((strangersError) => {
        fail(strangersError);
        messages.load((error) => {
          fail(error);
          rooms.ready = true;
          for (const other of this.all) this.#see(villager, other);
        });
      });
    });
    for (const other of this.all) this.#see(other, villager);
  }

  /** The process dies; up to `effects` operations still reach its disk. */
  crash(villager: Villager, effects: number): void {
    villager.crashes++;
    villager.disk.crash(effects);
    villager.rooms = undefined;
    this.net.leave(villager.identity.id);
    for (const other of this.all) this.#lose(other, villager);
  }

  /** The network between two peers breaks. */
  part(one: Villager, other: Villager): void {
    this.#apart.add(pairName(one, other));
    this.net.cut(one.identity.id, other.identity.id);
    this.#lose(one, other);
    this.#lose(other, one);
  }

  /** The network between two peers works again. */
  join(one: Villager, other: Villager): void {
    this.#apart.delete(pairName(one, other));
    this.#see(one, other);
    this.#see(other, one);
  }

  /** One random step of a disk or a stream; false where nothing is under way. */
  step(): boolean {
    const disks = this.all.filter(({ disk }) => disk.busy);
    const nets = [this.net, this.packets].filter(({ busy }) => busy);
    const choices = disks.length + nets.length;
    if (choices === 0) return false;
    const choice = this.random.u32() % choices;
    const chosen = disks[choice];
    if (chosen === undefined) nets[choice - disks.length]?.step();
    else chosen.disk.step();
    return true;
  }

  /** Lets time pass until the next deadline and wakes who waits; false where nobody does. */
  passTime(): boolean {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { rooms } of this.all) {
      if (rooms?.ready !== true) continue;
      for (const room of [rooms.messages, rooms.contacts, rooms.strangers]) {
        nextMs = Math.min(nextMs, room.nextDeadlineMs());
      }
    }
    // What is due in days (letters that expire, say) is for tests that move the clock themselves.
    if (nextMs > this.clock.monotonicMs() + PATIENCE_MS) return false;
    this.clock.advance(Math.max(0, nextMs - this.clock.monotonicMs()));
    for (const { rooms } of this.all) {
      if (rooms?.ready !== true) continue;
      rooms.messages.tick();
      rooms.contacts.tick();
      rooms.strangers.tick();
    }
    return true;
  }

  /** Runs until nothing is under way; then lets time pass, at most `naps` times. */
  settle(naps = 0): void {
    let steps = 0;
    for (let nap = 0; ; nap++) {
      while (this.step()) {
        if (++steps > 1_000_000) throw new RangeError("The village never comes to rest.");
      }
      if (nap >= naps || !this.passTime()) return;
    }
  }

  #seenBy(villager: Villager): PeerRecord[] {
    return this.all.filter((other) => this.#connected(villager, other)).map((one) => one.record);
  }

  #strangersOf(
    parts: Omit<ConstructorParameters<typeof StrangersDoor>[0], StrangerPorts> & {
      readonly identity: LocalIdentity;
    },
    contacts: Contacts,
  ): StrangersDoor {
    const other = (peer: string): Villager | undefined =>
      this.all.find(({ identity }) => identity.id === peer);
    return new StrangersDoor({
      ...parts,
      personId: parts.identity.person.personId,
      people: edgePeopleOf(contacts, (peer) => other(peer)?.name),
      personOf: (peer) => other(peer)?.identity.person.personId,
      devicesOf: (person) => contacts.byPerson(person)?.devices.map(({ peerId }) => peerId) ?? [],
      contacts: () => metKeys(contacts),
      events: { onRequestsChanged: () => undefined },
    });
  }

  #meetDevices(villager: Villager): void {
    for (const other of this.all) {
      if (this.#connected(villager, other)) villager.rooms?.contacts.deviceSeen(other.record);
    }
  }

  #connected(one: Villager, other: Villager): boolean {
    if (one === other || one.rooms === undefined || other.rooms === undefined) return false;
    return !this.#apart.has(pairName(one, other));
  }

  #see(viewer: Villager, seen: Villager): void {
    if (!this.#connected(viewer, seen) || viewer.rooms?.ready !== true) return;
    viewer.rooms.contacts.deviceSeen(seen.record);
    viewer.rooms.contacts.peerReachable(seen.identity.id);
    viewer.rooms.strangers.peerReachable(seen.identity.id);
    viewer.rooms.messages.peerReachable(seen.identity.id);
  }

  #lose(viewer: Villager, lost: Villager): void {
    if (viewer === lost) return;
    viewer.rooms?.contacts.peerUnreachable(lost.identity.id);
    viewer.rooms?.strangers.peerUnreachable(lost.identity.id);
    if (viewer.rooms?.ready === true) viewer.rooms.messages.peerUnreachable(lost.identity.id);
  }
}

/** With what a villager makes hybrid channels. */
function hybridPortOf({ narrowTo }: Villager): HybridPort {
  return { kem: ML_KEM_768, isNarrow: (device) => narrowTo.has(device) };
}

function pairName(one: Villager, other: Villager): string {
  return [one.identity.id, other.identity.id].sort().join(" ");
}

/** Lets `guest` take an invite of `host` and waits until both have met. */
export function introduce(village: Village, host: Villager, guest: Villager): void {
  host.live.contacts.createInvite(["sim://1"], (error, invite) => {
    if (error !== null) throw error;
    guest.live.contacts.acceptInvite(invite?.link ?? "", undefined, (problem) => {
      if (problem !== null) throw problem;
    });
  });
  village.settle(20);
}
