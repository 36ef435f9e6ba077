import type { Timed } from "../ports/index.ts";
import {
  BATCHES_FRAME_BYTES,
  BATCHES_PER_FRAME_MAX,
  SERVE_PAUSE_MS,
  SERVE_STALLED_MS,
} from "./limits.ts";
import type { LineId } from "./line-desk.ts";
import { decodeKept, type LineRecord, logPrefix } from "./line-record.ts";
import type { LinesOptions } from "./options.ts";
import type { Carried } from "./protocol.ts";

/** The line of which is told. */
export interface ServedLine {
  readonly id: LineId;
  readonly record: Pick<LineRecord, "epoch">;
  /** Monotonic time before which old batches are not read again for the partner. */
  servedUntilMs: number;
}

/** The stream of a partner, as far as it is needed here. */
export interface ServedTalk {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  carry(line: ServedLine, batches: readonly Carried[]): void;
  /** Told after everything, with the number of our last batch. */
  served(line: ServedLine, ours: number): void;
}

/** Batches that leave together, and how far the partner is with them. */
interface Frame {
  readonly batches: Carried[];
  ours: number;
  theirs: number;
}

interface Wish {
  readonly talk: ServedTalk;
  readonly line: ServedLine;
  /** What the other side has: of our half-log, and of its own. */
  readonly ours: number;
  readonly theirs: number;
}

/** What is being read for one partner. */
interface Reading {
  /** Grows with what was sent. */
  wish: Wish;
  /** Since when nothing went out. */
  sinceMs: number;
  epoch: number;
  /** The last batch of ours that was sent. */
  sent: number;
  frames: Frame[];
  isScanning: boolean;
}

/**
 * Reads old batches from the disk for a partner that has lost them: of both half-logs, in the order in which they
 * came about, so that each comes after what its author had seen. One partner at a time, one epoch in memory; who does
 * not read makes room for others.
 */
export class Serving implements Timed {
  readonly #options: Pick<LinesOptions, "clock" | "records">;
  #waiting: Wish[] = [];
  #reading: Reading | undefined;

  constructor(options: Pick<LinesOptions, "clock" | "records">) {
    this.#options = options;
  }

  /** Tells a partner all that comes after this; soon, where it was told lately. */
  serve(talk: ServedTalk, line: ServedLine, after: Pick<Wish, "ours" | "theirs">): void {
    this.#waiting = this.#waiting.filter((wish) => wish.line !== line || wish.talk !== talk);
    this.#waiting.push({ talk, line, ...after });
    this.tick();
  }

  nextDeadlineMs(): number {
    if (this.#reading !== undefined) {
      // While the disk reads nobody can do anything, however long it takes.
      const isDue = this.#waiting.length > 0 && !this.#reading.isScanning;
      return isDue ? this.#reading.sinceMs + SERVE_STALLED_MS : Number.POSITIVE_INFINITY;
    }
    return Math.min(
      Number.POSITIVE_INFINITY,
      ...this.#waiting.map(({ line }) => line.servedUntilMs),
    );
  }

  /** Goes on: a stream takes more, or is over, or time has passed. */
  tick(): void {
    this.#waiting = this.#waiting.filter(({ talk }) => talk.isOpen);
    if (this.#reading?.wish.talk.isOpen === false) this.#reading = undefined;
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#reading !== undefined) {
      const { wish, sinceMs } = this.#reading;
      const isStalled = !wish.talk.isReady && nowMs >= sinceMs + SERVE_STALLED_MS;
      if (!isStalled || this.#waiting.length === 0) {
        this.#send(this.#reading);
        return;
      }
      this.#reading = undefined;
      wish.line.servedUntilMs = nowMs + SERVE_PAUSE_MS;
      this.#waiting.push(wish);
    }
    const wish = this.#waiting.find(({ line }) => line.servedUntilMs <= nowMs);
    if (wish === undefined) return;
    this.#waiting = this.#waiting.filter((each) => each !== wish);
    wish.line.servedUntilMs = nowMs + SERVE_PAUSE_MS;
    const begun = { epoch: 0, sent: wish.ours, frames: [], isScanning: false };
    this.#reading = { ...begun, wish, sinceMs: nowMs };
    this.#scan(this.#reading);
  }

  #scan(reading: Reading): void {
    const { wish, epoch } = reading;
    reading.isScanning = true;
    this.#options.records.scan(logPrefix(wish.line.id, epoch), (error, found) => {
      if (this.#reading !== reading) return;
      reading.isScanning = false;
      if (error !== null) {
        this.#reading = undefined;
        return;
      }
      reading.frames = framesOf(reading, found);
      this.#send(reading);
    });
  }

  #send(reading: Reading): void {
    const { talk, line } = reading.wish;
    if (reading.isScanning) return;
    while (talk.isReady) {
      const frame = reading.frames.shift();
      if (frame !== undefined) {
        talk.carry(line, frame.batches);
        reading.wish = { ...reading.wish, ours: frame.ours, theirs: frame.theirs };
        reading.sinceMs = this.#options.clock.monotonicMs();
        continue;
      }
      if (reading.epoch < line.record.epoch) {
        reading.epoch++;
        this.#scan(reading);
        return;
      }
      this.#reading = undefined;
      talk.served(line, reading.sent);
      this.tick();
      return;
    }
  }
}

/** What the partner lacks of an epoch, in frames. */
function framesOf(reading: Reading, found: readonly { value: Uint8Array }[]): Frame[] {
  let { ours, theirs } = reading.wish;
  const frames: Frame[] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const { value } of found) {
    const { isOurs, batch } = decodeKept(value);
    if (batch.number <= (isOurs ? ours : theirs)) continue;
    if (isOurs) ours = batch.number;
    else theirs = batch.number;
    const last = frames.at(-1);
    const carried = { isBringers: isOurs, bytes: batch.bytes };
    const isFull = bytes >= BATCHES_FRAME_BYTES || last?.batches.length === BATCHES_PER_FRAME_MAX;
    if (last === undefined || isFull) {
      frames.push({ batches: [carried], ours, theirs });
      bytes = 0;
    } else {
      last.batches.push(carried);
      last.ours = ours;
      last.theirs = theirs;
    }
    bytes += batch.bytes.length;
  }
  reading.sent = ours;
  return frames;
}
