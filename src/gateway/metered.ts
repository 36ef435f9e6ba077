import { WireError } from "../wire/index.ts";
import { ChunkReader, encodeNotice, writeChunks } from "./chunks.ts";
import type { Line, LineEnds } from "./line.ts";
import type { RefusalCode } from "./opening.ts";
import { type Far, Splice } from "./splice.ts";
import type { Near } from "./types.ts";

/** Counts what passes a connection, and says how much may. */
export interface LineMeter {
  /** Bytes want to go to the other peer; answers how many may. They count. */
  sent(byteCount: number): number;
  /** The same for bytes that came from the other peer. */
  received(byteCount: number): number;
  /** Whether more may pass at once; where not, `later` is called when it may. */
  isReady(later: () => void): boolean;
  /** The other peer has broken the connection off. */
  onNotice(refusal: RefusalCode): void;
  /** The connection is over. */
  onOver(): void;
}

/**
 * A connection over an uplink: content travels in chunks, so that either side can break it off and
 * say why, and what passes is counted on both sides.
 */
export class MeteredLine implements Line {
  readonly #stream: Far;
  readonly #near: Near;
  readonly #meter: LineMeter;
  readonly #splice: Splice;
  readonly #reader: ChunkReader;
  readonly #onStop: () => void;
  #isStopped = false;
  #isFull = false;
  #isPaced = false;
  #unsent = 0;

  /** @param ends what the owner is told: `onStop` where the connection was broken off in words */
  constructor(stream: Far, near: Near, meter: LineMeter, ends: LineEnds, early: Uint8Array) {
    this.#stream = stream;
    this.#near = near;
    this.#meter = meter;
    this.#onStop = ends.onStop;
    const far: Far = {
      write: (bytes) => this.#write(bytes),
      end: () => stream.end(),
      // The words must arrive; whoever broke off sees to it that the other side follows.
      reset: () => {
        if (!this.#isStopped) stream.reset();
      },
      consume: (byteCount) => this.#consume(byteCount),
    };
    this.#splice = new Splice(far, near, () => {
      meter.onOver();
      ends.onOver();
    });
    this.#reader = new ChunkReader({
      onBytes: (bytes) => this.#receive(bytes),
      onNotice: (refusal) => this.#noticed(refusal),
    });
    if (early.length > 0) this.#splice.onData(early);
    near.attach(this.#splice);
  }

  farData(bytes: Uint8Array): void {
    try {
      const overhead = this.#reader.push(bytes);
      if (overhead > 0) this.#stream.consume(overhead);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#stream.reset();
    }
  }

  farEnd(): void {
    if (!this.#isStopped) this.#splice.farEnd();
  }

  farDrain(): void {
    this.#isFull = false;
    this.#goOn();
  }

  farClose(clean: boolean): void {
    this.#splice.farClose(clean && !this.#isStopped);
  }

  #write(bytes: Uint8Array): boolean {
    if (this.#isStopped) return true;
    const allowed = this.#meter.sent(bytes.length);
    writeChunks(bytes.subarray(0, allowed), (frame) => {
      if (!this.#stream.write(frame)) this.#isFull = true;
    });
    if (allowed < bytes.length) {
      this.#stop("quota");
      return true;
    }
    this.#isPaced ||= !this.#meter.isReady(() => {
      this.#isPaced = false;
      this.#goOn();
    });
    return !this.#isFull && !this.#isPaced;
  }

  #goOn(): void {
    if (!this.#isFull && !this.#isPaced) this.#splice.farDrain();
  }

  #receive(bytes: Uint8Array): void {
    const allowed = this.#isStopped ? 0 : this.#meter.received(bytes.length);
    if (allowed < bytes.length) this.#stream.consume(bytes.length - allowed);
    if (allowed > 0) {
      this.#unsent += allowed;
      this.#splice.farData(bytes.subarray(0, allowed));
    }
    if (!this.#isStopped && allowed < bytes.length) this.#stop("quota");
  }

  #consume(byteCount: number): void {
    this.#unsent -= byteCount;
    const go = (): void => this.#stream.consume(byteCount);
    if (this.#meter.isReady(go)) go();
    if (this.#isStopped && this.#unsent === 0) this.#near.destroy();
  }

  /** Says why and ends this direction; the program sees a failure. */
  #stop(refusal: RefusalCode): void {
    this.#isStopped = true;
    this.#onStop();
    this.#stream.write(encodeNotice(refusal));
    this.#stream.end();
    this.#near.destroy();
  }

  /** What has arrived still goes to the program, which then sees a failure. */
  #noticed(refusal: RefusalCode): void {
    this.#isStopped = true;
    this.#onStop();
    this.#meter.onNotice(refusal);
    this.#stream.end();
    if (this.#unsent === 0) this.#near.destroy();
  }
}
