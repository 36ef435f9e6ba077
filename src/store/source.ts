import type { PeerId } from "../identity/index.ts";
import type { AuditMessage } from "./audit/messages.ts";
import { Channel } from "./channel.ts";
import type { StoreContext } from "./context.ts";
import { EXTENSION_PATHS, extensionsId } from "./extensions.ts";
import { SILENCE_MS, STALL_MS } from "./limits.ts";
import { encodeMessage, type StoreMessage } from "./messages.ts";
import type { Run } from "./multiproof.ts";

/** Why a peer is given up that owes an answer and sends nothing. */
export const SILENT = "silent";

/** Takes an answer; undefined: there is none, or the source is gone. */
export type Answer<T> = (value: T | undefined) => void;

/** Somewhere that fragments of one object can be read from: this peer's own disk or a peer. */
export interface Source {
  /** The peer; this peer's own id for the disk here. */
  readonly id: PeerId;
  /** Fragments it says it has. */
  readonly indices: Set<number>;
  /** Questions without an answer yet. */
  readonly outstanding: number;
  /** Whether `paths` may be asked. */
  readonly givesPaths: boolean;
  head(done: Answer<Uint8Array>): void;
  leaves(index: number, done: Answer<Uint8Array>): void;
  /** The leaf hashes of some stripes, and what proves them: see `proveRun`. */
  paths(index: number, run: Run, done: Answer<Uint8Array>): void;
  shard(index: number, stripe: number, done: Answer<Uint8Array>): void;
  /**
   * Brings `indices` up to date.
   * @param done called where that worked; whether there are some that were not there before
   */
  refresh(locateId: string, done: (hasGained: boolean) => void): void;
  /** When it counts as stalled unless something moves before; Infinity: it owes no answer. */
  stallsAtMs(): number;
  /** No answer comes after this. */
  close(): void;
  nextDeadlineMs(): number;
  tick(): void;
}

/** The fragments on this peer's own disk. */
export class LocalSource implements Source {
  readonly id: PeerId;
  readonly indices: Set<number>;
  readonly #context: StoreContext;
  readonly #root: string;
  /** Questions in their order; with what to do where the disk has answered. */
  /** A leaf list costs nothing here. */
  readonly givesPaths = false;
  readonly #questions: { answer?: () => void }[] = [];
  #isAnswering = false;
  #isClosed = false;

  constructor(context: StoreContext, root: string) {
    this.id = context.self;
    this.#context = context;
    this.#root = root;
    this.indices = new Set(context.ledger.indices(root));
  }

  get outstanding(): number {
    return this.#questions.length;
  }

