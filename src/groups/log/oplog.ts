import { fromHex } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { PersonId } from "../../identity/index.ts";
import { GroupsError } from "../errors.ts";
import { DEPS_MAX, OPS_MAX, OPS_PER_DEVICE_MAX } from "./limits.ts";
import { groupIdOf, isSigned, joinSigned } from "./op.ts";
import { Pasts } from "./pasts.ts";
import type { Entry, Op, OpId, Vouching } from "./types.ts";

/** What one device has written. */
export interface DeviceChain {
  readonly person: PersonId;
  /** Places of its operations, as they arrived. */
  readonly entries: number[];
  /** Places by sequence number: more than one where the device told two stories. */
  readonly bySeq: Map<number, number>;
  /** From this number on it told two stories: nothing from there counts. */
  forkedAt: number;
  /** Place of the operation that showed it; -1 before. */
  forkedBy: number;
}

/**
 * The operations of one group that have arrived here, each after all that it depends on. What is
 * taken up depends on the operation and its past alone, never on the order of arrival.
 */
export class OpLog {
  readonly entries: Entry[] = [];
  readonly pasts: Pasts = new Pasts(this.entries);
  readonly devices: Map<string, DeviceChain> = new Map();
  readonly byPerson: Map<PersonId, number[]> = new Map();
  /** Places of joins by the invite's place. */
  readonly joins: Map<number, number[]> = new Map();
  /** Places of votes by the id of what they build on. */
  readonly votes: Map<OpId, number[]> = new Map();
  readonly #suite: CryptoSuite;
  readonly #vouching: Vouching;
  readonly #places = new Map<OpId, number>();
  readonly #heads = new Set<number>();

  constructor(suite: CryptoSuite, vouching: Vouching) {
    this.#suite = suite;
    this.#vouching = vouching;
  }

  /** The group's id; empty before the genesis. */
  get group(): string {
    const [genesis] = this.entries;
    return genesis === undefined ? "" : groupIdOf(genesis.op.id);
  }

  get size(): number {
    return this.entries.length;
  }

  has(id: OpId): boolean {
    return this.#places.has(id);
  }

  placeOf(id: OpId): number | undefined {
    return this.#places.get(id);
  }

  at(index: number): Entry {
    return must(this.entries[index], "a place in the log is one that is filled");
  }

