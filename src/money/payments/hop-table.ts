import { attempt } from "../../base/attempt.ts";
import { byteName } from "../../base/bytes.ts";
import type { RecordWrite } from "../../ports/index.ts";
import { decodeCbor, encodeLentCbor, schema } from "../../wire/index.ts";
import { AMOUNT_MAX } from "../amount.ts";
import type { LineId } from "../line-desk.ts";
import { lockKey } from "./lock-key.ts";
import { LockMap } from "./lock-map.ts";
import { LOCK_ID_BYTES } from "./messages.ts";
import { pairName } from "./pair-name.ts";

/** Records of locks that are passed on. */
export const HOP_PREFIX = "payments/hop/";
const LINE_CHARS_MAX = 64;

/** A lock that this peer passed on: what it has to do once it hears of the other one. */
export interface HopEntry {
  readonly lineIn: LineId;
  readonly inId: Uint8Array;
  readonly lineOut: LineId;
  readonly outId: Uint8Array;
  /** What is locked on the line out. */
  readonly amount: number;
}

/** What one line's partner has locked on another line. */
export interface Passed {
  readonly count: number;
  readonly amount: number;
}

const NOTHING: Passed = { count: 0, amount: 0 };

const entrySchema = schema.record({
  v: schema.literal(1),
  a: schema.integer(1, AMOUNT_MAX),
  f: schema.text(LINE_CHARS_MAX),
  i: schema.bytes(LOCK_ID_BYTES),
  o: schema.bytes(LOCK_ID_BYTES),
  t: schema.text(LINE_CHARS_MAX),
});

/** What is passed on, found from either side, with the sums that the caps are about. */
export class HopTable {
  readonly #byOut = new LockMap<HopEntry>();
  readonly #byIn = new LockMap<HopEntry>();
  readonly #between = new Map<string, Passed>();

  get size(): number {
    return this.#byOut.size;
  }

  all(): Iterable<HopEntry> {
    return this.#byOut.values();
  }

  /** @param name of `byteName` of its id */
  byOut(line: LineId, name: string): HopEntry | undefined {
    return this.#byOut.get(line, name);
  }

  byIn(line: LineId, name: string): HopEntry | undefined {
    return this.#byIn.get(line, name);
  }

  /** What one line's partner has locked on another of our lines. */
  between(lineIn: LineId, lineOut: LineId): Passed {
    return this.#between.get(pairName(lineIn, lineOut)) ?? NOTHING;
  }

  add(entry: HopEntry): void {
    this.#byOut.set(entry.lineOut, byteName(entry.outId), entry);
    this.#byIn.set(entry.lineIn, byteName(entry.inId), entry);
    this.#count(entry, 1);
  }

  remove(entry: HopEntry): void {
    if (!this.#byOut.delete(entry.lineOut, byteName(entry.outId))) return;
    this.#byIn.delete(entry.lineIn, byteName(entry.inId));
    this.#count(entry, -1);
  }

  #count({ lineIn, lineOut, amount }: HopEntry, sign: 1 | -1): void {
    const key = pairName(lineIn, lineOut);
    const before = this.#between.get(key) ?? NOTHING;
    const count = before.count + sign;
    if (count === 0) this.#between.delete(key);
    else this.#between.set(key, { count, amount: before.amount + sign * amount });
  }
}

/** The write that keeps an entry. */
export function hopWrite(entry: HopEntry): RecordWrite {
  const { lineIn, inId, lineOut, outId, amount } = entry;
  const value = encodeLentCbor({ v: 1, a: amount, f: lineIn, i: inId, o: outId, t: lineOut });
  return { key: HOP_PREFIX + lockKey(lineOut, outId), value };
}

/** The write that forgets an entry. */
export function hopRemoval({ lineOut, outId }: HopEntry): RecordWrite {
  return { key: HOP_PREFIX + lockKey(lineOut, outId), value: null };
}

/** The entry of a record, or undefined where it is damaged. */
export function decodeHop(value: Uint8Array): HopEntry | undefined {
  return attempt(() => {
    const { a, f, i, o, t } = entrySchema(decodeCbor(value), "hop");
    return { lineIn: f, inId: i, lineOut: t, outId: o, amount: a };
  }).value;
}
