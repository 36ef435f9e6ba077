import { attempt } from "../../base/attempt.ts";
import { NO_BYTES } from "../../base/bytes.ts";
import type { TypedError } from "../../base/errors.ts";
import { must } from "../../base/errors.ts";
import {
  type PeerId,
  type PersonId,
  peerIdFromBytes,
  peerIdToBytes,
} from "../../identity/index.ts";
import type { Clock, DiskError, RecordStore, Timed } from "../../ports/index.ts";
import { CborArrayReader, CborArrayWriter, WireError } from "../../wire/index.ts";
import {
  BATCHES_PER_FRAME_MAX,
  LETTER_AFTER_MS,
  LETTER_BATCHES_BYTES,
  LETTER_PAUSE_MS,
  LETTERS_AT_ONCE_MAX,
} from "../limits.ts";
import { limits } from "../line/index.ts";
import type { LineId } from "../line-desk.ts";
import type { LineEntry } from "../line-entry.ts";
import type { Carried } from "../protocol.ts";
import type { MailDesk, MoneyPost } from "./desk.ts";
import { encodeLetter } from "./letter.ts";

const POSTED = "money/posted/";
const VERSION = 1;
const PEER_ID_BYTES = 16;
const NO_HASH = new Uint8Array(32);

/** What went into letters to whom: the partner's device that wrote then, or undefined where none did yet. */
interface Posted {
  readonly device: PeerId | undefined;
  readonly count: number;
}

/** What letters are written with. */
export interface WritingParts {
  readonly clock: Clock;
  readonly records: RecordStore;
  readonly post: MoneyPost;
  readonly desk: MailDesk;
}

/**
 * Writes letters about lines to partners who are out of reach: a while after something is new, and when
 * somebody is about to carry letters. What was written once is not written again.
 */
export class LetterWriting implements Timed {
  readonly #parts: WritingParts;
  /** The last batch of ours that went into a letter. */
  readonly #posted = new Map<LineId, Posted>();
  readonly #due = new Map<LineId, number>();
  readonly #lastMs = new Map<LineId, number>();
  /** Lines of which the partner hears that its letter came. */
  readonly #answering = new Set<LineId>();
  /** Lines of which the partner hears that something before its letter is missing. */
  readonly #lacking = new Set<LineId>();
  readonly #busy = new Set<LineId>();

  constructor(parts: WritingParts) {
    this.#parts = parts;
  }