  /** Operations that no other depends on, by id, the newest arrivals first, as many as one may name. */
  heads(): readonly OpId[] {
    const newest = [...this.#heads].sort((a, b) => b - a).slice(0, DEPS_MAX - 2);
    return newest.map((index) => this.at(index).op.id);
  }

  /** The device's last operation: what its next one comes after. */
  lastOf(device: string): Entry | undefined {
    const chain = this.devices.get(device);
    const last = chain?.bySeq.get(chain.bySeq.size);
    return last === undefined ? undefined : this.at(last);
  }

  /** Whether the author told two stories from here on, so that none of them counts. */
  isForked({ op }: Entry): boolean {
    return op.seq >= (this.devices.get(op.author)?.forkedAt ?? Number.POSITIVE_INFINITY);
  }

  /**
   * Takes up an operation.
   * @param trusted it comes from this peer's own disk, where only checked ones are kept, and whose
   *   it is beside them
   * @returns undefined where it is there already
   * @throws GroupsError("gap") where something it depends on is missing, "bad-signature",
   *   "stranger" where nobody in its past has named its author, "bad-op", "full"
   */
  add(op: Op, trusted?: PersonId): Entry | undefined {
    if (this.#places.has(op.id)) return undefined;
    if (this.entries.length >= OPS_MAX) throw new GroupsError("full", FULL);
    const chain = this.devices.get(op.author);
    if (chain !== undefined && chain.entries.length >= OPS_PER_DEVICE_MAX) {
      throw new GroupsError("full", "This device has written as much as one may in this group.");
    }
    const deps = op.deps.map((id) => this.#placeOfDep(id));
    const previous = this.#previousOf(op, deps);
    const isTrusted = trusted !== undefined;
    const person = trusted ?? previous?.person ?? this.#personOf(op);
    const named = this.#namedBy(op, person, deps, previous, isTrusted);
    if (!isTrusted && !isSigned(this.#suite, op)) {
      throw new GroupsError("bad-signature", "An operation is not signed by its author.");
    }
    const entry: Entry = { op, index: this.entries.length, person, deps, named };
    this.#put(entry);
    return entry;
  }

  #placeOfDep(id: OpId): number {
    const place = this.#places.get(id);
    if (place !== undefined) return place;
    throw new GroupsError("gap", "Something that an operation depends on is missing.");
  }

  #previousOf(op: Op, deps: readonly number[]): Entry | undefined {
    const isGenesis = op.body.t === "genesis";
    if (isGenesis ? this.entries.length > 0 : op.group !== this.group) {
      throw new GroupsError("bad-op", "An operation belongs to another group.");
    }
    if (isGenesis && op.seq !== 1) throw new GroupsError("bad-op", "A group begins with a 1.");
    if (op.seq === 1) return undefined;
    const [first] = deps;
    const previous = first === undefined ? undefined : this.entries[first];
    if (previous?.op.author === op.author && previous.op.seq === op.seq - 1) return previous;
    throw new GroupsError("bad-op", "An operation does not follow its author's last one.");
  }

  #personOf({ author, proof }: Op): PersonId {
    const device = must(fromHex(author), "keys are hexadecimal");
    const person = this.#vouching.personOf(device, proof);
    if (person !== undefined) return person;
    throw new GroupsError("bad-signature", "Nobody has vouched for an operation's author.");
  }

  /** Places in the author's past that name the person: without any it is a stranger's. */
  #namedBy(
    op: Op,
    person: PersonId,
    deps: readonly number[],
    previous: Entry | undefined,
    isTrusted: boolean,
  ): readonly number[] {
    const own = this.entries.length;
    let named = previous?.named ?? [];
    for (const dep of deps) {
      if (namesPerson(this.at(dep), person) && !named.includes(dep)) named = [...named, dep];
    }
    const isFounder = op.body.t === "genesis" && op.body.owners.includes(person);
    if (isFounder || this.#isInvited(op, deps, isTrusted)) named = [...named, own];
    if (named.length === 0) {
      throw new GroupsError("stranger", "An operation's author was never let into the group.");
    }
    return named;
  }

  #isInvited(op: Op, deps: readonly number[], isTrusted: boolean): boolean {
    if (op.body.t !== "join") return false;
    const place = this.#places.get(op.body.invite);
    const invite = place === undefined ? undefined : this.at(place).op.body;
    if (place === undefined || !deps.includes(place) || invite?.t !== "invite") return false;
    if (isTrusted) return true;
    const signed = joinSigned(op.group, op.body.invite, op.author);
    return this.#suite.verify(invite.key, signed, op.body.signature);
  }

  #put(entry: Entry): void {
    const { op, index, person } = entry;
    this.entries.push(entry);
    this.#places.set(op.id, index);
    for (const dep of entry.deps) this.#heads.delete(dep);
    this.#heads.add(index);
    const chain: DeviceChain = this.devices.get(op.author) ?? {
      ...{
        person,
        entries: [],
        bySeq: new Map(),
        forkedAt: Number.POSITIVE_INFINITY,
        forkedBy: -1,
      },
    };
    this.devices.set(op.author, chain);
    chain.entries.push(index);
    if (!chain.bySeq.has(op.seq)) chain.bySeq.set(op.seq, index);
    else if (op.seq < chain.forkedAt) {
      chain.forkedAt = op.seq;
      chain.forkedBy = index;
    }
    push(this.byPerson, person, index);
    const { body } = op;
    if (body.t === "vote") push(this.votes, body.base, index);
    const invite = body.t === "join" ? this.#places.get(body.invite) : undefined;
    if (invite !== undefined && entry.named.includes(index)) push(this.joins, invite, index);
  }
}

/** Whether an operation says of somebody that they belong to the group. */
export function namesPerson({ op: { body }, person: author }: Entry, person: PersonId): boolean {
  switch (body.t) {
    case "genesis":
      return body.owners.includes(person);
    case "add":
      return body.targets.some((target) => target.person === person);
    case "join":
      return author === person;
    case "role":
      return body.person === person;
    case "vote":
      return body.decision.t !== "remove" && body.decision.owners.includes(person);
    default:
      return false;
  }
}

function push<K>(map: Map<K, number[]>, key: K, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

const FULL = "This group's log is full. Make a new group and invite its members to it.";
