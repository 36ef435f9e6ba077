import { FrameSplitter, frameOf } from "../../feed/index.ts";
import type { PeerId, PeerRecord } from "../../identity/index.ts";
import type { Clock, Log, Timed } from "../../ports/index.ts";
import type { SessionPort, Stream, StreamEvents } from "../../session/index.ts";
import { ROUTING_MESSAGE_BYTES_MAX } from "../routing/limits.ts";
import {
  ANSWER_WAIT_MS,
  QUESTION_BYTES_MAX,
  QUESTIONS_MAX,
  QUESTIONS_PER_PEER_MAX,
} from "./limits.ts";
import {
  decodeAnswer,
  decodeQuestion,
  encodeAnswer,
  encodeQuestion,
  WAYS_SERVICE,
  type WaysAnswer,
  type WaysQuestion,
} from "./protocol.ts";

/** Answers a question of somebody, now or later; undefined: says nothing. */
export type Answerer = (
  from: PeerRecord,
  question: WaysQuestion,
  reply: (answer: WaysAnswer | undefined) => void,
) => void;

/** What questions are made of. */
export interface QuestionsOptions {
  readonly session: SessionPort;
  readonly clock: Clock;
  readonly log: Log;
  readonly answer: Answerer;
}

/** A stream of one question and one answer. */
interface Exchange {
  readonly untilMs: number;
  readonly isOurs: boolean;
  /** Who asks, or is asked. */
  readonly peer: PeerId;
  stream: Stream | undefined;
  end(answer: WaysAnswer | undefined): void;
}

/** Questions about ways and requests for money: each on a stream of its own, answered once or not at all. */
export class Questions implements Timed {
  readonly #options: QuestionsOptions;
  readonly #open = new Set<Exchange>();

  constructor(options: QuestionsOptions) {
    this.#options = options;
  }

  /** From now on others may ask. */
  open(): void {
    this.#options.session.serve(WAYS_SERVICE, (stream, from) => this.#accept(stream, from));
  }

  /** Asks a peer. @param done the answer, or undefined where there was none in time; may come at once */
  ask(peer: PeerId, question: WaysQuestion, done: (answer: WaysAnswer | undefined) => void): void {
    if (this.#count(true) >= QUESTIONS_MAX) {
      done(undefined);
      return;
    }
    let isOver = false;
    const exchange = this.#exchange(true, peer, (answer) => {
      if (isOver) return;
      isOver = true;
      done(answer);
    });
    const events = this.#events(exchange, ROUTING_MESSAGE_BYTES_MAX, (content) =>
      exchange.end(decodeAnswer(content)),
    );
    exchange.stream = this.#options.session.openStream(peer, WAYS_SERVICE, events);
    if (exchange.stream === undefined) exchange.end(undefined);
    else exchange.stream.write(frameOf(encodeQuestion(question)));
  }

  nextDeadlineMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { untilMs } of this.#open) next = Math.min(next, untilMs);
    return next;
  }

  tick(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const exchange of [...this.#open]) {
      if (exchange.untilMs <= nowMs) this.#drop(exchange);
    }
  }

  #accept(stream: Stream, from: PeerRecord): StreamEvents | undefined {
    // Anybody in the mesh may ask: nobody alone takes all places.
    if (this.#count(false, from.id) >= QUESTIONS_PER_PEER_MAX) return undefined;
    if (this.#count(false) >= QUESTIONS_MAX) return undefined;
    const exchange = this.#exchange(false, from.id, () => {});
    exchange.stream = stream;
    let isAsked = false;
    return this.#events(exchange, QUESTION_BYTES_MAX, (content) => {
      const question = isAsked ? undefined : decodeQuestion(content);
      if (question === undefined) {
        this.#drop(exchange);
        return;
      }
      isAsked = true;
      this.#options.answer(from, question, (answer) => {
        if (!this.#open.has(exchange)) return;
        if (answer === undefined) {
          this.#drop(exchange);
          return;
        }
        stream.write(frameOf(encodeAnswer(answer)));
        stream.end();
      });
    });
  }

  #exchange(
    isOurs: boolean,
    peer: PeerId,
    ended: (answer: WaysAnswer | undefined) => void,
  ): Exchange {
    const untilMs = this.#options.clock.monotonicMs() + ANSWER_WAIT_MS;
    const exchange: Exchange = {
      ...{ untilMs, isOurs, peer, stream: undefined },
      end: (answer) => {
        if (!this.#open.delete(exchange)) return;
        ended(answer);
        if (answer !== undefined) exchange.stream?.end();
      },
    };
    this.#open.add(exchange);
    return exchange;
  }

  #events(exchange: Exchange, bytesMax: number, take: (content: Uint8Array) => void): StreamEvents {
    const splitter = new FrameSplitter(bytesMax);
    return {
      onData: (bytes) => {
        exchange.stream?.consume(bytes.length);
        if (!this.#open.has(exchange)) return;
        splitter.read(bytes, take, ({ code }) => {
          this.#options.log.warn("a question about money was refused", { code });
          this.#drop(exchange);
        });
      },
      onEnd: () => {
        // Who asks waits for the answer; who answers has nothing more to say.
        if (exchange.isOurs) exchange.end(undefined);
      },
      onDrain: () => {},
      onClose: () => exchange.end(undefined),
    };
  }

  #drop(exchange: Exchange): void {
    exchange.end(undefined);
    exchange.stream?.reset();
  }

  /** @param whose only those with this peer */
  #count(isOurs: boolean, whose?: PeerId): number {
    let count = 0;
    for (const { isOurs: is, peer } of this.#open) {
      if (is === isOurs && (whose === undefined || whose === peer)) count++;
    }
    return count;
  }
}