  /** Reads what went into letters before. */
  load(done: (error: DiskError | null) => void): void {
    this.#parts.records.scan(POSTED, (error, found) => {
      for (const { key, value } of found ?? []) {
        const posted = attempt(() => decodePosted(value)).value;
        if (posted !== undefined) this.#posted.set(key.slice(POSTED.length), posted);
      }
      if (error === null) for (const line of this.#parts.desk.book.all()) this.news(line);
      done(error);
    });
  }

  /** Something may be new on a line, or its partner has gone out of reach. */
  news(line: LineEntry): void {
    if (this.#parts.desk.isInReach(line)) {
      this.#due.delete(line.id);
      return;
    }
    if (this.#due.has(line.id) || !this.#hasNews(line)) return;
    const nowMs = this.#parts.clock.monotonicMs();
    const lastMs = this.#lastMs.get(line.id) ?? Number.NEGATIVE_INFINITY;
    this.#due.set(line.id, Math.max(nowMs + LETTER_AFTER_MS, lastMs + LETTER_PAUSE_MS));
  }

  /** The partner's letter came: it is told, with what else there is. */
  answer(line: LineEntry): void {
    this.#answering.add(line.id);
    this.news(line);
  }

  /** Something before the partner's letter is missing. */
  lack(line: LineEntry): void {
    this.#lacking.add(line.id);
    this.news(line);
  }

  /** The partner wants all again that is behind what it has. */
  again(line: LineEntry, count: number): void {
    this.#posted.set(line.id, { ...this.#postedOf(line), count });
    this.news(line);
  }

  /**
   * Writes all that partners out of reach have not been written yet; `done` with why some of it could not be kept.
   * @param to only to this person
   */
  writeAll(to: PersonId | undefined, done: (error: TypedError | null) => void): void {
    const wanted = [...this.#parts.desk.book.all()].filter(
      (line) => (to === undefined || line.partner === to) && this.#isToWrite(line),
    );
    let left = wanted.length;
    let failure: TypedError | null = null;
    if (left === 0) done(null);
    for (const line of wanted) {
      this.#write(line, LETTERS_AT_ONCE_MAX, (error) => {
        failure ??= error;
        left--;
        if (left === 0) done(failure);
      });
    }
  }

  nextDeadlineMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const dueMs of this.#due.values()) next = Math.min(next, dueMs);
    return next;
  }

  tick(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    for (const [id, dueMs] of [...this.#due]) {
      if (dueMs > nowMs) continue;
      this.#due.delete(id);
      const line = this.#parts.desk.book.get(id);
      if (line !== undefined && this.#isToWrite(line)) {
        this.#write(line, LETTERS_AT_ONCE_MAX, () => this.news(line));
      }
    }
  }

  #isToWrite(line: LineEntry): boolean {
    return this.#hasNews(line) && !this.#parts.desk.isInReach(line) && !this.#busy.has(line.id);
  }

  #hasNews(line: LineEntry): boolean {
    if (line.record.stop !== undefined || line.isElsewhere || line.isReloading) return false;
    if (this.#answering.has(line.id) || this.#lacking.has(line.id)) return true;
    return line.durable > this.#knownCount(line);
  }

  /** How many of our batches the partner has, or has a letter of. */
  #knownCount(line: LineEntry): number {
    return Math.max(line.heard, line.core.seen, this.#postedOf(line).count);
  }

  /** Another device that writes now has not got the letters of before. */
  #postedOf(line: LineEntry): Posted {
    const device = this.#parts.desk.writerOf(line);
    const posted = this.#posted.get(line.id);
    const isTheirs = posted?.device === device || posted?.device === undefined;
    return { device, count: isTheirs ? (posted?.count ?? 0) : 0 };
  }

  /** Writes letters until all is in one, one after the other. */
  #write(line: LineEntry, most: number, done: (error: TypedError | null) => void): void {
    const { desk, post, clock } = this.#parts;
    const batches = this.#nextBatches(line);
    const writer = desk.writerOf(line);
    const devices = writer === undefined ? post.devicesOf(line.partner) : [writer];
    const isEmpty = batches.length === 0 && !this.#answering.has(line.id);
    if (devices.length === 0 || most === 0 || (isEmpty && !this.#lacking.has(line.id))) {
      done(null);
      return;
    }
    const upTo = this.#knownCount(line) + batches.length;
    this.#busy.add(line.id);
    this.#lastMs.set(line.id, clock.monotonicMs());
    const content = this.#letter(line, batches);
    let left = devices.length;
    let failure: TypedError | null = null;
    for (const device of devices) {
      post.send(device, content, (error) => {
        failure ??= error;
        left--;
        if (left > 0) return;
        this.#busy.delete(line.id);
        if (failure !== null) {
          done(failure);
          return;
        }
        this.#wrote(line, upTo);
        if (line.durable > this.#knownCount(line)) this.#write(line, most - 1, done);
        else done(null);
      });
    }
  }

  #wrote(line: LineEntry, upTo: number): void {
    this.#answering.delete(line.id);
    this.#lacking.delete(line.id);
    const posted = { ...this.#postedOf(line), count: upTo };
    this.#posted.set(line.id, posted);
    // Where the disk does not take it, some of it is written twice: it is passed over where it is known.
    const write = { key: POSTED + line.id, value: encodePosted(posted) };
    this.#parts.records.write([write], () => undefined);
  }

  #letter(line: LineEntry, batches: readonly Carried[]): Uint8Array {
    const { core, durable, told } = line;
    return encodeLetter({
      definition: core.theirs.count === 0 ? line.currency.bytes : undefined,
      line: line.id,
      lacks: this.#lacking.has(line.id),
      mine: { count: durable, head: core.ours.at(durable) ?? NO_HASH },
      yours: { count: told, head: core.theirs.at(told) ?? NO_HASH },
      batches,
    });
  }

  /** What fits into one letter; nothing where one batch alone is too large for any. */
  #nextBatches(line: LineEntry): readonly Carried[] {
    const unseen = line.core.unseen();
    const batches: Carried[] = [];
    let bytes = 0;
    for (let number = this.#knownCount(line) + 1; number <= line.durable; number++) {
      const one = must(
        unseen[number - line.core.seen - 1],
        "what the partner has not seen is here",
      );
      bytes += one.batch.bytes.length;
      if (bytes > LETTER_BATCHES_BYTES || batches.length >= BATCHES_PER_FRAME_MAX) break;
      batches.push({ isBringers: true, bytes: one.batch.bytes });
    }
    return batches;
  }
}

function encodePosted({ device, count }: Posted): Uint8Array {
  const writer = new CborArrayWriter(32).array(3).uint(VERSION);
  return writer
    .bytes(device === undefined ? NO_BYTES : peerIdToBytes(device))
    .uint(count)
    .done();
}

/** @throws WireError where it is damaged: then some of it is written again */
function decodePosted(bytes: Uint8Array): Posted {
  const reader = new CborArrayReader(bytes);
  reader.array(3);
  if (reader.uint(255) !== VERSION) throw new WireError("version", "Of a newer Peernet.");
  const device = reader.bytes(0, PEER_ID_BYTES);
  const count = reader.uint(limits.BATCHES_MAX);
  reader.end();
  if (device.length === 0) return { device: undefined, count };
  if (device.length !== PEER_ID_BYTES) throw new WireError("malformed", "That is no device.");
  return { device: peerIdFromBytes(device.slice()), count };
}
