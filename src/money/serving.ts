import type { Timed } from "../ports/index.ts";
import { BATCHES_FRAME_BYTES, BATCHES_PER_FRAME_MAX, SERVE_PAUSE_MS } from "./limits.ts";
import type { LineEntry } from "./line-entry.ts";
import { decodeKept, logPrefix } from "./line-record.ts";
import type { LinesOptions } from "./options.ts";
import type { Carried } from "./protocol.ts";
import type { Talk } from "./talk.ts";

interface Wish {
  readonly talk: Talk;
  readonly line: LineEntry;
  /** What the other side has: of our half-log, and of its own. */
  readonly ours: number;
  readonly theirs: number;
}

/** What is being read for one partner. */
interface Reading {
  readonly wish: Wish;
  epoch: number;
  /** The last batch of ours that was sent. */
  sent: number;
  frames: (readonly Carried[])[];
  isScanning: boolean;
}

/**
 * Reads old batches from the disk for a partner that has lost them: of both half-logs, in the order in which they
 * came about, so that each comes after what its author had seen. One partner at a time, one epoch in memory.
 */
export class Serving implements Timed {
  readonly #options: LinesOptions;
  #waiting: Wish[] = [];
  #reading: Reading | undefined;

  constructor(options: LinesOptions) {
    this.#options = options;
  }

  /** Tells a partner all that comes after this; soon, where it was told lately. */
  serve(talk: Talk, line: LineEntry, after: Pick<Wish, "ours" | "theirs">): void {
    this.#waiting = this.#waiting.filter((wish) => wish.line !== line || wish.talk !== talk);
    this.#waiting.push({ talk, line, ...after });
    this.tick();
  }

  nextDeadlineMs(): number {
    if (this.#reading !== undefined) return Number.POSITIVE_INFINITY;
    return Math.min(
      Number.POSITIVE_INFINITY,
      ...this.#waiting.map(({ line }) => line.servedUntilMs),
    );
  }

  /** Goes on: a stream takes more, or is over, or time has passed. */
  tick(): void {
    this.#waiting = this.#waiting.filter(({ talk }) => talk.isOpen);
    if (this.#reading?.wish.talk.isOpen === false) this.#reading = undefined;
    if (this.#reading !== undefined) {
      this.#send(this.#reading);
      return;
    }
    const nowMs = this.#options.clock.monotonicMs();
    const wish = this.#waiting.find(({ line }) => line.servedUntilMs <= nowMs);
    if (wish === undefined) return;
    this.#waiting = this.#waiting.filter((each) => each !== wish);
    wish.line.servedUntilMs = nowMs + SERVE_PAUSE_MS;
    this.#reading = { wish, epoch: 0, sent: wish.ours, frames: [], isScanning: false };
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
        talk.carry(line, frame);
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
function framesOf(reading: Reading, found: readonly { value: Uint8Array }[]): Carried[][] {
  const { wish } = reading;
  const frames: Carried[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const { value } of found) {
    const { isOurs, batch } = decodeKept(value);
    if (batch.number <= (isOurs ? wish.ours : wish.theirs)) continue;
    if (isOurs) reading.sent = batch.number;
    const last = frames.at(-1);
    const carried = { isBringers: isOurs, bytes: batch.bytes };
    if (
      last === undefined ||
      bytes >= BATCHES_FRAME_BYTES ||
      last.length >= BATCHES_PER_FRAME_MAX
    ) {
      frames.push([carried]);
      bytes = 0;
    } else last.push(carried);
    bytes += batch.bytes.length;
  }
  return frames;
}
