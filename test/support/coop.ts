import { utf8 } from "../../src/base/bytes.ts";
import { GroupActs, type GroupLoss, Groups, type GroupsOptions } from "../../src/groups/index.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type LocalIdentity,
  makeLocalIdentity,
  type PeerId,
  type PeerRecord,
  type PersonId,
} from "../../src/identity/index.ts";
import {
  type Correspondents,
  type GroupChats,
  type GroupMessage,
  Messages,
} from "../../src/messages/index.ts";
import * as ratchet from "../../src/messages/ratchet/index.ts";
import { chatPeopleOf } from "../../src/peer/chat-people.ts";
import { type Random, SILENT_LOG } from "../../src/ports/index.ts";
import { ManualClock, testRandom } from "../../src/testing/fixtures.ts";
import { suite } from "./hamlet.ts";
import { MemoryRecords } from "./memory-records.ts";
import { SessionNet } from "./session-net.ts";

/** Somebody with groups on a disk that survives crashes. */
export class Fellow {
  readonly name: string;
  readonly identity: LocalIdentity;
  readonly record: PeerRecord;
  readonly disk: MemoryRecords = new MemoryRecords();
  readonly taken: Set<string> = new Set();
  groups: Groups | undefined;
  acts: GroupActs | undefined;
  /** Where the coop talks: messages that came, and of its own that came further. */
  messages: Messages | undefined;
  readonly heard: GroupMessage[] = [];
  readonly states: GroupMessage[] = [];
  isCopied = false;
  /** Whether its next start goes on with what is left of groups, and what it told of them. */
  salvages = false;
  readonly losses: GroupLoss[] = [];
  isReady = false;
  crashes = 0;
  changes = 0;

  /** @param person whose device it is; a person of its own without it */
  constructor(name: string, person: string = name) {
    this.name = name;
    const device = suite.sha256(utf8(`device ${name}`));
    this.identity = makeLocalIdentity(suite, device, suite.sha256(utf8(`person ${person}`)));
    const bytes = encodePeerRecord(this.identity, { name, seqno: 1 });
    this.record = decodePeerRecord(suite, bytes);
  }

  get person(): PersonId {
    return this.identity.person.personId;
  }

  /** The running room; a test that asks while it does not run is wrong. */
  get live(): Groups {
    if (this.groups === undefined || !this.isReady) throw new RangeError("It does not run.");
    return this.groups;
  }

  get chats(): GroupChats {
    if (this.messages === undefined || !this.isReady) throw new RangeError("It does not talk.");
    return this.messages.chats;
  }

  get does(): GroupActs {
    if (this.acts === undefined || !this.isReady) throw new RangeError("It does not run.");
    return this.acts;
  }
}

/** People with groups, a network between them that can be cut, and a clock moved by hand. */
export class Coop {
  readonly clock: ManualClock = new ManualClock();
  readonly random: Random;
  readonly net: SessionNet;
  readonly all: Fellow[] = [];
  /** Devices that everybody knows to be revoked. */
  readonly revoked: Set<PeerId> = new Set();
  readonly #apart = new Set<string>();
  /** Whether its groups have chats. */
  readonly #talks: boolean;

  constructor(seed: number | string, talks = false) {
    this.random = testRandom(seed);
    this.net = new SessionNet(this.random.fork("net"));
    this.#talks = talks;
  }

  /** Somebody new, running. */
  add(name: string, person?: string): Fellow {
    const fellow = new Fellow(name, person);
    this.all.push(fellow);
    this.start(fellow);
    while (!fellow.isReady && this.step());
    return fellow;
  }

