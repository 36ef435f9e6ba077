import type { PeerId } from "../../identity/index.ts";
import type { StoreContext } from "../context.ts";
import { Call } from "./call.ts";
import { CLAIM_PEERS_MAX, CLAIM_STREAMS_MAX } from "./limits.ts";
import type { ClaimState, HealingMessage, Placed } from "./wire.ts";

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

/** Where the fragments that were made of an object are now. */
export function placedOf(
  { ledger, self }: StoreContext,
  root: string,
  made: readonly number[],
): Placed[] {
  const holders = ledger.object(root)?.holders ?? [];
  return made.map((index) => ({ index, peer: holders[index] ?? self }));
}

/** Who heals an object and tells the other holders how it stands. */
export class Claimant {
  readonly #context: StoreContext;
  readonly #locateId: string;
  readonly #claimMs: number;
  readonly #onAtWork: (peer: PeerId, isMade: boolean) => void;
  readonly #rounds: Set<ClaimRound> = new Set();
  #told: readonly PeerId[] = [];

  /**
   * @param claimMs how long a healing takes, as they are told
   * @param onAtWork a peer says that it heals this object itself, or has made the fragments already
   */
  constructor(
    context: StoreContext,
    locateId: string,
    claimMs: number,
    onAtWork: (peer: PeerId, isMade: boolean) => void,
  ) {
    this.#context = context;
    this.#locateId = locateId;
    this.#claimMs = claimMs;
    this.#onAtWork = onAtWork;
  }

  /** Whether nobody is left to be told something. */
  get isOver(): boolean {
    return this.#rounds.size === 0;
  }

  /** It begins, and these are told. */
  begin(holders: readonly PeerId[]): void {
    this.#told = holders;
    this.tell("begins", []);
  }

  /** How it stands now. */
  tell(state: ClaimState, placed: readonly Placed[]): void {
    const seconds = Math.ceil(this.#claimMs / 1000);
    const locateId = this.#locateId;
    const message: HealingMessage = { t: "claim", locateId, state, seconds, placed };
    const round = new ClaimRound(this.#context, message, this.#told, this.#onAtWork);
    this.#rounds.add(round);
    round.pump();
  }

  /** Tells nobody further. */
  close(): void {
    for (const round of this.#rounds) round.close();
    this.#rounds.clear();
  }

  nextDeadlineMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const round of this.#rounds) {
      next = Math.min(next, round.isOver ? 0 : round.nextDeadlineMs());
    }
    return next;
  }

  tick(): void {
    for (const round of this.#rounds) {
      round.tick();
      if (round.isOver) this.#rounds.delete(round);
    }
  }
}
