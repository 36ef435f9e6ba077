import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { concatBytes, NO_BYTES } from "../../src/base/bytes.ts";
import type { CryptoSuite } from "../../src/crypto/index.ts";
import { GatewayError } from "../../src/gateway/errors.ts";
import { Gateway } from "../../src/gateway/gateway.ts";
import type {
  Dialled,
  LocalNet,
  Membership,
  Near,
  NearEvents,
  People,
  Place,
} from "../../src/gateway/types.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type LocalIdentity,
  type PeerId,
  type PeerRecord,
  type PersonId,
} from "../../src/identity/index.ts";
import { SILENT_LOG } from "../../src/ports/index.ts";
import type { SessionPort } from "../../src/session/index.ts";
import { ManualClock, testIdentity, testRandom } from "../../src/testing/fixtures.ts";
import { MemoryRecords } from "./memory-records.ts";
import { SessionNet } from "./session-net.ts";

/** Keys for tests of this room. */
export const suite: CryptoSuite = createNodeSuite();

/** A program's connection, played by hand. */
export class TestNear implements Near {
  received: Uint8Array = NO_BYTES;
  isEnded = false;
  isDestroyed = false;
  isPaused = false;
  /** While true, what is written does not leave. */
  isStuck = false;
  #events: NearEvents | undefined;
  #stuck: (() => void)[] = [];

  attach(events: NearEvents): void {
    this.#events = events;
  }

  write(bytes: Uint8Array, sent: () => void): void {
    this.received = concatBytes(this.received, bytes);
    if (this.isStuck) this.#stuck.push(sent);
    else sent();
  }

  end(): void {
    this.isEnded = true;
  }

  destroy(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.#events?.onClose();
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  /** The program writes. */
  say(bytes: Uint8Array | string): void {
    const plain = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    this.#events?.onData(plain);
  }

  /** The program ends its side. */
  finish(): void {
    this.#events?.onEnd();
  }

  /** The program is gone. */
  vanish(): void {
    this.isDestroyed = true;
    this.#events?.onClose();
  }

  /** What was stuck leaves. */
  flow(): void {
    this.isStuck = false;
    for (const sent of this.#stuck.splice(0)) sent();
  }

  get text(): string {
    return new TextDecoder().decode(this.received);
  }
}

/** A machine's network, played by hand. */
export class TestLocalNet implements LocalNet {
  /** Ports that something listens on. */
  readonly listening: Set<number> = new Set();
  /** Of those, what belongs to the peer itself. */
  readonly own: Set<number> = new Set();
  /** Hosts of the internet with their addresses. */
  readonly hosts: Map<string, readonly string[]> = new Map();
  readonly dialled: Place[] = [];
  readonly nears: TestNear[] = [];
  readonly doors: Map<number, (near: Near) => void> = new Map();
  /** While true, dialling stays without an answer. */
  isSilent = false;
  givenUp = 0;

  isOwn(port: number): boolean {
    return this.own.has(port);
  }

  dial(place: Place, done: Dialled): () => void {
    this.dialled.push(place);
    if (!this.isSilent) this.#answer(place, done);
    return () => {
      this.givenUp++;
    };
  }

  listen(
    port: number,
    accept: (near: Near) => void,
    done: (error: GatewayError | null, port: number) => void,
  ): void {
    const wanted = port === 0 ? 40_000 + this.doors.size : port;
    if (this.listening.has(wanted)) {
      done(new GatewayError("port-taken", `Port ${wanted} is used by another program.`), wanted);
      return;
    }
    this.doors.set(wanted, accept);
    done(null, wanted);
  }

  unlisten(port: number): void {
    this.doors.delete(port);
  }

  /** A program connects to a local port. */
  enter(port: number): TestNear {
    const near = new TestNear();
    this.doors.get(port)?.(near);
    return near;
  }

  /** The last connection that was dialled. */
  get last(): TestNear {
    const near = this.nears.at(-1);
    if (near === undefined) throw new Error("nothing was dialled");
    return near;
  }

  #answer(place: Place, done: Dialled): void {
    if (place.t === "local") {
      if (this.listening.has(place.port)) this.#connect(done);
      else done("not-listening", undefined);
      return;
    }
    const addresses = this.hosts.get(place.host);
    if (addresses === undefined) done("unreachable", undefined);
    else if (!addresses.some((address) => place.mayReach(address))) done("private", undefined);
    else this.#connect(done);
  }

  #connect(done: Dialled): void {
    const near = new TestNear();
    this.nears.push(near);
    done(null, near);
  }
}

