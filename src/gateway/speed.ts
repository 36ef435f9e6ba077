import type { PeerId, PeerRecord } from "../identity/index.ts";
import type { Clock, Timed } from "../ports/index.ts";
import type { SessionPort, Stream, StreamEvents } from "../session/index.ts";
import { Reader, Writer } from "../wire/index.ts";
import { SPEED_CHUNK_BYTES, SPEED_GRACE_MS, SPEED_MS_MAX, SPEED_SERVED_MAX } from "./limits.ts";
import type { People } from "./types.ts";

const SERVICE = "speed";
const VERSION = 1;
const REQUEST_BYTES = 6;
const RESULT_BYTES = 10;
const MODE = { down: 1, up: 2 } as const;

/** Which way bytes flow, seen from the side that asks. */
export type SpeedDirection = keyof typeof MODE;

/** What went through, counted where it arrived. */
export interface SpeedResult {
  readonly sizeBytes: number;
  readonly durationMs: number;
}

/** A run that takes part in `tick`. */
interface Run {
  deadlineMs: number;
  expire(): void;
}

/** Measures how much a stream to a peer carries; lets contacts do the same with this one. */
export class SpeedMeter implements Timed {
  readonly #session: SessionPort;
  readonly #clock: Clock;
  readonly #people: People;
  readonly #served = new Set<Run>();
  readonly #asked = new Set<Run>();

  constructor(session: SessionPort, clock: Clock, people: People) {
    this.#session = session;
    this.#clock = clock;
    this.#people = people;
    session.serve(SERVICE, (stream, from) => this.#serve(stream, from));
  }

  /**
   * Fills the way to a peer for `durationMs`, at most 10 s. Told once; undefined where the peer
   * does not answer or does not have us as a contact.
   */
  measure(
    to: PeerId,
    direction: SpeedDirection,
    durationMs: number,
    done: (result: SpeedResult | undefined) => void,
  ): void {
    const ms = Math.max(1, Math.min(SPEED_MS_MAX, Math.round(durationMs)));
    const asking = new Asked(this.#clock, direction, ms, (result) => {
      this.#asked.delete(asking);
      done(result);
    });
    const stream = this.#session.openStream(to, SERVICE, asking);
    if (stream === undefined) {
      done(undefined);
      return;
    }
    this.#asked.add(asking);
    asking.begin(stream);
  }

  nextDeadlineMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { deadlineMs } of this.#served) next = Math.min(next, deadlineMs);
    for (const { deadlineMs } of this.#asked) next = Math.min(next, deadlineMs);
    return next;
  }

  tick(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const run of [...this.#served, ...this.#asked]) {
      if (run.deadlineMs <= nowMs) run.expire();
    }
  }

