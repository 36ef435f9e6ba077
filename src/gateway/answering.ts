import { TypedError } from "../base/errors.ts";
import type { PeerRecord } from "../identity/index.ts";
import type { Stream, StreamCloseReason, StreamEvents } from "../session/index.ts";
import { AfterAnswer } from "./after-answer.ts";
import { BREAK_RETRY_MS, REFUSED_LINGER_MS } from "./limits.ts";
import type { Line, LineEnds } from "./line.ts";
import {
  decodeOpening,
  encodeAnswer,
  OpeningReader,
  type RefusalCode,
  type Wanted,
} from "./opening.ts";
import type { Far } from "./splice.ts";
import type { Dialled, Near } from "./types.ts";

/** What is done about an opening. */
export type Decision =
  | { readonly refusal: RefusalCode }
  | {
      /** Connects; the function that is returned gives it up. */
      readonly dial: (done: Dialled) => () => void;
      /** Joins the stream with the near end. */
      readonly join: (stream: Far, near: Near, ends: LineEnds) => Line;
      /** Whether it is still allowed, asked after changes of the rules. */
      readonly mayStay: () => boolean;
    };

/** What an accepted tunnel needs of the gateway. */
export interface AnsweringHost {
  nowMs(): number;
  decide(from: PeerRecord, wanted: Wanted): Decision;
  /** The connection was refused. */
  refused(from: PeerRecord, wanted: Wanted, refusal: RefusalCode): void;
  /** The tunnel is over; called once. */
  over(tunnel: Answering): void;
}

/** A tunnel that another peer opened: hears what is wanted, connects, answers, and joins. */
export class Answering implements StreamEvents {
  readonly from: PeerRecord;
  /** Monotonic time at which it is given up; Infinity while it stands. */
  deadlineMs: number;
  readonly #stream: Stream;
  readonly #host: AnsweringHost;
  readonly #reader = new OpeningReader();
  #state: "hearing" | "dialling" | "joined" | "refused" = "hearing";
  #far: AfterAnswer | undefined;
  #heldUntilMs = 0;
  #line: Line | undefined;
  #giveUp: () => void = () => undefined;
  #mayStay: () => boolean = () => true;
  #streamGone = false;
  #isOver = false;

  constructor(stream: Stream, from: PeerRecord, deadlineMs: number, host: AnsweringHost) {
    this.#stream = stream;
    this.from = from;
    this.deadlineMs = deadlineMs;
    this.#host = host;
  }

  onData(bytes: Uint8Array): void {
    if (this.#state === "joined") {
      this.#line?.farData(bytes);
      return;
    }
    this.#stream.consume(bytes.length);
    if (this.#state === "hearing") this.#hear(bytes);
    else if (this.#state === "dialling") this.drop();
  }

  onEnd(): void {
    if (this.#state === "joined") this.#line?.farEnd();
    else if (this.#state !== "refused") this.drop();
  }

  onDrain(): void {
    this.#line?.farDrain();
  }

  onClose(reason: StreamCloseReason): void {
    this.#streamGone = true;
    if (this.#line === undefined) {
      this.#giveUp();
      this.#finish();
    } else this.#line.farClose(reason === "done");
  }

  /** Time is up. */
  expire(): void {
    const nowMs = this.#host.nowMs();
    if (this.#far?.isHeld === true && nowMs < this.#heldUntilMs) {
      if (this.#far.tryReset()) this.deadlineMs = Number.POSITIVE_INFINITY;
      else this.deadlineMs = nowMs + BREAK_RETRY_MS;
      return;
    }
    if (this.#state === "hearing") this.#refuse({ t: "port", port: 0 }, "malformed");
    else this.drop();
  }

  /** The rules have changed: ends it where it is not allowed any more. */
  recheck(): void {
    if (!this.#mayStay()) this.drop();
  }

  /** Ends it at once. */
  drop(): void {
    this.#giveUp();
    this.#stream.reset();
    if (this.#line === undefined) this.#finish();
  }

  #hear(bytes: Uint8Array): void {
    let wanted: Wanted;
    try {
      const opening = this.#reader.push(bytes);
      if (opening === undefined) return;
      // Nothing may follow before our answer.
      wanted = decodeOpening(opening.frame);
      if (opening.rest.length > 0) this.drop();
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      this.#refuse({ t: "port", port: 0 }, "malformed");
      return;
    }
    if (this.#isOver) return;
    const decision = this.#host.decide(this.from, wanted);
    if ("refusal" in decision) {
      this.#refuse(wanted, decision.refusal);
      return;
    }
    this.#state = "dialling";
    this.#mayStay = decision.mayStay;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.#giveUp = decision.dial((refusal, near) => this.#dialled(wanted, decision, refusal, near));
  }

  #dialled(
    wanted: Wanted,
    decision: Exclude<Decision, { readonly refusal: RefusalCode }>,
    refusal: RefusalCode | null,
    near: Near | undefined,
  ): void {
    this.#giveUp = () => undefined;
    if (this.#streamGone || this.#isOver) {
      near?.destroy();
      return;
    }
    if (near === undefined) {
      this.#refuse(wanted, refusal ?? "unreachable");
      return;
    }
    this.#state = "joined";
    this.#stream.write(encodeAnswer(null));
    this.#far = new AfterAnswer(this.#stream, () => {
      const nowMs = this.#host.nowMs();
      this.#heldUntilMs = nowMs + REFUSED_LINGER_MS;
      this.deadlineMs = nowMs + BREAK_RETRY_MS;
    });
    this.#line = decision.join(this.#far, near, {
      onOver: () => this.#finish(),
      onStop: () => {
        this.deadlineMs = this.#host.nowMs() + REFUSED_LINGER_MS;
      },
    });
  }

  #refuse(wanted: Wanted, refusal: RefusalCode): void {
    this.#state = "refused";
    this.deadlineMs = this.#host.nowMs() + REFUSED_LINGER_MS;
    this.#stream.write(encodeAnswer(refusal));
    this.#stream.end();
    this.#host.refused(this.from, wanted, refusal);
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#host.over(this);
  }
}
