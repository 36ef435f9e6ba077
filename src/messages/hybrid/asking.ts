import { FrameSplitter } from "../../feed/index.ts";
import type { PeerId, PersonId } from "../../identity/index.ts";
import type { Clock, Log } from "../../ports/index.ts";
import type { SessionPort, Stream, StreamEvents } from "../../session/index.ts";
import { isPassing } from "../desk.ts";
import { MessagesError } from "../errors.ts";
import type { Note } from "../protocol.ts";
import type { HybridKeys } from "./keys.ts";
import { HYBRID_ANSWER_TIMEOUT_MS, HYBRID_FRAME_BYTES_MAX, HYBRID_RETRY_MS } from "./limits.ts";
import { decodeHybridFrame, encodeHybridFrame, HYBRID_SERVICE } from "./protocol.ts";

/** What asking is made of. */
export interface HybridAskingContext {
  readonly sessions: SessionPort;
  readonly clock: Clock;
  readonly log: Log;
  readonly hybrid: HybridKeys;
}

/** Asks one device for a hybrid prekey before letters leave, and lets them go without where there is none. */
export class HybridAsking {
  readonly #context: HybridAskingContext;
  readonly #device: PeerId;
  readonly #personId: PersonId;
  readonly #onOver: () => void;
  #stream: Stream | undefined;
  #isTaking = false;
  /** Whether a device that takes letters has given none, or could not use it. */
  #isSure = false;
  #answerByMs = Number.POSITIVE_INFINITY;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  /** @param onOver called whenever an answer that was awaited has come, or will not come */
  constructor(
    context: HybridAskingContext,
    device: PeerId,
    personId: PersonId,
    onOver: () => void,
  ) {
    this.#context = context;
    this.#device = device;
    this.#personId = personId;
    this.#onOver = onOver;
  }

  /** Monotonic time at which `tick` has something to do. */
  get deadlineMs(): number {
    return this.#answerByMs;
  }

  /** Whether a prekey is to be asked for now. */
  get isWanted(): boolean {
    const { clock, hybrid } = this.#context;
    return clock.monotonicMs() >= this.#notBeforeMs && hybrid.isDue(this.#device);
  }

  /** Whether letters had better wait for the answer. */
  get isAsking(): boolean {
    return this.#stream !== undefined || this.#isTaking;
  }

  /** Asks where a prekey is wanted; true where letters had better wait for the answer. */
  ask(): boolean {
    if (!this.isAsking && this.isWanted) this.#open();
    return this.isAsking;
  }

  /**
   * The device takes letters: a prekey that it refused before, perhaps since it did not know us yet
   * or was just starting, is asked for once more. True where letters had better wait.
   */
  askOnceMore(): boolean {
    if (this.#isSure) return false;
    this.#isSure = true;
    this.#notBeforeMs = Number.NEGATIVE_INFINITY;
    return this.ask();
  }

  tick(): void {
    if (this.#context.clock.monotonicMs() < this.#answerByMs) return;
    const stream = this.#stream;
    this.#miss();
    stream?.reset();
    this.#onOver();
  }

  /** The device is out of reach. */
  drop(): void {
    const stream = this.#stream;
    this.#forget();
    stream?.reset();
  }

  /** Something changed that makes a new try worthwhile. */
  forgive(): void {
    this.#notBeforeMs = Number.NEGATIVE_INFINITY;
    this.#isSure = false;
  }

  /** The device cannot open what was sealed to its prekey: letters go without for a while. */
  putOff(): void {
    this.#isSure = true;
    this.#wait();
  }

  #wait(): void {
    this.#notBeforeMs = this.#context.clock.monotonicMs() + HYBRID_RETRY_MS;
  }

  #open(): void {
    const splitter = new FrameSplitter(HYBRID_FRAME_BYTES_MAX);
    let mine: Stream | undefined;
    let isOver = false;
    const isCurrent = (): boolean => mine !== undefined && this.#stream === mine;
    const giveUp = (): void => {
      isOver = true;
      if (!isCurrent()) return;
      this.#miss();
      this.#onOver();
    };
    const events: StreamEvents = {
      onData: (bytes) => {
        mine?.consume(bytes.length);
        if (isCurrent()) this.#receive(splitter, bytes, giveUp);
      },
      onEnd: giveUp,
      onDrain: () => undefined,
      onClose: giveUp,
    };
    mine = this.#context.sessions.openStream(this.#device, HYBRID_SERVICE, events);
    if (mine === undefined || isOver) {
      this.#miss();
      return;
    }
    this.#stream = mine;
    this.#answerByMs = this.#context.clock.monotonicMs() + HYBRID_ANSWER_TIMEOUT_MS;
    mine.write(encodeHybridFrame({ t: "ask" }));
    mine.end();
  }

  #receive(splitter: FrameSplitter, bytes: Uint8Array, giveUp: () => void): void {
    const stream = this.#stream;
    const take = (content: Uint8Array): void => {
      const frame = decodeHybridFrame(content);
      if (frame.t !== "key") throw new MessagesError("protocol", "A question is no answer.");
      if (this.#stream !== undefined && this.#stream === stream) this.#take(frame.note);
    };
    splitter.read(bytes, take, ({ code }) => {
      this.#refuse(code);
      giveUp();
      stream?.reset();
    });
  }

  #take(note: Note): void {
    this.#forget();
    this.#isTaking = true;
    this.#context.hybrid.take(this.#device, this.#personId, note, (error) => {
      this.#isTaking = false;
      if (error !== null) {
        if (!isPassing(error)) this.#refuse(error.code);
        this.#miss();
      }
      this.#onOver();
    });
  }

  #refuse(code: string): void {
    this.#context.log.warn("hybrid prekey refused", { peer: this.#device, code });
  }

  #miss(): void {
    this.#forget();
    this.#wait();
    this.#context.hybrid.missed(this.#device);
  }

  #forget(): void {
    this.#stream = undefined;
    this.#answerByMs = Number.POSITIVE_INFINITY;
  }
}