  head(done: Answer<Uint8Array>): void {
    this.#context.ledger.head(
      this.#root,
      this.#inOrder((head) => done(head?.bytes)),
    );
  }

  leaves(index: number, done: Answer<Uint8Array>): void {
    this.#context.ledger.leaves(this.#root, index, this.#inOrder(done));
  }

  paths(_index: number, _run: Run, done: Answer<Uint8Array>): void {
    done(undefined);
  }

  shard(index: number, stripe: number, done: Answer<Uint8Array>): void {
    this.#context.ledger.shard(this.#root, index, stripe, this.#inOrder(done));
  }

  refresh(_locateId: string, done: (hasGained: boolean) => void): void {
    done(replace(this.indices, this.#context.ledger.indices(this.#root)));
  }

  stallsAtMs(): number {
    return Number.POSITIVE_INFINITY;
  }

  close(): void {
    this.#isClosed = true;
  }

  nextDeadlineMs(): number {
    return Number.POSITIVE_INFINITY;
  }

  tick(): void {}

  /** Passes answers on in the order of the questions, as a peer does: a disk has its own order. */
  #inOrder<T>(done: Answer<T>): Answer<T> {
    const question: { answer?: () => void } = {};
    this.#questions.push(question);
    return (value) => {
      question.answer = () => {
        if (!this.#isClosed) done(value);
      };
      this.#answer();
    };
  }

  #answer(): void {
    if (this.#isAnswering) return;
    this.#isAnswering = true;
    for (let next = this.#questions[0]?.answer; next; next = this.#questions[0]?.answer) {
      this.#questions.shift();
      next();
    }
    this.#isAnswering = false;
  }
}

/** The fragments of one peer, asked over one stream; answers come in the order of the questions. */
export class RemoteSource implements Source {
  readonly id: PeerId;
  readonly indices: Set<number> = new Set();
  readonly #context: StoreContext;
  readonly #root: string;
  readonly #onGone: (reason: string) => void;
  readonly #waiting: Answer<StoreMessage>[] = [];
  #channel: Channel | undefined;
  #isRefreshing = false;
  #givesPaths = false;
  #movement = 0;
  #movedAtMs = 0;
  #silenceMs = SILENCE_MS;

  /** @param onGone the peer closed, fell silent or broke the protocol; not called after `close` */
  constructor(context: StoreContext, root: string, peer: PeerId, onGone: (reason: string) => void) {
    this.id = peer;
    this.#context = context;
    this.#root = root;
    this.#onGone = onGone;
  }

  get outstanding(): number {
    return this.#waiting.length;
  }

  get givesPaths(): boolean {
    return this.#givesPaths;
  }

  /** Whether nothing can be asked any more. */
  get isOver(): boolean {
    return this.#channel === undefined || this.#channel.isOver;
  }

  /** Opens the stream; false: there are too many. */
  open(): boolean {
    this.#movedAtMs = this.#context.clock.monotonicMs();
    this.#channel = Channel.open(this.#context.session, this.id, {
      onMessage: (message) => this.#waiting.shift()?.(message),
      onDrain: () => {},
      onClosed: (reason) => this.#gone(reason),
    });
    return this.#channel !== undefined;
  }

  /** Asks which extensions of the protocol the peer speaks, before anything that depends on them. */
  findExtensions(): void {
    this.find(extensionsId(this.#context.suite), (extensions) => {
      this.#givesPaths = extensions?.includes(EXTENSION_PATHS) ?? false;
    });
  }

  /** Asks which fragments the peer has. */
  find(locateId: string, done: Answer<readonly number[]>): void {
    this.#ask({ t: "find", locateId }, (reply) =>
      done(reply?.t === "found" ? reply.indices : undefined),
    );
  }

  head(done: Answer<Uint8Array>): void {
    this.#ask({ t: "head", root: this.#root }, (reply) =>
      done(reply?.t === "headIs" ? reply.head : undefined),
    );
  }

  leaves(index: number, done: Answer<Uint8Array>): void {
    this.#ask({ t: "leaves", root: this.#root, index }, (reply) =>
      done(reply?.t === "leavesAre" && reply.index === index ? reply.leaves : undefined),
    );
  }

  paths(index: number, run: Run, done: Answer<Uint8Array>): void {
    this.#ask({ t: "paths", root: this.#root, index, ...run }, (reply) => {
      const isIt = reply?.t === "pathsAre" && reply.index === index && reply.first === run.first;
      done(isIt ? reply.proof : undefined);
    });
  }

  shard(index: number, stripe: number, done: Answer<Uint8Array>): void {
    this.#ask({ t: "shard", root: this.#root, index, stripe }, (reply) => {
      const isIt = reply?.t === "shardIs" && reply.index === index && reply.stripe === stripe;
      done(isIt ? reply.shard : undefined);
    });
  }

  /**
   * Asks what belongs to an audit.
   * @param patienceMs how long the peer may be silent from now on, as it may have much to read
   */
  audit(request: AuditMessage, patienceMs: number, done: Answer<StoreMessage>): void {
    this.#silenceMs = Math.max(this.#silenceMs, patienceMs);
    this.#ask(request, done);
  }

  refresh(locateId: string, done: (hasGained: boolean) => void): void {
    if (this.#isRefreshing) return;
    this.#isRefreshing = true;
    this.find(locateId, (indices) => {
      this.#isRefreshing = false;
      if (indices !== undefined) done(replace(this.indices, indices));
    });
  }

  stallsAtMs(): number {
    if (this.#waiting.length === 0) return Number.POSITIVE_INFINITY;
    this.#noteMovement();
    return this.#movedAtMs + STALL_MS;
  }

  close(): void {
    this.#waiting.length = 0;
    this.#channel?.close();
  }

  nextDeadlineMs(): number {
    return this.#waiting.length > 0 ? this.#movedAtMs + this.#silenceMs : Number.POSITIVE_INFINITY;
  }

  tick(): void {
    if (this.#waiting.length === 0) return;
    this.#noteMovement();
    if (this.#context.clock.monotonicMs() >= this.#movedAtMs + this.#silenceMs) {
      this.abandon(SILENT);
    }
  }

  /** Gives the peer up; every question is answered with nothing. */
  abandon(reason: string): void {
    if (this.#channel === undefined || this.#channel.isOver) return;
    this.#channel.close();
    this.#gone(reason);
  }

  #ask(request: StoreMessage, done: Answer<StoreMessage>): void {
    if (this.#channel === undefined || this.#channel.isOver) {
      done(undefined);
      return;
    }
    if (this.#waiting.length === 0) this.#movedAtMs = this.#context.clock.monotonicMs();
    this.#waiting.push(done);
    // A request has some forty bytes; SOURCE_REQUESTS_MAX bounds them, so drain does not matter.
    this.#channel.send(encodeMessage(request));
  }

  #noteMovement(): void {
    const movement = this.#channel?.movement ?? 0;
    if (movement === this.#movement) return;
    this.#movement = movement;
    this.#movedAtMs = this.#context.clock.monotonicMs();
  }

  #gone(reason: string): void {
    const waiting = this.#waiting.splice(0);
    for (const done of waiting) done(undefined);
    this.#onGone(reason);
  }
}

/** Makes a set hold exactly these. @returns whether one of them is new */
function replace(indices: Set<number>, fresh: readonly number[]): boolean {
  const hasGained = fresh.some((index) => !indices.has(index));
  indices.clear();
  for (const index of fresh) indices.add(index);
  return hasGained;
}
