import { concatBytes } from "../base/bytes.ts";
import { FrameSplitter } from "../feed/index.ts";
import type { PeerId, PersonId } from "../identity/index.ts";
import type { Clock, Log } from "../ports/index.ts";
import type { Stream, StreamCloseReason, StreamEvents } from "../session/index.ts";
import { Writer } from "../wire/index.ts";
import { MoneyError } from "./errors.ts";
import type { Gatherer, Gathering } from "./gathering.ts";
import {
  ANSWER_TIMEOUT_MS,
  BATCHES_FRAME_BYTES,
  BATCHES_PER_FRAME_MAX,
  FRAME_BYTES_MAX,
  GATHERED_BYTES,
  IDLE_TIMEOUT_MS,
  LINES_MAX,
  UNSENT_BYTES_MAX,
} from "./limits.ts";
import type { LineId } from "./line-desk.ts";
import type { LineEntry } from "./line-entry.ts";
import {
  type Carried,
  decodeFrame,
  encodeFrame,
  type MoneyFrame,
  type Reach,
  writeFrame,
} from "./protocol.ts";

/** First size of what is gathered: a few dozen messages. */
const GATHERED_FIRST_BYTES = 2_048;

/** How a talk ended. */
export type TalkEnd = "idle" | "failed";

/** What a talk asks of the desk. */
export interface TalkHost {
  /** Lines with a person, closed and declined ones left out. */
  linesWith(person: PersonId): Iterable<LineEntry>;
  lineOf(talk: Talk, id: LineId): LineEntry | undefined;
  offered(talk: Talk, definition: Uint8Array): void;
  /** The other side tells what it has of its own half-log and of ours. @returns whether one of them is another there */
  heard(talk: Talk, line: LineEntry, mine: Reach, yours: Reach): boolean;
  /** Batches came; false where no more should be read from this stream for now. */
  arrived(talk: Talk, line: LineEntry, batches: readonly Carried[]): void;
  told(line: LineEntry, message: Uint8Array): void;
  /** Whether so much waits for the disk that the stream should wait. */
  isFull(talk: Talk): boolean;
  /** Old batches are wanted that are not in memory. */
  serve(
    talk: Talk,
    line: LineEntry,
    after: { readonly ours: number; readonly theirs: number },
  ): void;
  /** The stream takes more again. */
  drained(talk: Talk): void;
  /** One stream per pair of devices is enough: false where another goes before this one. */
  opened(talk: Talk): boolean;
  /** Called once, last. */
  over(talk: Talk, end: TalkEnd): void;
}

/** What a talk is made of. */
export interface TalkParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly host: TalkHost;
  /** What is said while one thing is dealt with goes out together. */
  readonly gathering: Gathering;
  /** Lets what comes of a call go to disk under one signature for each line. */
  together(call: () => void): void;
}

/** Lines of two people, told over one stream between two of their devices. */
export class Talk implements StreamEvents, Gatherer {
  readonly peer: PeerId;
  readonly person: PersonId;
  readonly isOpener: boolean;
  readonly #parts: TalkParts;
  readonly #splitter = new FrameSplitter(FRAME_BYTES_MAX, true);
  /** The next batch of ours to send, for each line of which the other side has told what it has. */
  readonly #next = new Map<LineEntry, number>();
  readonly #introduced = new Set<LineEntry>();
  /** Lines of which the other side was told that nothing is known here: once is enough. */
  readonly #unknown = new Set<LineId>();
  #stream: Stream | undefined;
  #isOpen = false;
  #isOver = false;
  #isHeld = false;
  /** Frames for payments that wait until the stream takes more: a lost answer would leave somebody waiting for long. */
  #untold: Uint8Array[] = [];
  #untoldBytes = 0;
  /** What goes to the stream when that is over which it came of. */
  #gathered: Writer | undefined;
  #unread = 0;
  #deadlineMs: number;

  constructor(
    parts: TalkParts,
    who: { readonly peer: PeerId; readonly person: PersonId; readonly isOpener: boolean },
  ) {
    this.#parts = parts;
    this.peer = who.peer;
    this.person = who.person;
    this.isOpener = who.isOpener;
    this.#deadlineMs = parts.clock.monotonicMs() + ANSWER_TIMEOUT_MS;
  }