/** A peer with a gateway. */
export interface TestPeer {
  readonly identity: LocalIdentity;
  readonly record: PeerRecord;
  readonly net: TestLocalNet;
  readonly disk: MemoryRecords;
  readonly gateway: Gateway;
  readonly session: SessionPort;
}

/** Peers that have each other as contacts, over sessions in one process. */
export class TestVillage {
  readonly clock: ManualClock = new ManualClock();
  readonly sessions: SessionNet = new SessionNet(testRandom(7));
  readonly groups: Map<string, ReadonlySet<PersonId>> = new Map();
  readonly #peers = new Map<string, TestPeer>();
  readonly #records = new Map<PeerId, PeerRecord>();

  /** @param name also the petname; a name such as "anna/2" is another device of anna */
  add(name: string, disk: MemoryRecords = new MemoryRecords()): TestPeer {
    const identity = testIdentity(suite, name);
    const record = decodePeerRecord(suite, encodePeerRecord(identity, { name, seqno: 1 }));
    this.#records.set(record.id, record);
    const net = this.#peers.get(name)?.net ?? new TestLocalNet();
    const session = this.sessions.join(record);
    const gateway = new Gateway({
      ...{ identity, suite, net, session, log: SILENT_LOG, clock: this.clock },
      records: disk.open(),
      people: this.#people(),
      groups: this.#membership(),
      signKeyOf: (id) => this.#records.get(id)?.signKey,
    });
    const peer = { identity, record, net, disk, gateway, session };
    this.#peers.set(name, peer);
    let loaded: unknown = "not yet";
    gateway.load((error) => {
      loaded = error;
    });
    this.settle();
    if (loaded !== null) throw loaded;
    return peer;
  }

  peer(name: string): TestPeer {
    const peer = this.#peers.get(name);
    if (peer === undefined) throw new Error(`nobody is called ${name}`);
    return peer;
  }

  /** Until nothing is under way at this moment. */
  settle(): void {
    for (let rounds = 0; rounds < 200_000; rounds++) {
      const disks = [...this.#peers.values()].map(({ disk }) => disk).filter(({ busy }) => busy);
      if (disks.length === 0 && !this.sessions.busy) return;
      for (const disk of disks) disk.step();
      if (this.sessions.busy) this.sessions.step();
    }
    throw new Error("the village does not come to rest");
  }

  /** Lets time pass, with everything that is due. */
  pass(ms: number): void {
    this.settle();
    this.clock.advance(ms);
    for (const { gateway } of this.#peers.values()) gateway.tick();
    this.settle();
  }

  /** What a change ends with: "none" or the code of its error. */
  outcome(start: (done: (error: GatewayError | null) => void) => void): string {
    let outcome = "never";
    start((error) => {
      outcome = error?.code ?? "none";
    });
    this.settle();
    return outcome;
  }

  #people(): People {
    const persons = (): [string, PersonId][] =>
      [...this.#peers]
        .filter(([name]) => !name.includes("/"))
        .map(([name, { identity }]) => [name, identity.person.personId]);
    const isKnown = (name: string): boolean => !name.startsWith("stranger");
    return {
      personOf: (id) => {
        const found = [...this.#peers].find(([, { record }]) => record.id === id);
        if (found === undefined || !isKnown(found[0])) return undefined;
        const owner = this.#peers.get(found[0].split("/")[0] ?? "");
        return owner?.identity.person.personId;
      },
      nameOf: (person) => persons().find(([, id]) => id === person)?.[0],
      resolve: (text) => {
        const found = persons().find(([name]) => name === text);
        if (found !== undefined) return found[1];
        throw new GatewayError("unknown-person", `No contact is called '${text}'.`);
      },
      names: () => persons(),
      devicesOf: (person) => {
        const name = persons().find(([, id]) => id === person)?.[0];
        return [...this.#peers]
          .filter(([one]) => one.split("/")[0] === name)
          .map(([, { record }]) => record.id);
      },
    };
  }

  #membership(): Membership {
    return {
      has: (group) => this.groups.has(group),
      isMember: (group, person) => this.groups.get(group)?.has(person) ?? false,
    };
  }
}
