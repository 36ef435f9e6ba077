import { FrameSplitter } from "../../feed/index.ts";
import type { PeerId, PersonId } from "../../identity/index.ts";
import type { Clock, Log } from "../../ports/index.ts";
import type { Stream, StreamCloseReason, StreamEvents } from "../../session/index.ts";
import { WireError } from "../../wire/index.ts";
import {
  ANSWER_TIMEOUT_MS,
  FACTS_FRAME_BYTES,
  FRAME_BYTES_MAX,
  IDLE_TIMEOUT_MS,
  LISTS_WAITING_MAX,
  UNSENT_BYTES_MAX,
} from "./limits.ts";
import { type Bulk, decodeFrame, encodeFrame, type Frame } from "./protocol.ts";
import type { CommunityId } from "./types.ts";

/** How a talk ended. */
export type TalkEnd = "idle" | "failed";

/** What a talk asks of whoever keeps talks. */
export interface TalkHost {
  /** Both have greeted: false where another stream with the same device goes before. */
  opened(talk: Talk): boolean;
  /** @throws TypedError for what no honest peer sends */
  heard(talk: Talk, frame: Exclude<Frame, { readonly t: "hello" }>): void;
  /** What was left out while the other side did not read can be told now. */
  caughtUp(talk: Talk): void;
  /** Called once, last. */
  over(talk: Talk, end: TalkEnd): void;
}

/** One stream between devices of two members, about all communities that they have in common. */
export class Talk implements StreamEvents {
  readonly peer: PeerId;
  readonly person: PersonId;
  readonly isOpener: boolean;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #host: TalkHost;
  readonly #splitter = new FrameSplitter(FRAME_BYTES_MAX);
  #stream: Stream | undefined;
  #isOpen = false;
  #isOver = false;
  /** Whether something was left out because the other side does not read. */
  #isBehind = false;
  #sending: (() => Frame | undefined)[] = [];
  #deadlineMs: number;

  constructor(
    parts: { readonly clock: Clock; readonly log: Log; readonly host: TalkHost },
    who: { readonly peer: PeerId; readonly person: PersonId; readonly isOpener: boolean },
  ) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#host = parts.host;
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
    stream.write(encodeFrame({ t: "hello" }));
  }

  tick(): void {
    if (this.#isOver || this.#clock.monotonicMs() < this.#deadlineMs) return;
    const end = this.#isOpen ? "idle" : "failed";
    this.#finish(end);
    if (end === "idle") this.#stream?.end();
    else this.#stream?.reset();
  }

  /** Ends it at once. */
  drop(): void {
    if (this.#isOver) return;
    this.#finish("failed");
    this.#stream?.reset();
  }

  /**
   * Whether so much waits that what is asked for is left out, and what differs looked for later: before anything is
   * gathered for somebody who asks and does not read.
   */
  leavesOut(): boolean {
    const isFull =
      this.#sending.length >= LISTS_WAITING_MAX ||
      (this.#stream?.unacknowledgedBytes ?? 0) > UNSENT_BYTES_MAX;
    if (isFull) this.#isBehind = true;
    return isFull;
  }

  /** Sends a frame; where the other side does not read it is left out, and what differs is looked for later. */
  send(frame: Frame): void {
    if (!this.isOpen) return;
    if ((this.#stream?.unacknowledgedBytes ?? 0) > UNSENT_BYTES_MAX) {
      this.#isBehind = true;
      return;
    }
    this.#stream?.write(encodeFrame(frame));
    this.#deadlineMs = this.#clock.monotonicMs() + IDLE_TIMEOUT_MS;
  }

  /** Sends a long list in frames, as fast as the other side reads. */
  sendAll(t: Bulk, id: CommunityId, items: Iterable<Uint8Array>): void {
    if (this.#sending.length >= LISTS_WAITING_MAX) {
      this.#isBehind = true;
      return;
    }
    const rest = items[Symbol.iterator]();
    this.#sending.push(() => {
      const some: Uint8Array[] = [];
      let sizeBytes = 0;
      while (sizeBytes < FACTS_FRAME_BYTES) {
        const { value, done } = rest.next();
        if (done === true) break;
        some.push(value);
        sizeBytes += value.length;
      }
      return some.length === 0 ? undefined : { t, id, items: some };
    });
    this.#pump();
  }

  onData(bytes: Uint8Array): void {
    if (!this.#isOver) {
      const take = (content: Uint8Array): void => {
        if (!this.#isOver) this.#take(decodeFrame(content));
      };
      this.#splitter.read(bytes, take, ({ code }) => {
        this.#log.warn("community stream refused", { peer: this.peer, code });
        this.drop();
      });
    }
    this.#stream?.consume(bytes.length);
  }

  onEnd(): void {
    this.#finish("idle");
    this.#stream?.end();
  }

  onDrain(): void {
    this.#pump();
    if (!this.#isBehind || !this.isOpen) return;
    this.#isBehind = false;
    this.#host.caughtUp(this);
  }

  onClose(_reason: StreamCloseReason): void {
    this.#finish("failed");
  }

  #take(frame: Frame): void {
    this.#deadlineMs = this.#clock.monotonicMs() + IDLE_TIMEOUT_MS;
    if (frame.t !== "hello") {
      if (!this.#isOpen) throw new WireError("malformed", "A frame came before the greeting.");
      this.#host.heard(this, frame);
      return;
    }
    if (this.#isOpen) throw new WireError("malformed", "A second greeting.");
    this.#isOpen = true;
    if (!this.#host.opened(this)) this.drop();
  }

  #pump(): void {
    while (this.isOpen) {
      const next = this.#sending[0];
      if (next === undefined) return;
      if ((this.#stream?.unacknowledgedBytes ?? 0) > UNSENT_BYTES_MAX) return;
      const frame = next();
      if (frame === undefined) this.#sending.shift();
      else if (this.#stream?.write(encodeFrame(frame)) === false) return;
    }
  }

  #finish(end: TalkEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#host.over(this, end);
  }
}
