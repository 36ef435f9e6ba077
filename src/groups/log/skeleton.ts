import { fromHex, fromUtf8, NO_BYTES, toHex } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { type CryptoSuite, KEY_BYTES } from "../../crypto/index.ts";
import { CborArrayReader, CborArrayWriter, Reader, WireError, Writer } from "../../wire/index.ts";
import { isPlainText, readBody, writeBody } from "./body.ts";
import { DEPS_MAX, LABEL_BYTES_MAX, OP_BYTES_MAX, OPS_MAX, OPS_PER_DEVICE_MAX } from "./limits.ts";
import { decodeOp, GROUP_ID_BYTES } from "./op.ts";
import { OpLog, SHORT_DIGITS } from "./oplog.ts";
import type { Body, Entry, Vouching } from "./types.ts";

const VERSION = 1;
const SHORT_BYTES = SHORT_DIGITS / 2;
const HASH_BYTES = 32;
const PERSON_BYTES = 16;
/** Kinds of operations in a skeleton. */
const [WHOLE, JOIN, BARE, NEXT_JOIN] = [0, 1, 2, 3] as const;

/**
 * Everything that a set of operations says, without what proves it: signatures and certificates are
 * left out, but for those by which one sees who the owners are. What it means is found by the same
 * evaluation as that of whole operations.
 * @param cut the operations meant: all that it says `true` for must have their pasts in it
 * @throws RangeError where the log itself lacks the ids or keys that are needed
 */
export function writeSkeleton(log: OpLog, cut: readonly boolean[]): Uint8Array {
  return new SkeletonWriter(log, cut).bytes;
}

/** The operations in these places' pasts, and themselves. */
export function pastOf(log: OpLog, heads: readonly number[]): boolean[] {
  const cut = Array<boolean>(log.size).fill(false);
  const stack = [...heads];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (cut[at] === true) continue;
    cut[at] = true;
    stack.push(...log.at(at).deps);
  }
  return cut;
}

class SkeletonWriter {
  readonly #log: OpLog;
  readonly #order: readonly Entry[];
  /** Places in the skeleton by places in the log. */
  readonly #places = new Map<number, number>();
  readonly #devices = new Map<string, number>();
  readonly #inner = new Set<number>();
  readonly #voters = new Set<string>();
  /** How many operations each device has. */
  readonly #counts = new Map<string, number>();
  readonly #writer = new Writer(65_536);
  /** The invite by which the last one came. */
  #invite = -1;

