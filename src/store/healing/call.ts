import type { PeerId } from "../../identity/index.ts";
import { Channel } from "../channel.ts";
import type { StoreContext } from "../context.ts";
import { encodeMessage, type StoreMessage } from "../messages.ts";
import { WATCH_SILENCE_MS } from "./limits.ts";

/** What a call tells. */
export interface CallEvents {
  /** An answer. @returns the next question; undefined: that was all */
  onAnswer(message: StoreMessage): StoreMessage | undefined;
  /** Called once, last. @param isDone false: the peer went, fell silent or gave no stream */
  onEnd(isDone: boolean): void;
}

/** A few short questions to one peer over one stream, one after the other. */
export class Call {
  readonly peer: PeerId;
  readonly #context: StoreContext;
  readonly #events: CallEvents;
  #channel: Channel | undefined;
  #askedAtMs = 0;
  #isOver = false;

  constructor(context: StoreContext, peer: PeerId, events: CallEvents) {
    this.peer = peer;
    this.#context = context;
    this.#events = events;
  }

  /** Opens the stream and asks. */
  start(first: StoreMessage): void {
    this.#channel = Channel.open(this.#context.session, this.peer, {
      onMessage: (message) => {
        if (this.#isOver) return;
        const next = this.#events.onAnswer(message);
        if (next === undefined) this.#end(true);
        else this.#ask(next);
      },
      onDrain: () => {},
      onClosed: () => this.#end(false),
    });
    if (this.#channel === undefined) this.#end(false);
    else this.#ask(first);
  }

  /** Gives up. */
  abandon(): void {
    this.#end(false);
  }

  nextDeadlineMs(): number {
    return this.#isOver ? Number.POSITIVE_INFINITY : this.#askedAtMs + WATCH_SILENCE_MS;
  }

  tick(): void {
    if (!this.#isOver && this.#context.clock.monotonicMs() >= this.nextDeadlineMs()) this.abandon();
  }

  #ask(message: StoreMessage): void {
    this.#askedAtMs = this.#context.clock.monotonicMs();
    this.#channel?.send(encodeMessage(message));
  }

  #end(isDone: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#channel?.close();
    this.#events.onEnd(isDone);
  }
}
