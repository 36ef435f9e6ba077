import type { PeerId } from "../identity/index.ts";
import { Channel } from "./channel.ts";
import type { StoreContext } from "./context.ts";
import { stripeCount } from "./geometry.ts";
import type { Head } from "./head.ts";
import { PUSH_SILENCE_MS } from "./limits.ts";
import {
  encodeMessage,
  encodeShardPrefix,
  type FragmentVerdict,
  type OfferVerdict,
  type StoreMessage,
} from "./messages.ts";

/** How a push ended. */
export type PushResult = "done" | "full" | "busy" | "failed";

/** What a push tells the spreader. */
export interface PushEvents {
  /** The peer has persisted this fragment. */
  onStored(index: number): void;
  /** This fragment cannot be read here any more. */
  onDamaged(index: number): void;
  /** Called once, last. */
  onEnd(result: PushResult): void;
}

/** Brings fragments of one object to one peer over one stream, and waits until they are safe. */
export class Push {
  readonly peer: PeerId;
  readonly root: string;
  readonly indices: readonly number[];
  readonly #context: StoreContext;
  readonly #head: Head;
  readonly #events: PushEvents;
  #channel: Channel | undefined;
  /** Fragments that the peer wants and that were not begun. */
  #toSend: number[] = [];
  /** Fragments that it has not confirmed. */
  readonly #unconfirmed: Set<number> = new Set();
  #result: PushResult = "done";
  #isAnswered = false;
  #resume: (() => void) | undefined;
  /** When it goes on after a pause for the sake of readers; Infinity: there is none. */
  #pauseEndsAtMs: number = Number.POSITIVE_INFINITY;
  #movement = 0;
  #movedAtMs: number;
  #isOver = false;

  constructor(
    context: StoreContext,
    peer: PeerId,
    head: Head,
    indices: readonly number[],
    events: PushEvents,
  ) {
    this.peer = peer;
    this.root = head.rootHex;
    this.indices = indices;
    this.#context = context;
    this.#head = head;
    this.#events = events;
    this.#movedAtMs = context.clock.monotonicMs();
  }

  start(): void {
    this.#channel = Channel.open(this.#context.session, this.peer, {
      onMessage: (message) => this.#onMessage(message),
      onDrain: () => {
        if (this.#pauseEndsAtMs === Number.POSITIVE_INFINITY) this.#goOn();
      },
      onClosed: () => this.#end("failed"),
    });
    if (this.#channel === undefined) {
      this.#end("busy");
      return;
    }
    this.#channel.send(encodeMessage(this.#offer()));
  }

  #offer(): StoreMessage {
    const { ledger, clock } = this.#context;
    const offer = { indices: this.indices, head: this.#head.bytes };
    const untilMs = ledger.object(this.root)?.lentUntilMs;
    if (untilMs === undefined) return { t: "offer", ...offer };
    const seconds = Math.max(0, Math.floor((untilMs - clock.wallMs()) / 1_000));
    return { t: "lend", seconds, ...offer };
  }

  nextDeadlineMs(): number {
    if (this.#isOver) return Number.POSITIVE_INFINITY;
    return Math.min(this.#pauseEndsAtMs, this.#movedAtMs + PUSH_SILENCE_MS);
  }

  tick(): void {
    if (this.#isOver || this.#channel === undefined) return;
    const now = this.#context.clock.monotonicMs();
    if (now >= this.#pauseEndsAtMs) {
      this.#pauseEndsAtMs = Number.POSITIVE_INFINITY;
      this.#goOn();
    }
    if (this.#channel.movement !== this.#movement) {
      this.#movement = this.#channel.movement;
      this.#movedAtMs = now;
    } else if (now >= this.#movedAtMs + PUSH_SILENCE_MS) {
      this.abandon();
    }
  }

  /** The peer is gone or silent. */
  abandon(): void {
    this.#end("failed");
  }

  #onMessage(message: StoreMessage): void {
    if (this.#isOver) return;
    if (message.t === "answer" && !this.#isAnswered) {
      this.#onAnswer(message.verdict, message.fragments);
    } else if (message.t === "stored" && this.#unconfirmed.delete(message.index)) {
      this.#events.onStored(message.index);
      this.#checkDone();
    } else {
      this.#end("failed");
    }
  }

  #onAnswer(verdict: OfferVerdict, fragments: readonly FragmentVerdict[]): void {
    this.#isAnswered = true;
    if (verdict === "busy" || verdict === "refused") {
      this.#end(verdict === "busy" ? "busy" : "failed");
      return;
    }
    if (fragments.length !== this.indices.length) {
      this.#end("failed");
      return;
    }
    for (const [i, index] of this.indices.entries()) {
      const wish = fragments[i];
      if (wish === "have") this.#events.onStored(index);
      if (wish === "full") this.#result = "full";
      if (wish === "busy" && this.#result === "done") this.#result = "busy";
      if (wish === "send") this.#toSend.push(index);
    }
    for (const index of this.#toSend) this.#unconfirmed.add(index);
    this.#sendNext();
    this.#checkDone();
  }

  #sendNext(): void {
    const index = this.#toSend.shift();
    if (index === undefined || this.#isOver) return;
    this.#context.ledger.leaves(this.root, index, (leaves, hasFailed) => {
      if (this.#isOver) return;
      if (leaves === undefined) {
        this.#missing(index, hasFailed);
        return;
      }
      const hasRoom = this.#channel?.send(encodeMessage({ t: "leavesAre", index, leaves }));
      this.#whenRoom(hasRoom, () => this.#sendShard(index, 0));
    });
  }

  #sendShard(index: number, stripe: number): void {
    if (this.#isOver) return;
    if (stripe === stripeCount(this.#head.manifest)) {
      this.#sendNext();
      return;
    }
    this.#context.ledger.shard(this.root, index, stripe, (shard, hasFailed) => {
      if (this.#isOver) return;
      if (shard === undefined) {
        this.#missing(index, hasFailed);
        return;
      }
      const hasRoom = this.#channel?.send(encodeShardPrefix(index, stripe, shard.length), shard);
      this.#whenRoom(hasRoom, () => this.#sendShard(index, stripe + 1));
    });
  }

  #whenRoom(hasRoom: boolean | undefined, next: () => void): void {
    const now = this.#context.clock.monotonicMs();
    const pauseMs = this.#context.courtesy.pauseMs(now);
    if (hasRoom === true && pauseMs === 0) {
      next();
      return;
    }
    this.#resume = next;
    if (hasRoom === true) this.#pauseEndsAtMs = now + pauseMs;
  }

  #goOn(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }

  /** A disk that fails, or is being closed, says nothing about what is on it. */
  #missing(index: number, hasFailed: boolean): void {
    if (!hasFailed) this.#events.onDamaged(index);
    this.#end("failed");
  }

  #checkDone(): void {
    if (!this.#isOver && this.#unconfirmed.size === 0) this.#end(this.#result);
  }

  #end(result: PushResult): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#channel?.close();
    this.#events.onEnd(result);
  }
}
