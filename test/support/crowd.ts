import { utf8 } from "../../src/base/bytes.ts";
import type { CryptoSuite } from "../../src/crypto/index.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type LocalIdentity,
  makeLocalIdentity,
  type PeerId,
  type PeerRecord,
  type PersonId,
} from "../../src/identity/index.ts";
import type { Random, Timed } from "../../src/ports/index.ts";
import { ManualClock, testRandom } from "../../src/testing/fixtures.ts";
import type { MemoryRecords } from "./memory-records.ts";
import { SessionNet } from "./session-net.ts";

/** Steps of disks and network after which something is taken to go round in circles. */
const STEPS_MAX = 5_000_000;

/** Who somebody is, and what others know of it. */
export interface Papers {
  readonly identity: LocalIdentity;
  readonly record: PeerRecord;
}

/** Papers of a person of that name on a device of that name: the same ones for the same names. */
export function papersOf(suite: CryptoSuite, name: string, device: string): Papers {
  const seedOf = (text: string): Uint8Array => suite.sha256(utf8(text));
  const identity = makeLocalIdentity(suite, seedOf(device), seedOf(`person ${name}`));
  return {
    identity,
    record: decodePeerRecord(suite, encodePeerRecord(identity, { name, seqno: 1 })),
  };
}

/** What hears who is in reach. */
export interface Hearing {
  peerReachable(peer: PeerId): void;
  peerUnreachable(peer: PeerId): void;
}

/** Somebody with a disk that survives crashes, and rooms that do not. */
export interface Inhabitant extends Papers {
  readonly disk: MemoryRecords;
  starts: number;
  /** The rooms that are woken as time passes; none while they do not run or are not loaded. */
  readonly timed: readonly Timed[];
  /** The room that hears who is in reach; undefined while it does not run or is not loaded. */
  readonly hearing: Hearing | undefined;
}

/**
 * People, a network between them that can be cut, disks that move step by step, and a clock moved
 * by hand. What rooms they have is said by whoever builds on this.
 */
export abstract class Crowd<Somebody extends Inhabitant> {
  readonly suite: CryptoSuite;
  readonly clock: ManualClock = new ManualClock();
  readonly random: Random;
  readonly net: SessionNet;
  readonly everybody: Somebody[] = [];
  steps = 0;
  readonly #apart = new Set<string>();

  /** @param isCalm see `SessionNet` */
  constructor(suite: CryptoSuite, seed: number | string, isCalm = false) {
    this.suite = suite;
    this.random = testRandom(seed);
    this.net = new SessionNet(this.random.fork("net"), isCalm);
  }

  /** Starts the rooms of somebody; they load in later steps. */
  abstract start(one: Somebody): void;

  /** Forgets the rooms of somebody whose process died. */
  protected abstract dropRooms(one: Somebody): void;

  /** Somebody new, running and loaded. */
  protected admit(one: Somebody): Somebody {
    this.everybody.push(one);
    this.start(one);
    while (one.hearing === undefined && this.step());
    return one;
  }

  /** The person behind a device; undefined where it is nobody here. */
  personOf(peer: PeerId): PersonId | undefined {
    return this.everybody.find(({ identity }) => identity.id === peer)?.identity.person.personId;
  }

  /** The process dies; up to `effects` operations still reach its disk. */
  crash(one: Somebody, effects: number): void {
    one.disk.crash(effects);
    this.dropRooms(one);
    this.net.leave(one.identity.id);
    for (const other of this.everybody) other.hearing?.peerUnreachable(one.identity.id);
  }

  /** As `crash`, and a new start, both so soon that nobody's routing sees it. */
  blink(one: Somebody, effects: number): void {
    one.disk.crash(effects);
    this.dropRooms(one);
    this.net.leave(one.identity.id);
    this.start(one);
  }

  /** An end in order, and a new start. */
  restart(one: Somebody): void {
    this.crash(one, Number.MAX_SAFE_INTEGER);
    this.start(one);
    while (one.hearing === undefined && this.step());
  }

  /** The network between two breaks. */
  part(one: Somebody, other: Somebody): void {
    this.#apart.add(pairName(one, other));
    this.net.cut(one.identity.id, other.identity.id);
    one.hearing?.peerUnreachable(other.identity.id);
    other.hearing?.peerUnreachable(one.identity.id);
  }

  /** The network between two is there again. */
  heal(one: Somebody, other: Somebody): void {
    this.#apart.delete(pairName(one, other));
    this.#meet(one, other);
  }

  /** The network breaks between those in a list and all others. */
  split(some: readonly Somebody[]): void {
    for (const one of this.everybody) {
      for (const other of this.everybody) {
        if (some.includes(one) && !some.includes(other)) this.part(one, other);
      }
    }
  }

  /** The network is whole again. */
  healAll(): void {
    this.#apart.clear();
    for (const [at, one] of this.everybody.entries()) {
      for (const other of this.everybody.slice(at + 1)) this.#meet(one, other);
    }
  }

  /** Somebody whose rooms are loaded finds all whom the network reaches. */
  protected meetAll(one: Somebody): void {
    for (const other of this.everybody) this.#meet(one, other);
  }

  /** One step of a disk or of the network; false where nothing is under way. */
  step(): boolean {
    if (++this.steps > STEPS_MAX) throw new RangeError("It does not come to rest.");
    const disks = this.everybody.filter(({ disk }) => disk.busy);
    const choices = disks.length + (this.net.busy ? 1 : 0);
    if (choices === 0) return false;
    const disk = disks[this.random.u32() % choices]?.disk;
    if (disk === undefined) this.net.step();
    else disk.step();
    return true;
  }

  /** Everything that happens by itself, for so long. */
  pass(ms: number): void {
    const untilMs = this.clock.monotonicMs() + ms;
    for (;;) {
      while (this.step());
      const next = this.#timed().reduce(
        (earliest, room) => Math.min(earliest, room.nextDeadlineMs()),
        Number.POSITIVE_INFINITY,
      );
      if (next > untilMs) break;
      this.clock.advance(Math.max(1, next - this.clock.monotonicMs()));
      for (const room of this.#timed()) room.tick();
    }
    this.clock.advance(Math.max(0, untilMs - this.clock.monotonicMs()));
    for (const room of this.#timed()) room.tick();
  }

  /** Asks for something and lets it happen; "" where it went well, else the code. */
  ask(act: (done: (error: { readonly code: string } | null) => void) => void): string {
    let answer: string | undefined;
    act((error) => {
      answer = error === null ? "" : error.code;
    });
    while (answer === undefined && this.step());
    return answer ?? "no answer";
  }

  #timed(): readonly Timed[] {
    return this.everybody.flatMap(({ timed }) => timed);
  }

  #meet(one: Somebody, other: Somebody): void {
    if (one === other || this.#apart.has(pairName(one, other))) return;
    if (one.hearing === undefined || other.hearing === undefined) return;
    one.hearing.peerReachable(other.identity.id);
    other.hearing.peerReachable(one.identity.id);
  }
}

function pairName(one: Inhabitant, other: Inhabitant): string {
  return [one.identity.id, other.identity.id].sort().join();
}