  constructor(log: OpLog, cut: readonly boolean[]) {
    this.#log = log;
    this.#order = ordered(log, cut);
    for (const { deps, op } of this.#order) {
      for (const dep of deps) this.#inner.add(dep);
      if (op.body.t === "vote") this.#voters.add(op.author);
      this.#counts.set(op.author, (this.#counts.get(op.author) ?? 0) + 1);
    }
    const genesis = must(this.#order[0], "a cut holds the genesis");
    this.#writer.u8(VERSION).bytes(hexBytes(genesis.op.id).subarray(0, GROUP_ID_BYTES));
    this.#writer.varint(this.#order.length);
    for (const entry of this.#order) {
      this.#places.set(entry.index, this.#places.size);
      this.#write(entry);
    }
  }

  get bytes(): Uint8Array {
    return this.#writer.done();
  }

  #write(entry: Entry): void {
    const { op, person } = entry;
    const device = this.#devices.get(op.author);
    if (device === undefined) this.#devices.set(op.author, this.#devices.size);
    if (isShownWhole(entry, this.#voters)) {
      if (op.bytes.length === 0) throw new RangeError("An operation is not here as a whole.");
      this.#writer.u8(WHOLE).varint(op.bytes.length).bytes(op.bytes);
      return;
    }
    if (op.body.t === "join" && this.#isPlainJoin(entry)) {
      const invite = must(this.#log.placeOf(op.body.invite), "a join names an invite that is here");
      const isNext = this.#isNext(entry, invite);
      this.#writer.u8(isNext ? NEXT_JOIN : JOIN).bytes(hexBytes(op.id.slice(0, SHORT_DIGITS)));
      this.#writer.bytes(hexBytes(op.author.slice(0, SHORT_DIGITS))).bytes(hexBytes(person));
      if (!isNext) {
        this.#writeDeps(entry);
        this.#writer.u8(entry.deps.indexOf(invite));
      }
      this.#writer.text(op.body.label);
      this.#invite = invite;
      return;
    }
    if (op.id.length < 2 * HASH_BYTES) throw new RangeError("An operation's id is not here.");
    this.#writer
      .u8(BARE)
      .bytes(hexBytes(op.id))
      .varint(device === undefined ? 0 : device + 1);
    if (device === undefined) this.#writer.bytes(hexBytes(op.author)).bytes(hexBytes(person));
    this.#writer.varint(op.seq);
    this.#writeDeps(entry);
    const body = new CborArrayWriter();
    writeBody(body, op.body);
    const bytes = body.done();
    this.#writer.varint(bytes.length).bytes(bytes);
  }

  /** How far back each dependency lies. */
  #writeDeps({ index, deps }: Entry): void {
    const own = must(this.#places.get(index), "its place was given");
    this.#writer.u8(deps.length);
    for (const dep of deps) {
      this.#writer.varint(own - must(this.#places.get(dep), "a cut holds what it depends on"));
    }
  }

  /** Whether somebody came right after the one before, by the same invite. */
  #isNext({ deps, index }: Entry, invite: number): boolean {
    const own = must(this.#places.get(index), "its place was given");
    if (deps.length !== 2 || deps[0] !== invite || invite !== this.#invite) return false;
    return this.#places.get(deps[1] ?? -1) === own - 1;
  }

  /** The join of a device that says nothing else, and on which others build: the most frequent one. */
  #isPlainJoin({ op, deps, index, named }: Entry): boolean {
    if (op.body.t !== "join" || op.seq !== 1 || !named.includes(index)) return false;
    if (!this.#inner.has(index)) return false;
    const invite = this.#log.placeOf(op.body.invite);
    if (invite === undefined || !deps.includes(invite)) return false;
    return this.#counts.get(op.author) === 1;
  }
}

/** Owners are known by operations that anybody can check: those are shown as they are. */
function isShownWhole({ op }: Entry, voters: ReadonlySet<string>): boolean {
  const { t } = op.body;
  return t === "genesis" || t === "vote" || (op.seq === 1 && voters.has(op.author));
}

/** In an order that the set alone decides: by the longest way to the genesis, then by id. */
function ordered(log: OpLog, cut: readonly boolean[]): readonly Entry[] {
  const depths = new Uint32Array(log.size);
  const entries: Entry[] = [];
  for (const entry of log.entries) {
    if (cut[entry.index] !== true) continue;
    let depth = 0;
    for (const dep of entry.deps) depth = Math.max(depth, (depths[dep] ?? 0) + 1);
    depths[entry.index] = depth;
    entries.push(entry);
  }
  const depthOf = ({ index }: Entry): number => depths[index] ?? 0;
  return entries.sort((a, b) => depthOf(a) - depthOf(b) || (a.op.id < b.op.id ? -1 : 1));
}

/**
 * A log that holds what a skeleton says. Who reads it has to know whether to believe it.
 * @throws WireError where it is none, GroupsError where its parts do not fit each other
 */
export function readSkeleton(suite: CryptoSuite, vouching: Vouching, bytes: Uint8Array): OpLog {
  const reader = new Reader(bytes);
  if (reader.u8() !== VERSION) {
    throw new WireError("version", "A checkpoint of another version. Please update Peernet.");
  }
  const group = toHex(reader.bytes(GROUP_ID_BYTES));
  const count = reader.varint();
  if (count > OPS_MAX) throw new WireError("too-large", "A checkpoint of too many operations.");
  const log = new OpLog(suite, vouching);
  const read: Read = { suite, group, devices: [], beginnings: new Set(), invite: undefined };
  for (let at = 0; at < count; at++) readOp(reader, log, read);
  reader.end();
  if (log.group !== group) throw new WireError("malformed", "A checkpoint of another group.");
  if (log.heads().some((id) => id.length < 2 * HASH_BYTES)) {
    throw new WireError("malformed", "A checkpoint ends with what nobody could build on.");
  }
  return log;
}

interface Read {
  readonly suite: CryptoSuite;
  readonly group: string;
  /** Keys of devices in the order of their first operations. */
  readonly devices: string[];
  /** The beginnings of these keys, by which each is known. */
  readonly beginnings: Set<string>;
  /** Place of the invite by which the last one came. */
  invite: number | undefined;
}

function readOp(reader: Reader, log: OpLog, read: Read): void {
  const kind = reader.u8();
  if (kind === WHOLE) {
    const length = reader.varint();
    if (length > OP_BYTES_MAX) throw new WireError("too-large", "An operation is too long.");
    const op = decodeOp(read.suite, reader.bytes(length).slice());
    log.add(op);
    if (log.chainOf(op.author)?.entries.length === 1) register(read, op.author);
  } else if (kind === JOIN || kind === NEXT_JOIN) readJoin(reader, log, read, kind === NEXT_JOIN);
  else if (kind === BARE) readBare(reader, log, read);
  else throw new WireError("malformed", "A checkpoint holds something unknown.");
}

/** A device that was not named before. */
function register({ devices, beginnings }: Read, author: string): void {
  const beginning = author.slice(0, SHORT_DIGITS);
  if (beginnings.has(beginning)) throw new WireError("malformed", "A device is named twice.");
  beginnings.add(beginning);
  devices.push(author);
}

function readJoin(reader: Reader, log: OpLog, read: Read, isNext: boolean): void {
  const { group } = read;
  const id = toHex(reader.bytes(SHORT_BYTES));
  const author = toHex(reader.bytes(SHORT_BYTES));
  const person = toHex(reader.bytes(PERSON_BYTES));
  const deps = isNext ? [read.invite ?? -1, log.size - 1] : readDeps(reader, log.size);
  const place = deps[isNext ? 0 : reader.u8()] ?? -1;
  const invite = place < 0 ? undefined : log.at(place).op;
  const label = readLabel(reader);
  if (invite?.body.t !== "invite") throw new WireError("malformed", "A join without an invite.");
  const body: Body = { t: "join", invite: invite.id, label, signature: NO_BYTES };
  read.invite = place;
  register(read, author);
  const rest = { deps: [], proof: NO_BYTES, bytes: NO_BYTES };
  log.addThin({ id, group, author, seq: 1, body, ...rest }, person, deps);
}

function readBare(reader: Reader, log: OpLog, read: Read): void {
  const { group, devices } = read;
  const id = toHex(reader.bytes(HASH_BYTES));
  const number = reader.varint();
  let author = devices[number - 1];
  let person = author === undefined ? undefined : log.chainOf(author)?.person;
  if (number === 0) {
    author = toHex(reader.bytes(KEY_BYTES));
    person = toHex(reader.bytes(PERSON_BYTES));
    register(read, author);
  }
  if (author === undefined || person === undefined || author.length < 2 * KEY_BYTES) {
    throw new WireError("malformed", "A checkpoint names a device that it does not have.");
  }
  const seq = reader.varint();
  if (seq === 0 || seq > OPS_PER_DEVICE_MAX) {
    throw new WireError("out-of-range", "An operation's number is none.");
  }
  const deps = readDeps(reader, log.size);
  const inner = new CborArrayReader(reader.bytes(reader.varint()));
  const body = readBody(inner);
  inner.end();
  if (body.t === "genesis" || body.t === "vote") {
    throw new WireError("malformed", "A checkpoint hides who the owners are.");
  }
  const rest = { deps: [], proof: NO_BYTES, bytes: NO_BYTES };
  log.addThin({ id, group, author, seq, body, ...rest }, person, deps);
}

function readDeps(reader: Reader, own: number): number[] {
  const count = reader.u8();
  if (count === 0 || count > DEPS_MAX) {
    throw new WireError("out-of-range", "An operation depends on nothing, or on too much.");
  }
  const deps: number[] = [];
  for (let at = 0; at < count; at++) {
    const place = own - reader.varint();
    if (place < 0 || place >= own || deps.includes(place)) {
      throw new WireError("malformed", "An operation depends on what is not before it.");
    }
    deps.push(place);
  }
  return deps;
}

function readLabel(reader: Reader): string {
  const length = reader.varint();
  const label = length > LABEL_BYTES_MAX ? undefined : fromUtf8(reader.bytes(length));
  if (label !== undefined && isPlainText(label)) return label;
  throw new WireError("malformed", "A text has signs that hide.");
}

function hexBytes(hex: string): Uint8Array {
  return must(fromHex(hex), "ids and keys are hexadecimal");
}
