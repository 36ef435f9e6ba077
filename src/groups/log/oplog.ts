import { equalBytes, fromHex } from "../../base/bytes.ts";
import { must, TypedError } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { PersonId } from "../../identity/index.ts";
import { CborArrayWriter } from "../../wire/index.ts";
import { GroupsError } from "../errors.ts";
import { writeBody } from "./body.ts";
import { DEPS_MAX, OPS_MAX, OPS_PER_DEVICE_MAX } from "./limits.ts";
import { groupIdOf, isSigned, joinSigned } from "./op.ts";
import { Pasts } from "./pasts.ts";
import type { Entry, Op, OpId, Vouching } from "./types.ts";

/** Hexadecimal digits by which an operation or a device is known where the rest was left out. */
export const SHORT_DIGITS = 32;

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
  /** By the device's key, or its beginning where a checkpoint left out the rest: see `chainOf`. */
  readonly devices: Map<string, DeviceChain> = new Map();
  readonly byPerson: Map<PersonId, number[]> = new Map();
  /** Places of joins by the invite's place. */
  readonly joins: Map<number, number[]> = new Map();
  /** Places of votes by the id of what they build on. */
  readonly votes: Map<OpId, number[]> = new Map();
  readonly #suite: CryptoSuite;
  readonly #vouching: Vouching;
  readonly #places = new Map<OpId, number>();
  /** Places of operations that are known from a checkpoint only, by the beginning of their ids. */
  readonly #thin = new Map<string, number>();
  readonly #heads = new Set<number>();
  /** Whether some device is known by the beginning of its key. */
  #hasShortKeys = false;

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

  /** Operations that are known from a checkpoint only: what they say, without what proves it. */
  get thinOps(): number {
    return this.#thin.size;
  }

  /** Whether the operation is here with its signature. */
  has(id: OpId): boolean {
    return this.#places.has(id);
  }

  placeOf(id: OpId): number | undefined {
    return this.#places.get(id) ?? this.#thinPlaceOf(id);
  }

  isThin(index: number): boolean {
    return this.at(index).op.bytes.length === 0;
  }

  /** What the device with this key (64 hexadecimal digits, or their beginning) has written. */
  chainOf(author: string): DeviceChain | undefined {
    const chain = this.devices.get(author);
    if (chain !== undefined || !this.#hasShortKeys) return chain;
    return this.devices.get(author.slice(0, SHORT_DIGITS));
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
    const chain = this.chainOf(device);
    const last = chain?.bySeq.get(chain.bySeq.size);
    return last === undefined ? undefined : this.at(last);
  }

  /** Whether the author told two stories from here on, so that none of them counts. */
  isForked({ op }: Entry): boolean {
    return op.seq >= (this.chainOf(op.author)?.forkedAt ?? Number.POSITIVE_INFINITY);
  }

  /**
   * Takes up an operation.
   * @param trusted it comes from this peer's own disk, where only checked ones are kept, and whose
   *   it is beside them
   * @returns undefined where it is there already
   * @throws GroupsError("gap") where something it depends on is missing, "bad-signature",
   *   "stranger" where nobody in its past has named its author, "bad-op", "full",
   *   "bad-checkpoint" where it is not what the checkpoint has said of it
   */
  add(op: Op, trusted?: PersonId): Entry | undefined {
    if (this.#places.has(op.id)) return undefined;
    const thin = this.#thinPlaceOf(op.id);
    if (thin !== undefined) return this.#fill(this.at(thin), op, trusted);
    this.#checkRoom(op.author);
    const entry = this.#entryOf(op, this.entries.length, trusted);
    this.#put(entry);
    return entry;
  }

  /**
   * Takes up what a checkpoint says of an operation.
   * @param op without signature and proof; id and author may be their beginnings
   * @param deps places of what it depends on
   * @throws GroupsError as `add` does
   */
  addThin(op: Op, person: PersonId, deps: readonly number[]): void {
    this.#checkRoom(op.author);
    if (this.placeOf(op.id) !== undefined || deps.some((dep) => dep >= this.entries.length)) {
      throw new GroupsError("bad-op", "A checkpoint repeats itself.");
    }
    const previous = this.#previousOf(op, deps);
    if (previous !== undefined && previous.person !== person) {
      throw new GroupsError("bad-op", "A device changes hands.");
    }
    const named = this.#namedBy(op, this.entries.length, person, deps, previous, true);
    this.#put({ op, index: this.entries.length, person, deps, named });
  }

  /** Takes up an operation that was checked and kept before, with what was found out of it then. */
  restore(op: Op, person: PersonId, deps: readonly number[], named: readonly number[]): void {
    this.#put({ op, index: this.entries.length, person, deps, named });
  }

  #checkRoom(author: string): void {
    if (this.entries.length >= OPS_MAX) throw new GroupsError("full", FULL);
    if ((this.chainOf(author)?.entries.length ?? 0) < OPS_PER_DEVICE_MAX) return;
    throw new GroupsError("full", "This device has written as much as one may in this group.");
  }

  /** The operation at its place, checked. */
  #entryOf(op: Op, index: number, trusted: PersonId | undefined): Entry {
    const deps = op.deps.map((id) => this.#placeOfDep(id));
    const previous = this.#previousOf(op, deps);
    const isTrusted = trusted !== undefined;
    const person = trusted ?? previous?.person ?? this.#personOf(op);
    const named = this.#namedBy(op, index, person, deps, previous, isTrusted);
    if (!isTrusted && !isSigned(this.#suite, op)) {
      throw new GroupsError("bad-signature", "An operation is not signed by its author.");
    }
    return { op, index, person, deps, named };
  }

  /** Puts the operation itself where only a checkpoint's word was. */
  #fill(thin: Entry, op: Op, trusted: PersonId | undefined): Entry {
    const entry = this.#proven(thin, op, trusted);
    if (entry === undefined) {
      throw new GroupsError("bad-checkpoint", "A checkpoint has told something that is not so.");
    }
    this.#thin.delete(op.id.slice(0, SHORT_DIGITS));
    this.entries[thin.index] = entry;
    this.#places.set(op.id, thin.index);
    return entry;
  }

  /** The operation in the place of what the checkpoint says; undefined where that was not true. */
  #proven(thin: Entry, op: Op, trusted: PersonId | undefined): Entry | undefined {
    try {
      const entry = this.#entryOf(op, thin.index, trusted);
      const isSame =
        entry.person === thin.person &&
        op.seq === thin.op.seq &&
        op.author.startsWith(thin.op.author) &&
        isSameList(entry.deps, thin.deps) &&
        isSameList(entry.named, thin.named) &&
        saysTheSame(op, thin.op);
      return isSame ? entry : undefined;
    } catch (error) {
      // The id stands for these very bytes: if they cannot be taken, the checkpoint could not have.
      if (error instanceof TypedError) return undefined;
      throw error;
    }
  }

  #thinPlaceOf(id: OpId): number | undefined {
    if (this.#thin.size === 0) return undefined;
    const place = this.#thin.get(id.slice(0, SHORT_DIGITS));
    return place !== undefined && id.startsWith(this.at(place).op.id) ? place : undefined;
  }

  #placeOfDep(id: OpId): number {
    const place = this.placeOf(id);
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
    const isOwn = previous !== undefined && isSameDevice(previous.op.author, op.author);
    if (isOwn && previous.op.seq === op.seq - 1) return previous;
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
    own: number,
    person: PersonId,
    deps: readonly number[],
    previous: Entry | undefined,
    isTrusted: boolean,
  ): readonly number[] {
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
    const place = this.placeOf(op.body.invite);
    const invite = place === undefined ? undefined : this.at(place).op.body;
    if (place === undefined || !deps.includes(place) || invite?.t !== "invite") return false;
    if (isTrusted) return true;
    const signed = joinSigned(op.group, op.body.invite, op.author);
    return this.#suite.verify(invite.key, signed, op.body.signature);
  }

  #newChain(author: string, person: PersonId): DeviceChain {
    const forked = { forkedAt: Number.POSITIVE_INFINITY, forkedBy: -1 };
    const chain = { person, entries: [], bySeq: new Map<number, number>(), ...forked };
    this.devices.set(author, chain);
    if (author.length === SHORT_DIGITS) this.#hasShortKeys = true;
    return chain;
  }

  #put(entry: Entry): void {
    const { op, index, person } = entry;
    this.entries.push(entry);
    if (op.bytes.length > 0) this.#places.set(op.id, index);
    else this.#thin.set(op.id.slice(0, SHORT_DIGITS), index);
    for (const dep of entry.deps) this.#heads.delete(dep);
    this.#heads.add(index);
    const chain = this.chainOf(op.author) ?? this.#newChain(op.author, person);
    chain.entries.push(index);
    if (!chain.bySeq.has(op.seq)) chain.bySeq.set(op.seq, index);
    else if (op.seq < chain.forkedAt) {
      chain.forkedAt = op.seq;
      chain.forkedBy = index;
    }
    push(this.byPerson, person, index);
    const { body } = op;
    if (body.t === "vote") push(this.votes, body.base, index);
    const invite = body.t === "join" ? this.placeOf(body.invite) : undefined;
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

/** Whether two keys, of which one may be cut short, are one device's. */
function isSameDevice(one: string, other: string): boolean {
  return one.length === other.length
    ? one === other
    : one.slice(0, SHORT_DIGITS) === other.slice(0, SHORT_DIGITS);
}

function isSameList(ones: readonly number[], others: readonly number[]): boolean {
  return ones.length === others.length && ones.every((one, at) => one === others[at]);
}

/** Whether two operations say the same; the signature of an invite's key is not looked at. */
function saysTheSame({ body: one }: Op, { body: other }: Op): boolean {
  if (one.t === "join" && other.t === "join") {
    return one.invite === other.invite && one.label === other.label;
  }
  const bytes = (body: Op["body"]): Uint8Array => {
    const writer = new CborArrayWriter();
    writeBody(writer, body);
    return writer.done();
  };
  return one.t === other.t && equalBytes(bytes(one), bytes(other));
}

function push<K>(map: Map<K, number[]>, key: K, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

const FULL = "This group's log is full. Make a new group and invite its members to it.";
