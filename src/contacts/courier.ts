import { Backoff } from "../feed/index.ts";
import type { PeerId, PeerRecord } from "../identity/index.ts";
import type { Clock, Log, Random, Timed } from "../ports/index.ts";
import type { SessionPort, Stream, StreamEvents } from "../session/index.ts";
import { Asking } from "./asking.ts";
import { ANSWER_TIMEOUT_MS, STREAMS_SERVED_MAX } from "./limits.ts";
import { Serving } from "./serving.ts";
import type { Talk } from "./talk.ts";

/** Who decides what is asked and answered. */
export interface CourierDesk<Q, A> {
  /** What there is to ask a peer, if anything. */
  questionFor(peer: PeerId): Q | undefined;
  /** A peer answered; `done(false)` asks for another try later. */
  answered(peer: PeerId, answer: A, done: (settled: boolean) => void): void;
  /** A peer asks; undefined as answer closes the stream without a word. */
  asked(from: PeerRecord, question: Q, answer: (answer: A | undefined) => void): void;
}

/** What a courier is made of. */
export interface CourierOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly sessions: SessionPort;
}

interface Errand<Q, A> {
  readonly backoff: Backoff;
  asking: Asking<Q, A> | undefined;
  /** Whether an answer is on its way to the disk. */
  settling: boolean;
  /** When to give up waiting, or to ask again. */
  deadlineMs: number;
}

/** Carries questions to reachable peers, again and again until they are answered, and takes theirs. */
export class Courier<Q, A> implements Timed {
  readonly #talk: Talk<Q, A>;
  readonly #options: CourierOptions;
  readonly #random: Random;
  readonly #desk: CourierDesk<Q, A>;
  readonly #errands = new Map<PeerId, Errand<Q, A>>();
  readonly #serving = new Map<PeerId, Serving<Q, A>>();

  constructor(talk: Talk<Q, A>, options: CourierOptions, random: Random, desk: CourierDesk<Q, A>) {
    this.#talk = talk;
    this.#options = options;
    this.#random = random;
    this.#desk = desk;
  }

  /** From now on others may ask. */
  serve(): void {
    this.#options.sessions.serve(this.#talk.service, (stream, from) => this.#accept(stream, from));
  }

  peerReachable(id: PeerId): void {
    if (this.#errands.has(id)) return;
    const backoff = new Backoff(this.#random);
    const deadlineMs = Number.POSITIVE_INFINITY;
    const errand: Errand<Q, A> = { backoff, asking: undefined, settling: false, deadlineMs };
    this.#errands.set(id, errand);
    this.#ask(id, errand);
  }

  peerUnreachable(id: PeerId): void {
    const errand = this.#errands.get(id);
    this.#errands.delete(id);
    errand?.asking?.drop();
  }

  /** There may be something new to ask: forget waits. */
  hurry(id: PeerId): void {
    const errand = this.#errands.get(id);
    if (errand === undefined || errand.asking !== undefined) return;
    errand.backoff.reset();
    this.#ask(id, errand);
  }

  nextDeadlineMs(): number {
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const { deadlineMs } of this.#errands.values()) {
      earliestMs = Math.min(earliestMs, deadlineMs);
    }
    for (const { deadlineMs } of this.#serving.values()) {
      earliestMs = Math.min(earliestMs, deadlineMs);
    }
    return earliestMs;
  }

  tick(): void {
    const nowMs = this.#nowMs();
    for (const [id, errand] of [...this.#errands]) {
      if (nowMs < errand.deadlineMs) continue;
      if (errand.asking === undefined) this.#ask(id, errand);
      else errand.asking.drop();
    }
    for (const serving of [...this.#serving.values()]) {
      if (nowMs >= serving.deadlineMs) serving.drop();
    }
  }

  #ask(id: PeerId, errand: Errand<Q, A>): void {
    errand.deadlineMs = Number.POSITIVE_INFINITY;
    if (errand.settling) return;
    const question = this.#desk.questionFor(id);
    if (question === undefined) return;
    errand.deadlineMs = this.#nowMs() + ANSWER_TIMEOUT_MS;
    let over = false;
    const { sessions } = this.#options;
    const asking = new Asking(this.#talk, sessions, id, question, (answer) => {
      over = true;
      errand.asking = undefined;
      errand.deadlineMs = Number.POSITIVE_INFINITY;
      if (answer === undefined) {
        this.#retryLater(errand);
        return;
      }
      errand.settling = true;
      this.#desk.answered(id, answer, (settled) => {
        errand.settling = false;
        if (settled) errand.backoff.reset();
        if (this.#desk.questionFor(id) !== undefined) this.#retryLater(errand);
      });
    });
    if (!over) errand.asking = asking;
  }

  #retryLater(errand: Errand<Q, A>): void {
    errand.deadlineMs = this.#nowMs() + errand.backoff.nextMs();
  }

  #accept(stream: Stream, from: PeerRecord): StreamEvents | undefined {
    this.#serving.get(from.id)?.drop();
    if (this.#serving.size >= STREAMS_SERVED_MAX) return undefined;
    const serving: Serving<Q, A> = new Serving(
      this.#talk,
      stream,
      this.#options.log,
      this.#nowMs() + ANSWER_TIMEOUT_MS,
      (question, answer) => this.#desk.asked(from, question, answer),
      (over) => {
        if (this.#serving.get(from.id) === over) this.#serving.delete(from.id);
      },
    );
    this.#serving.set(from.id, serving);
    return serving;
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}
