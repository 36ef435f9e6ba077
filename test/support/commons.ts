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
  proofOf,
} from "../../src/identity/index.ts";
import {
  type AccountInfo,
  accountsOf,
  type Commune,
  Communities,
  CommunityDesk,
  type CommunityInfo,
  type CommunityPeople,
  communityInfo,
  type RuleWish,
} from "../../src/money/community/index.ts";
import { type Currency, makeCurrency } from "../../src/money/currency/definition.ts";
import type { MoneyError } from "../../src/money/errors.ts";
import { type Random, SILENT_LOG } from "../../src/ports/index.ts";
import { ManualClock, testRandom } from "../../src/testing/fixtures.ts";
import { toySuite } from "./line-rig.ts";
import { MemoryRecords } from "./memory-records.ts";
import { SessionNet } from "./session-net.ts";

/** Steps of disks and network after which something is taken to go round in circles. */
const STEPS_MAX = 5_000_000;

/** The group of all in these tests. */
export const GROUP: string = "9".repeat(32);

/** A member of a community, on a disk that survives crashes. */
export class Member {
  readonly name: string;
  readonly identity: LocalIdentity;
  readonly record: PeerRecord;
  disk: MemoryRecords = new MemoryRecords();
  all: Communities | undefined;
  isReady = false;
  isCopied = false;
  starts = 0;
  readonly paid: string[] = [];

  constructor(name: string, suite: CryptoSuite, device: string) {
    this.name = name;
    const seed = suite.sha256(utf8(device));
    this.identity = makeLocalIdentity(suite, seed, suite.sha256(utf8(`person ${name}`)));
    this.record = decodePeerRecord(suite, encodePeerRecord(this.identity, { name, seqno: 1 }));
  }

  get person(): PersonId {
    return this.identity.person.personId;
  }

  get live(): Communities {
    if (this.all === undefined || !this.isReady) throw new RangeError("It does not run.");
    return this.all;
  }

  get desk(): CommunityDesk {
    return new CommunityDesk(this.live);
  }

  /** The only community. */
  get commune(): Commune {
    const [commune] = this.live.all();
    if (commune === undefined) throw new RangeError("There is no community.");
    return commune;
  }

  get info(): CommunityInfo {
    return communityInfo(this.commune);
  }

  /** What this member has, as this device sees it. */
  get own(): AccountInfo {
    const { own } = this.info;
    if (own === undefined) throw new RangeError("There is no account.");
    return own;
  }

  get accounts(): ReadonlyMap<PersonId, AccountInfo> {
    return new Map(accountsOf(this.commune).map((info) => [info.account, info]));
  }
}

/** Members, a network between them that can be cut, and a clock moved by hand. */
export class Town {
  readonly suite: CryptoSuite;
  readonly clock: ManualClock = new ManualClock();
  readonly random: Random;
  readonly net: SessionNet;
  readonly members: Member[] = [];
  steps = 0;
  readonly outsiders: Set<PersonId> = new Set();
  /** Members of the group who are neither owner nor admin. */
  readonly juniors: Set<PersonId> = new Set();
  /** Devices that their people have revoked. */
  readonly revoked: Set<PeerId> = new Set();
  readonly #apart = new Set<string>();

  constructor(seed: number | string, suite: CryptoSuite = toySuite) {
    this.suite = suite;
    this.random = testRandom(seed);
    this.net = new SessionNet(this.random.fork("net"));
  }

  /** Somebody new, running. */
  add(name: string, device = `device of ${name}`): Member {
    const member = new Member(name, this.suite, device);
    this.members.push(member);
    this.start(member);
    while (!member.isReady && this.step());
    return member;
  }

  /** The device of somebody by which they hold a seat. */
  seatOf(person: PersonId): ReturnType<CommunityPeople["seatOf"]> {
    const found = this.members.find((each) => each.person === person);
    if (found === undefined) return undefined;
    const { signKey, certificate } = found.identity;
    return { person, key: signKey.publicKey, proof: proofOf(certificate) };
  }

  start(member: Member): void {
    const { identity } = member;
    member.starts++;
    const all = new Communities({
      ...{ identity, suite: this.suite, clock: this.clock, log: SILENT_LOG },
      random: this.random.fork(`${member.name} ${member.starts}`),
      records: member.disk.open(),
      session: this.net.join(member.record),
      isCopied: member.isCopied,
      people: {
        personOf: (peer) => this.members.find((each) => each.identity.id === peer)?.person,
        isMember: (group, person) => group === GROUP && !this.outsiders.has(person),
        mayFound: (group, person) => group === GROUP && !this.juniors.has(person),
        stands: (device) => !this.revoked.has(device),
        isMate: (person) => !this.outsiders.has(person),
        seatOf: (person) => this.seatOf(person),
      },
      events: {
        onCommunityPaid: (_id, _from, amount, memo) => void member.paid.push(`${amount} ${memo}`),
      },
    });
    member.all = all;
    all.load((error) => {
      if (error !== null) throw error;
      member.isReady = true;
      for (const other of this.members) this.#meet(member, other);
    });
  }