  start(fellow: Fellow): void {
    const { identity, name, crashes } = fellow;
    const options: GroupsOptions = {
      ...{ identity, name, suite, clock: this.clock, log: SILENT_LOG },
      random: this.random.fork(`${name} ${crashes}`),
      records: fellow.disk.open(),
      session: this.net.join(fellow.record),
      personOf: (peer) => this.all.find((each) => each.identity.id === peer)?.person,
      isContact: () => true,
      ...{ isCopied: fellow.isCopied, salvages: fellow.salvages },
      onMended: (loss) => fellow.losses.push(loss),
      isLabelTaken: (label) => fellow.taken.has(label),
      events: {
        onGroupChanged: (id) => {
          fellow.changes++;
          fellow.messages?.chats.groupChanged(id);
        },
        onEndpoints: () => undefined,
      },
    };
    const groups = new Groups(options);
    fellow.groups = groups;
    fellow.acts = new GroupActs(groups, options);
    const load = (): void =>
      groups.load((error) => {
        if (error !== null) throw error;
        fellow.isReady = true;
        for (const other of this.all) this.#meet(fellow, other);
      });
    if (this.#talks) this.#startTalking(fellow, options, load);
    else load();
  }

  #startTalking(fellow: Fellow, options: GroupsOptions, done: () => void): void {
    const { identity, personOf, session: sessions, random, records } = options;
    const messages = new Messages({
      ...{ identity, suite, clock: this.clock, log: SILENT_LOG, random, records, sessions },
      ...{ ratchet, correspondents: this.#ownOf(fellow), isCopied: fellow.isCopied },
      chatPeople: chatPeopleOf({
        ...{ identity, suite, personOf, groups: () => fellow.live },
        isRevoked: (device) => this.revoked.has(device),
      }),
      events: {
        onMessage: () => undefined,
        onMessageState: () => undefined,
        onGroupMessage: (message) => fellow.heard.push(message),
        onGroupMessageState: (message) => fellow.states.push(message),
      },
    });
    messages.load((error) => {
      if (error !== null) throw error;
      fellow.messages = messages;
      done();
    });
  }

  /** The process dies; up to `effects` operations still reach its disk. */
  crash(fellow: Fellow, effects: number): void {
    fellow.crashes++;
    fellow.disk.crash(effects);
    fellow.groups = undefined;
    fellow.messages = undefined;
    fellow.isReady = false;
    this.net.leave(fellow.identity.id);
    for (const other of this.all) if (other.isReady) this.#lose(other, fellow);
  }

  restart(fellow: Fellow): void {
    this.crash(fellow, Number.MAX_SAFE_INTEGER);
    this.start(fellow);
    while (!fellow.isReady && this.step());
  }

  /** The network between two breaks. */
  part(one: Fellow, other: Fellow): void {
    this.#apart.add(pairName(one, other));
    this.net.cut(one.identity.id, other.identity.id);
    if (one.isReady) this.#lose(one, other);
    if (other.isReady) this.#lose(other, one);
  }

  /** Cuts everybody of one list off from everybody of the other. */
  split(ones: readonly Fellow[], others: readonly Fellow[]): void {
    for (const one of ones) for (const other of others) this.part(one, other);
  }

  /** All reach each other again. */
  merge(): void {
    this.#apart.clear();
    for (const one of this.all) for (const other of this.all) this.#meet(one, other);
  }

  /** One random step of a disk or a stream; false where nothing is under way. */
  step(): boolean {
    const choices: (() => void)[] = [];
    for (const { disk } of this.all) if (disk.busy) choices.push(() => disk.step());
    if (this.net.busy) choices.push(() => this.net.step());
    choices[this.random.u32() % Math.max(1, choices.length)]?.();
    return choices.length > 0;
  }

  /** Lets time pass, by at most this long at a time, and all that becomes due happen. */
  pass(ms: number): void {
    const untilMs = this.clock.monotonicMs() + ms;
    this.#run();
    while (this.clock.monotonicMs() < untilMs) {
      let nextMs = untilMs;
      for (const { isReady, live, messages } of this.all.filter((each) => each.isReady)) {
        if (isReady) nextMs = Math.min(nextMs, live.nextDeadlineMs());
        nextMs = Math.min(nextMs, messages?.nextDeadlineMs() ?? nextMs);
      }
      this.clock.advance(Math.max(1, nextMs - this.clock.monotonicMs()));
      this.#tick();
      this.#run();
    }
  }

  /** Lets long times pass at once, a day at a time: what is due happens once a day. */
  jump(days: number): void {
    for (let day = 0; day < days; day++) {
      this.clock.advance(24 * 3_600_000);
      this.#tick();
      this.#run();
    }
  }

  /** What a call answers, or the code of its error. */
  ask<T>(
    make: (done: (error: { readonly code: string } | null, value: T | undefined) => void) => void,
  ): T | string {
    let answer: { readonly value: T | string } | undefined;
    make((error, value) => {
      answer = { value: error?.code ?? value ?? "nothing" };
    });
    while (answer === undefined && this.step());
    return answer === undefined ? "silent" : answer.value;
  }

  /** Nobody but own other devices. */
  #ownOf({ identity, person }: Fellow): Correspondents {
    const own = (): readonly Fellow[] =>
      this.all.filter((each) => each.person === person && each.identity.id !== identity.id);
    const personOf = (device: PeerId): PersonId | undefined =>
      own().some((each) => each.identity.id === device) ? person : undefined;
    return {
      byPerson: () => undefined,
      personOf,
      admit: ({ id }) => personOf(id),
      all: () => [],
      own: () =>
        own().map((each) => ({
          peerId: each.identity.id,
          signKey: each.identity.signKey.publicKey,
        })),
    };
  }

  #run(): void {
    let steps = 0;
    while (this.step()) if (++steps > 2_000_000) throw new RangeError("They never come to rest.");
  }

  #meet(one: Fellow, other: Fellow): void {
    if (one === other || !one.isReady || !other.isReady) return;
    if (this.#apart.has(pairName(one, other))) return;
    for (const [here, there] of [
      [one, other],
      [other, one],
    ] as const) {
      here.live.peerReachable(there.identity.id);
      here.messages?.peerReachable(there.identity.id);
    }
  }

  #lose(one: Fellow, other: Fellow): void {
    one.groups?.peerUnreachable(other.identity.id);
    one.messages?.peerUnreachable(other.identity.id);
  }

  #tick(): void {
    for (const { live, messages } of this.all.filter(({ isReady }) => isReady)) {
      live.tick();
      messages?.tick();
    }
  }
}

function pairName(one: Fellow, other: Fellow): string {
  return [one.name, other.name].sort().join(" ");
}
