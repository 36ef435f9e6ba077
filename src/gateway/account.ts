import type { PeerId } from "../identity/index.ts";
import type { RecordWrite } from "../ports/index.ts";
import { decodeCbor, encodeCbor, schema } from "../wire/index.ts";
import { IN_FLIGHT_BYTES_MAX, PACKETS_LOST_SHARE } from "./limits.ts";
import { decodeReading, encodeReading, type Reading } from "./reading.ts";

/** Prefix of the records of accounts. */
export const ACCOUNTS = "gateway/meter/";
const SIGNATURE_BYTES = 64;
const READING_BYTES_MAX = 256;
const COUNT_MAX = Number.MAX_SAFE_INTEGER;

/** Which side of an uplink this peer is on. */
export type MeterRole = "exit" | "user";

const storedSchema = schema.record({
  v: schema.literal(1),
  b: schema.integer(0, COUNT_MAX),
  c: schema.integer(0, COUNT_MAX),
  d: schema.integer(0, 0xffff_ffff),
  g: schema.optional(schema.bytes(SIGNATURE_BYTES)),
  l: schema.optional(schema.bytes(1, READING_BYTES_MAX)),
  m: schema.optional(schema.bytes(SIGNATURE_BYTES)),
  n: schema.optional(schema.bytes(1, READING_BYTES_MAX)),
  s: schema.integer(0, COUNT_MAX),
  w: schema.optional(schema.integer(0, COUNT_MAX)),
});

/** What this peer has counted with another one, and what both have signed. */
export class Account {
  readonly role: MeterRole;
  readonly peer: PeerId;
  /** Content bytes sent to and received from the other peer since the chain of readings began. */
  sentBytes = 0;
  receivedBytes = 0;
  /** Of both together, those of `day` (days since 1970). */
  dayBytes = 0;
  day = 0;
  /** The last reading that both have signed, with the other's signature and, as user, our own. */
  last: Reading | undefined;
  theirSignature: Uint8Array | undefined;
  ownSignature: Uint8Array | undefined;
  /** As exit: a reading that the user has not signed yet. */
  pending: Reading | undefined;
  /** Connections that are open now. */
  openCount = 0;
  /** Connections since the last reading: each may have lost what was in flight. */
  recentCount = 0;
  /** As exit: bytes sent in packets since the last reading, of which some get lost. */
  packetBytes = 0;
  /** As exit: bytes sent that both sides know to have been lost. */
  lostBytes = 0;
  /** The other side counts otherwise. */
  isDisputed = false;
  /** Whether the disk knows less. */
  isDirty = false;

  constructor(role: MeterRole, peer: PeerId) {
    this.role = role;
    this.peer = peer;
  }

  /** Bytes that passed and are in no reading yet. */
  get openBytes(): number {
    const { last } = this;
    const agreed = last === undefined ? 0 : last.upBytes + last.downBytes;
    return Math.max(0, this.sentBytes + this.receivedBytes - agreed);
  }

  /** What may have been sent and not have arrived. */
  get unarrivedMax(): number {
    const inFlightBytes = (this.openCount + this.recentCount) * IN_FLIGHT_BYTES_MAX;
    return this.#lostMax + inFlightBytes;
  }

  /** Streams lose nothing, so only packets make more room here. */
  get #lostMax(): number {
    return this.lostBytes + Math.floor(this.packetBytes * PACKETS_LOST_SHARE);
  }

  /** Counts content; as exit the day is this clock's. */
  count(sentBytes: number, receivedBytes: number, day: number): void {
    this.turnDay(day);
    this.sentBytes += sentBytes;
    this.receivedBytes += receivedBytes;
    this.dayBytes += sentBytes + receivedBytes;
    this.isDirty = true;
  }

  /** A new day begins its count anew; a clock that goes back changes nothing. */
  turnDay(day: number): void {
    if (day <= this.day) return;
    this.day = day;
    this.dayBytes = 0;
  }

  /** Both have signed: from now on this is what passed. */
  agree(reading: Reading, theirs: Uint8Array, own: Uint8Array | undefined): void {
    this.last = reading;
    this.theirSignature = theirs;
    this.ownSignature = own;
    this.pending = undefined;
    this.isDisputed = false;
    this.isDirty = true;
    this.recentCount = 0;
    const { upBytes, downBytes } = reading;
    this.lostBytes = this.role === "exit" ? Math.min(this.#lostMax, this.sentBytes - downBytes) : 0;
    this.packetBytes = 0;
    if (this.openCount > 0) return;
    this.lostBytes = 0;
    this.sentBytes = this.role === "exit" ? downBytes : upBytes;
    this.receivedBytes = this.role === "exit" ? upBytes : downBytes;
    // The quota goes by the exit's own count, whatever both have signed.
    if (this.role === "exit" || reading.day < this.day) return;
    this.day = reading.day;
    this.dayBytes = reading.dayBytes;
  }

  /** The record that keeps it. */
  write(): RecordWrite {
    this.isDirty = false;
    const { last, pending } = this;
    const value = encodeCbor({
      v: 1,
      b: this.dayBytes,
      c: this.receivedBytes,
      d: this.day,
      g: this.theirSignature,
      l: last && encodeReading(last),
      m: this.ownSignature,
      n: pending && encodeReading(pending),
      s: this.sentBytes,
      w: this.lostBytes || undefined,
    });
    return { key: `${ACCOUNTS}${this.role}/${this.peer}`, value };
  }
}

/** The account of a record. @throws WireError where it is damaged */
export function readAccount(key: string, value: Uint8Array): Account {
  const [role, peer = ""] = key.slice(ACCOUNTS.length).split("/");
  const found = storedSchema(decodeCbor(value), key);
  const account = new Account(role === "exit" ? "exit" : "user", peer);
  account.sentBytes = found.s;
  account.receivedBytes = found.c;
  account.dayBytes = found.b;
  account.day = found.d;
  account.last = found.l && decodeReading(found.l);
  account.lostBytes = found.w ?? 0;
  account.theirSignature = found.g;
  account.ownSignature = found.m;
  account.pending = found.n && decodeReading(found.n);
  // What was in flight when the process ended is not known.
  account.recentCount = 1;
  return account;
}
