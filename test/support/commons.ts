import type { CryptoSuite } from "../../src/crypto/index.ts";
import {
  type LocalIdentity,
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
import type { MoneyLoss } from "../../src/money/losses.ts";
import { SILENT_LOG, type Timed } from "../../src/ports/index.ts";
import { Crowd, type Hearing, type Inhabitant, papersOf } from "./crowd.ts";
import { toySuite } from "./line-rig.ts";
import { MemoryRecords } from "./memory-records.ts";

/** The group of all in these tests. */
export const GROUP: string = "9".repeat(32);

/** A member of a community, on a disk that survives crashes. */
export class Member implements Inhabitant {
  readonly name: string;
  readonly identity: LocalIdentity;
  readonly record: PeerRecord;
  disk: MemoryRecords = new MemoryRecords();
  all: Communities | undefined;
  isReady = false;
  isCopied = false;
  /** Whether its next start goes on with what is left of its records, and what it told of them. */
  salvages = false;
  readonly losses: MoneyLoss[] = [];
  /** What the last start was refused with. */
  refusal = "";
  starts = 0;
  readonly paid: string[] = [];

  constructor(name: string, suite: CryptoSuite, device: string) {
    this.name = name;
    const { identity, record } = papersOf(suite, name, device);
    this.identity = identity;
    this.record = record;
  }

  get hearing(): Hearing | undefined {
    return this.isReady ? this.all : undefined;
  }

  get timed(): readonly Timed[] {
    return this.isReady && this.all !== undefined ? [this.all] : [];
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

/** Members of a community to be. */
export class Town extends Crowd<Member> {
  readonly outsiders: Set<PersonId> = new Set();
  /** Members of the group who are neither owner nor admin. */
  readonly juniors: Set<PersonId> = new Set();
  /** Devices that their people have revoked. */
  readonly revoked: Set<PeerId> = new Set();

  constructor(seed: number | string, suite: CryptoSuite = toySuite) {
    super(suite, seed);
  }

  get members(): readonly Member[] {
    return this.everybody;
  }

  /** Somebody new, running. */
  add(name: string, device = `device of ${name}`): Member {
    return this.admit(new Member(name, this.suite, device));
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
      ...{ isCopied: member.isCopied, salvages: member.salvages },
      onMended: (loss) => member.losses.push(loss),
      people: {
        personOf: (peer) => this.personOf(peer),
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
      member.refusal = error?.message ?? "";
      if (error !== null) return;
      member.isReady = true;
      this.meetAll(member);
    });
  }

  protected dropRooms(member: Member): void {
    member.all = undefined;
    member.isReady = false;
  }

  /** As of every crowd; at its end all that was begun has come to rest, too. */
  override pass(ms = 1_000): void {
    super.pass(ms);
    while (this.step());
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
}
