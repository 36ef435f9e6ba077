import type { PeerId } from "../../identity/index.ts";
import type { StoreContext } from "../context.ts";
import { Call } from "./call.ts";
import { CLAIM_PEERS_MAX, CLAIM_STREAMS_MAX } from "./limits.ts";
import type { HealingMessage } from "./wire.ts";

/** Tells several peers the same, a few at a time. */
export class ClaimRound {
  readonly #context: StoreContext;
  readonly #message: HealingMessage;
  readonly #waiting: PeerId[];
  readonly #calls: Set<Call> = new Set();
  readonly #onAtWork: (peer: PeerId, isMade: boolean) => void;
  #isOver = false;

  /** @param onAtWork a peer says that it heals this object itself, or has made the fragments already */
  constructor(
    context: StoreContext,
    message: HealingMessage,
    peers: Iterable<PeerId>,
    onAtWork: (peer: PeerId, isMade: boolean) => void,
  ) {
    this.#context = context;
    this.#message = message;
    this.#waiting = [...peers].slice(0, CLAIM_PEERS_MAX);
    this.#onAtWork = onAtWork;
  }

  /** Whether all were told, or cannot be. */
  get isOver(): boolean {
    return this.#isOver || (this.#waiting.length === 0 && this.#calls.size === 0);
  }

  /** Goes on. */
  pump(): void {
    while (!this.#isOver && this.#calls.size < CLAIM_STREAMS_MAX) {
      const peer = this.#waiting.shift();
      if (peer === undefined) return;
      const call = new Call(this.#context, peer, {
        onAnswer: (message) => {
          if (message.t === "noted" && message.atWork !== "no") {
            this.#onAtWork(peer, message.atWork === "made");
          }
          return undefined;
        },
        onEnd: () => {
          this.#calls.delete(call);
        },
      });
      this.#calls.add(call);
      call.start(this.#message);
    }
  }

  /** Tells nobody further. */
  close(): void {
    this.#isOver = true;
    for (const call of [...this.#calls]) call.abandon();
  }

  nextDeadlineMs(): number {
    const isIdle = this.#waiting.length > 0 && this.#calls.size < CLAIM_STREAMS_MAX;
    let next = isIdle && !this.#isOver ? 0 : Number.POSITIVE_INFINITY;
    for (const call of this.#calls) next = Math.min(next, call.nextDeadlineMs());
    return next;
  }

  tick(): void {
    for (const call of [...this.#calls]) call.tick();
    this.pump();
  }
}
