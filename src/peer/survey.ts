import { concatBytes } from "../base/bytes.ts";
import { type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/index.ts";
import type { LinkPort } from "../link/index.ts";
import type { Clock, Timed } from "../ports/index.ts";
import type { RoutingPort } from "../routing/index.ts";
import type { SessionPort, Stream, StreamEvents } from "../session/index.ts";
import { encodeCbor, WireError } from "../wire/index.ts";
import {
  SURVEY_ANSWER_BYTES_MAX,
  SURVEY_FRESH_MS,
  SURVEY_NEIGHBOURS_MAX,
  SURVEY_QUESTION_BYTES_MAX,
  SURVEY_QUESTIONS_MAX,
  SURVEY_SERVED_MAX,
  SURVEY_TIMEOUT_MS,
} from "./limits.ts";
import {
  decodeNeighbours,
  decodeQuestion,
  decodeWay,
  encodeNeighbours,
  encodeWay,
  type Question,
  type SurveyedNeighbour,
  type SurveyedWay,
  surveyed,
} from "./survey-codec.ts";

/** Told once: the answer, or undefined where none came. */
export type SurveyCallback<T> = (answer: T | undefined) => void;

const SERVICE = "survey";

interface Pending {
  readonly deadlineMs: number;
  readonly stream: Stream;
  readonly fail: () => void;
}

/** Everything the survey needs of the peer. */
export interface SurveyOptions {
  readonly session: SessionPort;
  readonly routing: RoutingPort;
  readonly link: LinkPort;
  readonly clock: Clock;
}

/** Asks peers whom they have next to them and where they would send a packet: for map and trace. */
export class Survey implements Timed {
  readonly #options: SurveyOptions;
  readonly #pending = new Set<Pending>();
  /** Streams of others and when they are dropped: nobody may hold one open for nothing. */
  readonly #served = new Map<Stream, number>();
  readonly #known = new Map<PeerId, { atMs: number; neighbours: readonly SurveyedNeighbour[] }>();

  constructor(options: SurveyOptions) {
    this.#options = options;
    options.session.serve(SERVICE, (stream) => this.#serve(stream));
  }

  /** The neighbours of this peer itself, as it tells them to others. */
  ownNeighbours(): readonly SurveyedNeighbour[] {
    return [...this.#options.link.neighbours()].slice(0, SURVEY_NEIGHBOURS_MAX).map(surveyed);
  }

  /** The neighbours of a peer, not older than SURVEY_FRESH_MS. */
  neighboursOf(peer: PeerId, done: SurveyCallback<readonly SurveyedNeighbour[]>): void {
    const known = this.#known.get(peer);
    const nowMs = this.#options.clock.monotonicMs();
    if (known !== undefined && nowMs - known.atMs < SURVEY_FRESH_MS) {
      done(known.neighbours);
      return;
    }
    this.#ask(peer, { t: "neighbours" }, (bytes) => {
      const neighbours = bytes && decodeNeighbours(bytes);
      if (neighbours !== undefined) this.#remember(peer, neighbours);
      done(neighbours);
    });
  }

  /** Where this peer itself would send a packet for `to`, as it tells others. */
  ownWay(to: PeerId): SurveyedWay | undefined {
    const { routing, link } = this.#options;
    const route = routing.route(to);
    if (route === undefined) return undefined;
    const { nextHop, alternate } = route;
    return { nextHop, alternate, cost: link.neighbour(nextHop)?.cost ?? 0 };
  }

  /** Where `peer` would send a packet for `to`. */
  wayAt(peer: PeerId, to: PeerId, done: SurveyCallback<SurveyedWay>): void {
    this.#ask(peer, { t: "way", to: peerIdToBytes(to) }, (bytes) => {
      done(bytes && decodeWay(bytes));
    });
  }

  nextDeadlineMs(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { deadlineMs } of this.#pending) first = Math.min(first, deadlineMs);
    for (const deadlineMs of this.#served.values()) first = Math.min(first, deadlineMs);
    return first;
  }

  tick(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const pending of [...this.#pending]) {
      if (pending.deadlineMs > nowMs) continue;
      pending.stream.reset();
      pending.fail();
    }
    for (const [stream, deadlineMs] of this.#served) {
      if (deadlineMs > nowMs) continue;
      this.#served.delete(stream);
      stream.reset();
    }
  }

  #remember(peer: PeerId, neighbours: readonly SurveyedNeighbour[]): void {
    this.#known.delete(peer);
    this.#known.set(peer, { atMs: this.#options.clock.monotonicMs(), neighbours });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= SURVEY_QUESTIONS_MAX) break;
      this.#known.delete(oldest);
    }
  }

  #ask(peer: PeerId, question: Question, done: (bytes: Uint8Array | undefined) => void): void {
    if (this.#pending.size >= SURVEY_QUESTIONS_MAX) {
      done(undefined);
      return;
    }
    let answer = new Uint8Array(0);
    let pending: Pending | undefined;
    let open = true;
    const finish = (bytes: Uint8Array | undefined): void => {
      if (!open) return;
      open = false;
      if (pending !== undefined) this.#pending.delete(pending);
      giveAnswer(bytes, done);
    };
    const events: StreamEvents = {
      onData: (bytes) => {
        stream?.consume(bytes.length);
        if (answer.length + bytes.length > SURVEY_ANSWER_BYTES_MAX) stream?.reset();
        else answer = concatBytes(answer, bytes) as Uint8Array<ArrayBuffer>;
      },
      onEnd: () => finish(answer),
      onDrain: () => undefined,
      onClose: () => finish(undefined),
    };
    // A question changes nothing and tells nothing: it may go early.
    const early = { bytes: encodeCbor(question), ends: true };
    const stream = this.#options.session.openStream(peer, SERVICE, events, early);
    if (stream === undefined) {
      finish(undefined);
      return;
    }
    const deadlineMs = this.#options.clock.monotonicMs() + SURVEY_TIMEOUT_MS;
    pending = { deadlineMs, stream, fail: () => finish(undefined) };
    if (open) this.#pending.add(pending);
  }

  #serve(stream: Stream): StreamEvents | undefined {
    if (this.#served.size >= SURVEY_SERVED_MAX) return undefined;
    this.#served.set(stream, this.#options.clock.monotonicMs() + SURVEY_TIMEOUT_MS);
    let question = new Uint8Array(0);
    return {
      onData: (bytes) => {
        stream.consume(bytes.length);
        if (question.length + bytes.length > SURVEY_QUESTION_BYTES_MAX) stream.reset();
        else question = concatBytes(question, bytes) as Uint8Array<ArrayBuffer>;
      },
      onEnd: () => {
        const answer = this.#answerTo(question);
        if (answer === undefined) stream.reset();
        else {
          stream.write(answer);
          stream.end();
        }
      },
      onDrain: () => undefined,
      onClose: () => {
        this.#served.delete(stream);
      },
    };
  }

  #answerTo(bytes: Uint8Array): Uint8Array | undefined {
    try {
      const question = decodeQuestion(bytes);
      if (question.t === "neighbours") return encodeNeighbours(this.ownNeighbours());
      return encodeWay(this.ownWay(peerIdFromBytes(question.to)));
    } catch (error) {
      if (error instanceof WireError) return undefined;
      throw error;
    }
  }
}

/** A malformed answer counts as none. */
function giveAnswer(
  bytes: Uint8Array | undefined,
  done: (bytes: Uint8Array | undefined) => void,
): void {
  try {
    done(bytes);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    done(undefined);
  }
}