  get isOpen(): boolean {
    return this.#isOpen && !this.#isOver;
  }

  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  start(stream: Stream): void {
    this.#stream = stream;
    this.#send({ t: "hello" });
    this.#introduceAll();
  }

  /** Says what there is of a line here. */
  introduce(line: LineEntry): void {
    this.#introduced.add(line);
    if (line.core.theirs.count === 0) this.#send({ t: "offer", definition: line.currency.bytes });
    const { core } = line;
    const ours = line.durable;
    // What is not on disk yet is not told; the hash of what is, may be old, and is left out then.
    const head = core.ours.count === ours ? core.ours.head : core.ours.at(ours);
    const mine = { count: ours, head: head ?? new Uint8Array(32) };
    const yours = { count: line.told, head: core.theirs.at(line.told) ?? new Uint8Array(32) };
    this.#send({ t: "have", line: line.id, mine, yours });
  }

  tick(): void {
    if (this.#isOver || this.#parts.clock.monotonicMs() < this.#deadlineMs) return;
    if (this.#isOpen && !this.#isHeld) {
      this.#finish("idle");
      this.#stream?.end();
    } else this.drop();
  }

  /** Ends it at once. */
  drop(): void {
    if (this.#isOver) return;
    this.#finish("failed");
    this.#stream?.reset();
  }

  /** Sends what is on disk here and the other side has not. */
  pump(line: LineEntry): void {
    let next = this.#next.get(line);
    if (next === undefined || !this.isOpen) return;
    while (next <= line.durable && !this.#isHeld) {
      const batches = this.#nextBatches(line, next);
      if (batches.length === 0) {
        this.#next.delete(line);
        this.#parts.host.serve(this, line, { ours: next - 1, theirs: Number.POSITIVE_INFINITY });
        return;
      }
      this.#send({ t: "batches", line: line.id, batches });
      next += batches.length;
      this.#next.set(line, next);
    }
  }

  /** Whether the stream takes more now. */
  get isReady(): boolean {
    return this.isOpen && !this.#isHeld;
  }

  /** Sends old batches, where the stream takes more. */
  carry(line: LineEntry, batches: readonly Carried[]): void {
    if (this.isOpen) this.#send({ t: "batches", line: line.id, batches });
  }

  /** Old batches were sent up to here. */
  served(line: LineEntry, ours: number): void {
    this.#next.set(line, Math.max(ours + 1, this.#next.get(line) ?? 1));
    this.pump(line);
  }

  /** So many of the other side's batches are on disk here. */
  acknowledge(line: LineEntry): void {
    if (this.isOpen) this.#send({ t: "got", line: line.id, count: line.told });
    this.resume();
  }

  /** Tells something that may be lost; false where too much waits already. */
  tellMessage(line: LineEntry, message: Uint8Array): boolean {
    const gathered = this.#gathered?.length ?? 0;
    const unread = (this.#stream?.unacknowledgedBytes ?? 0) + this.#untoldBytes + gathered;
    if (!this.isOpen || unread > UNSENT_BYTES_MAX) return false;
    const frame: MoneyFrame = { t: "told", line: line.id, message };
    if (this.#isHeld) {
      const bytes = encodeFrame(frame);
      this.#untold.push(bytes);
      this.#untoldBytes += bytes.length;
    } else this.#send(frame);
    return true;
  }

  /** Writes what was gathered. */
  flush(): void {
    const gathered = this.#gathered;
    this.#gathered = undefined;
    if (gathered !== undefined) this.#write(gathered.done());
  }

  /** The disk has taken what came: more may come. */
  resume(): void {
    if (this.#unread === 0 || this.#isOver || this.#parts.host.isFull(this)) return;
    this.#stream?.consume(this.#unread);
    this.#unread = 0;
  }

  onData(bytes: Uint8Array): void {
    this.#unread += bytes.length;
    if (this.#isOver) return;
    const take = (content: Uint8Array): void => {
      if (!this.#isOver) this.#take(decodeFrame(content));
    };
    this.#parts.together(() => {
      this.#splitter.read(bytes, take, ({ code }) => {
        this.#parts.log.warn("money stream refused", { peer: this.peer, code });
        this.drop();
      });
    });
    this.resume();
  }

  onEnd(): void {
    this.#finish(this.#isOpen ? "idle" : "failed");
    this.#stream?.end();
  }

  onDrain(): void {
    this.#isHeld = false;
    this.flush();
    if (this.#untold.length > 0) {
      const frames = concatBytes(...this.#untold);
      this.#untold = [];
      this.#untoldBytes = 0;
      this.#write(frames);
    }
    for (const line of this.#next.keys()) this.pump(line);
    this.#parts.host.drained(this);
  }

  onClose(_reason: StreamCloseReason): void {
    this.#finish("failed");
  }

  #take(frame: MoneyFrame): void {
    const { host, clock } = this.#parts;
    this.#deadlineMs = clock.monotonicMs() + IDLE_TIMEOUT_MS;
    if (frame.t === "hello") {
      if (this.#isOpen) throw protocol();
      this.#isOpen = true;
      if (!host.opened(this)) this.drop();
      else this.#introduceAll();
      return;
    }
    if (!this.#isOpen) throw protocol();
    if (frame.t === "offer") {
      host.offered(this, frame.definition);
      return;
    }
    const line = host.lineOf(this, frame.line);
    if (line === undefined) {
      if (frame.t === "have") this.#sayUnknown(frame.line);
      return;
    }
    switch (frame.t) {
      case "unknown":
        this.#send({ t: "offer", definition: line.currency.bytes });
        this.introduce(line);
        return;
      case "have":
        this.#hear(line, frame.mine, frame.yours);
        return;
      case "batches":
        host.arrived(this, line, frame.batches);
        return;
      case "got":
        line.heard = Math.max(line.heard, Math.min(frame.count, line.durable));
        // More than is here: another device of this person has written on.
        if (frame.count > line.core.ours.count) this.introduce(line);
        return;
      case "told":
        host.told(line, frame.message);
        return;
    }
  }

  #hear(line: LineEntry, mine: Reach, yours: Reach): void {
    const { host } = this.#parts;
    const isOther = host.heard(this, line, mine, yours);
    if (this.#isOver) return;
    if (isOther) {
      this.#next.delete(line);
      host.serve(this, line, { ours: 0, theirs: 0 });
      return;
    }
    this.#next.set(line, yours.count + 1);
    if (mine.count < line.told) {
      // Both half-logs go in the order in which they came about: nothing may overtake it.
      this.#next.delete(line);
      host.serve(this, line, { ours: yours.count, theirs: mine.count });
      return;
    }
    this.pump(line);
  }

  /** Lines that have come since are told as well. */
  #introduceAll(): void {
    for (const line of this.#parts.host.linesWith(this.person)) {
      if (!this.#introduced.has(line)) this.introduce(line);
    }
  }

  #sayUnknown(line: LineId): void {
    if (this.#unknown.has(line) || this.#unknown.size >= LINES_MAX) return;
    this.#unknown.add(line);
    this.#send({ t: "unknown", line });
  }

  #nextBatches(line: LineEntry, from: number): readonly Carried[] {
    const unseen = line.core.unseen();
    const batches: Carried[] = [];
    let bytes = 0;
    for (let number = from; number <= line.durable; number++) {
      const one = unseen[number - line.core.seen - 1];
      if (one === undefined || bytes >= BATCHES_FRAME_BYTES) break;
      if (batches.length >= BATCHES_PER_FRAME_MAX) break;
      batches.push({ isBringers: true, bytes: one.batch.bytes });
      bytes += one.batch.bytes.length;
    }
    return batches;
  }

  #send(frame: MoneyFrame): void {
    const { gathering } = this.#parts;
    if (!gathering.isOn) {
      this.#write(encodeFrame(frame));
      return;
    }
    this.#gathered ??= new Writer(GATHERED_FIRST_BYTES);
    writeFrame(this.#gathered, frame);
    gathering.add(this);
    if (this.#gathered.length >= GATHERED_BYTES) this.flush();
  }

  #write(frames: Uint8Array): void {
    const stream = this.#stream;
    if (stream === undefined || this.#isOver) return;
    if (!stream.write(frames)) this.#isHeld = true;
  }

  #finish(end: TalkEnd): void {
    if (this.#isOver) return;
    // Whoever ends in order has said all; nothing is written to a stream that is lost.
    if (end === "idle") this.flush();
    this.#gathered = undefined;
    this.#isOver = true;
    this.#parts.host.over(this, end);
  }
}

const protocol = (): MoneyError => new MoneyError("protocol", "A frame came that was not due.");