  /** The process dies; up to `effects` operations still reach its disk. */
  crash(member: Member, effects: number): void {
    member.disk.crash(effects);
    member.all = undefined;
    member.isReady = false;
    this.net.leave(member.identity.id);
    for (const other of this.members) {
      if (other.isReady) other.all?.peerUnreachable(member.identity.id);
    }
  }

  restart(member: Member): void {
    this.crash(member, Number.MAX_SAFE_INTEGER);
    this.start(member);
    while (!member.isReady && this.step());
  }

  /** The network breaks between those in a list and all others. */
  split(some: readonly Member[]): void {
    for (const one of this.members) {
      for (const other of this.members) {
        if (some.includes(one) && !some.includes(other)) this.part(one, other);
      }
    }
  }

  part(one: Member, other: Member): void {
    this.#apart.add(pairName(one, other));
    this.net.cut(one.identity.id, other.identity.id);
    if (one.isReady) one.all?.peerUnreachable(other.identity.id);
    if (other.isReady) other.all?.peerUnreachable(one.identity.id);
  }

  healAll(): void {
    this.#apart.clear();
    for (const [at, one] of this.members.entries()) {
      for (const other of this.members.slice(at + 1)) this.#meet(one, other);
    }
  }

  /** One step of a disk or of the network; false where nothing is under way. */
  step(): boolean {
    if (++this.steps > STEPS_MAX) throw new RangeError("It does not come to rest.");
    const disks = this.members.filter(({ disk }) => disk.busy);
    const choices = disks.length + (this.net.busy ? 1 : 0);
    if (choices === 0) return false;
    const disk = disks[this.random.u32() % choices]?.disk;
    if (disk === undefined) this.net.step();
    else disk.step();
    return true;
  }

  /** Everything that happens by itself, for so long. */
  pass(ms = 1_000): void {
    const untilMs = this.clock.monotonicMs() + ms;
    for (;;) {
      while (this.step());
      const next = Math.min(
        ...this.members.map(({ all }) => all?.nextDeadlineMs() ?? Number.POSITIVE_INFINITY),
      );
      if (next > untilMs) break;
      this.clock.advance(Math.max(1, next - this.clock.monotonicMs()));
      for (const { all, isReady } of this.members) if (isReady) all?.tick();
    }
    this.clock.advance(Math.max(0, untilMs - this.clock.monotonicMs()));
    for (const { all, isReady } of this.members) if (isReady) all?.tick();
    while (this.step());
  }

  /** Asks for something and lets it happen; "" where it went well, else the code. */
  ask(act: (done: (error: MoneyError | null) => void) => void): string {
    let answer: string | undefined;
    act((error) => {
      answer = error === null ? "" : error.code;
    });
    while (answer === undefined && this.step());
    return answer ?? "no answer";
  }

  currency(by: Member): Currency {
    const terms = { name: "coop hours", unit: "hour", decimals: 2, group: GROUP };
    return makeCurrency(this.suite, by.identity, terms, { nonce: new Uint8Array(16), madeAtS: 1 });
  }

  /** Rules with these stewards and everything else as usual. */
  wish(stewards: readonly Member[], other: Partial<RuleWish> = {}): RuleWish {
    return {
      stewards: stewards.map(({ person }) => person),
      ...{ need: Math.floor(stewards.length / 2) + 1, tellers: [], admission: "group" },
      ...{ creditLimit: 1_000, softLimit: 500, exceptions: [], levyPpm: 0, demurragePpm: 0 },
      ...{ demurrageFree: 0, visibility: "members", bearer: "community" },
      ...other,
    };
  }

  /** Founds a community that all stewards sign and all members join. */
  found(stewards: readonly Member[], other: Partial<RuleWish> = {}): void {
    const [first] = stewards;
    if (first === undefined) throw new RangeError("Somebody founds it.");
    const wish = this.wish(stewards, other);
    const said = this.ask((done) => first.desk.found(this.currency(first), wish, done));
    if (said !== "") throw new RangeError(said);
    this.pass();
    for (const steward of stewards) this.signAll(steward);
    for (const member of this.members) this.join(member);
  }

  /** A steward signs everything that is proposed. */
  signAll(steward: Member): void {
    for (const { matter } of steward.commune.proposals.all()) {
      const id = matter.t === "rules" ? matter.rules.id : matter.t === "act" ? matter.act.id : "";
      this.ask((done) => steward.desk.sign(steward.commune, id, done));
    }
    this.pass();
  }

  join(member: Member): string {
    const said = this.ask((done) => member.desk.join(member.commune, done));
    this.pass();
    return said;
  }

  pay(from: Member, to: Member, amount: number, memo = ""): string {
    return this.ask((done) => from.desk.pay(from.commune, to.person, amount, memo, done));
  }

  #meet(one: Member, other: Member): void {
    if (one === other || !one.isReady || !other.isReady) return;
    if (this.#apart.has(pairName(one, other))) return;
    one.all?.peerReachable(other.identity.id);
    other.all?.peerReachable(one.identity.id);
  }
}

function pairName(one: Member, other: Member): string {
  return [one.identity.id, other.identity.id].sort().join();
}