  #serve(stream: Stream, from: PeerRecord): StreamEvents | undefined {
    const person = this.#people.personOf(from.id);
    // Measuring costs much: not for everybody who is in some group with this peer.
    const isKnown = person !== undefined && (this.#people.isContact?.(person) ?? true);
    if (!isKnown || this.#served.size >= SPEED_SERVED_MAX) return undefined;
    const serving = new Serving(stream, this.#clock, () => this.#served.delete(serving));
    this.#served.add(serving);
    return serving;
  }
}

/** Writes as much as the stream takes until the time is up. */
class Filler {
  readonly #stream: Stream;
  readonly #chunk = new Uint8Array(SPEED_CHUNK_BYTES).map((_, at) => (at * 31) & 0xff);
  isOver = false;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  go(): void {
    while (!this.isOver && this.#stream.write(this.#chunk));
  }

  finish(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#stream.end();
  }
}

/** Counts what arrives. */
class Counter {
  readonly #clock: Clock;
  #firstMs = 0;
  #lastMs = 0;
  sizeBytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(byteCount: number): void {
    this.#lastMs = this.#clock.monotonicMs();
    if (this.sizeBytes === 0) this.#firstMs = this.#lastMs;
    this.sizeBytes += byteCount;
  }

  get durationMs(): number {
    return this.#lastMs - this.#firstMs;
  }
}

/** The side that was asked. */
class Serving implements StreamEvents, Run {
  deadlineMs: number;
  readonly #stream: Stream;
  readonly #clock: Clock;
  readonly #onOver: () => void;
  readonly #counter: Counter;
  #request = new Uint8Array(0);
  #filler: Filler | undefined;

  constructor(stream: Stream, clock: Clock, onOver: () => void) {
    this.#stream = stream;
    this.#clock = clock;
    this.#onOver = onOver;
    this.#counter = new Counter(clock);
    this.deadlineMs = clock.monotonicMs() + SPEED_GRACE_MS;
  }

  onData(bytes: Uint8Array): void {
    this.#stream.consume(bytes.length);
    const missing = REQUEST_BYTES - this.#request.length;
    if (missing <= 0) {
      this.#counter.add(bytes.length);
      return;
    }
    this.#request = Uint8Array.of(...this.#request, ...bytes.subarray(0, missing));
    if (this.#request.length === REQUEST_BYTES) this.#begin();
    const rest = bytes.length - missing;
    if (rest > 0) this.#counter.add(rest);
  }

  onEnd(): void {
    if (this.#request.length < REQUEST_BYTES) this.#stream.reset();
    if (this.#filler !== undefined) return;
    const { sizeBytes, durationMs } = this.#counter;
    this.#stream.write(new Writer(RESULT_BYTES).u48(sizeBytes).u32(durationMs).done());
    this.#stream.end();
  }

  onDrain(): void {
    this.#filler?.go();
  }

  onClose(): void {
    this.#onOver();
  }

  expire(): void {
    if (this.#filler === undefined || this.#filler.isOver) this.#stream.reset();
    else {
      this.#filler.finish();
      this.deadlineMs = this.#clock.monotonicMs() + SPEED_GRACE_MS;
    }
  }

  #begin(): void {
    const reader = new Reader(this.#request);
    const [version, mode, ms] = [reader.u8(), reader.u8(), reader.u32()];
    const isKnown = version === VERSION && (mode === MODE.down || mode === MODE.up);
    if (!isKnown || ms > SPEED_MS_MAX) {
      this.#stream.reset();
      return;
    }
    const nowMs = this.#clock.monotonicMs();
    if (mode === MODE.up) {
      this.deadlineMs = nowMs + ms + 2 * SPEED_GRACE_MS;
      return;
    }
    this.deadlineMs = nowMs + ms;
    this.#filler = new Filler(this.#stream);
    this.#filler.go();
  }
}

/** The side that asks. */
class Asked implements StreamEvents, Run {
  deadlineMs: number;
  readonly #clock: Clock;
  readonly #direction: SpeedDirection;
  readonly #durationMs: number;
  readonly #counter: Counter;
  #done: ((result: SpeedResult | undefined) => void) | undefined;
  #stream: Stream | undefined;
  #filler: Filler | undefined;
  #result = new Uint8Array(0);

  constructor(
    clock: Clock,
    direction: SpeedDirection,
    durationMs: number,
    done: (result: SpeedResult | undefined) => void,
  ) {
    this.#clock = clock;
    this.#direction = direction;
    this.#durationMs = durationMs;
    this.#done = done;
    this.#counter = new Counter(clock);
    const waitMs = direction === "up" ? durationMs : durationMs + 2 * SPEED_GRACE_MS;
    this.deadlineMs = clock.monotonicMs() + waitMs;
  }

  begin(stream: Stream): void {
    this.#stream = stream;
    const mode = MODE[this.#direction];
    stream.write(new Writer(REQUEST_BYTES).u8(VERSION).u8(mode).u32(this.#durationMs).done());
    if (this.#direction === "down") stream.end();
    else {
      this.#filler = new Filler(stream);
      this.#filler.go();
    }
  }

  onData(bytes: Uint8Array): void {
    this.#stream?.consume(bytes.length);
    if (this.#direction === "down") this.#counter.add(bytes.length);
    else if (this.#result.length + bytes.length > RESULT_BYTES) this.#stream?.reset();
    else this.#result = Uint8Array.of(...this.#result, ...bytes);
  }

  onEnd(): void {
    if (this.#direction === "down") {
      this.#finish(this.#counter);
      return;
    }
    if (this.#result.length < RESULT_BYTES) return;
    const reader = new Reader(this.#result);
    this.#finish({ sizeBytes: reader.u48(), durationMs: reader.u32() });
    this.#stream?.reset();
  }

  onDrain(): void {
    this.#filler?.go();
  }

  onClose(): void {
    this.#finish(undefined);
  }

  expire(): void {
    if (this.#filler !== undefined && !this.#filler.isOver) {
      this.#filler.finish();
      this.deadlineMs = this.#clock.monotonicMs() + 2 * SPEED_GRACE_MS;
      return;
    }
    this.#finish(undefined);
    this.#stream?.reset();
  }

  #finish(result: SpeedResult | undefined): void {
    const done = this.#done;
    this.#done = undefined;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    done?.(result && { sizeBytes: result.sizeBytes, durationMs: result.durationMs });
  }
}
