import { attempt } from "../../base/attempt.ts";
import { FrameSplitter } from "../../feed/index.ts";
import type { PeerId } from "../../identity/index.ts";
import type { Clock, Log } from "../../ports/index.ts";
import type { Stream, StreamCloseReason, StreamEvents } from "../../session/index.ts";
import { MessagesError } from "../errors.ts";
import type { Ledger } from "../ledger.ts";
import { ANSWERS_UNREAD_BYTES_MAX } from "../limits.ts";
import {
  CARRY_FRAME_BYTES_MAX,
  CARRY_TIMEOUT_MS,
  PARCELS_IN_FLIGHT_MAX,
  TAGS_PER_OWNER_MAX,
  USELESS_PER_STREAM_MAX,
} from "./limits.ts";
import type { Parcel } from "./parcel.ts";
import {
  type CarryFrame,
  decodeFrame,
  encodeFrame,
  type Fate,
  type Offered,
  type Reply,
  TAGS_PER_FRAME_MAX,
} from "./protocol.ts";

/** Who decides what is taken. */
export interface TakingDesk {
  /** What to say to an offered parcel. */
  replyTo(from: PeerId, offered: Offered): Reply;
  /** Takes a parcel; `done` comes once what became of it is on disk. */
  take(from: PeerId, parcel: Parcel, done: TakenDone): void;
  /** An owner says which frames it expects: all of them. */
  takeTags(from: PeerId, tags: readonly number[]): void;
}

/** Told what became of a parcel; `isRepeated`: it was for this device, and here already. */
export type TakenDone = (id: string, fate: Fate, isRepeated?: boolean) => void;

/** The taker's end of a carry stream. */
export class Taking implements StreamEvents {
  readonly #desk: TakingDesk;
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #stream: Stream;
  readonly #from: PeerId;
  readonly #onOver: (taking: Taking) => void;
  readonly #splitter = new FrameSplitter(CARRY_FRAME_BYTES_MAX);
  /** Of a list whose last frame is not here yet. */
  #tags: number[] = [];
  #inFlight = 0;
  #useless = 0;
  #isOpen = true;
  #hasEnded = false;
  /** Monotonic time at which the stream is given up. */
  deadlineMs: number;

  constructor(
    options: {
      readonly clock: Clock;
      readonly log: Log;
      readonly ledger: Ledger;
      readonly desk: TakingDesk;
    },
    stream: Stream,
    from: PeerId,
    onOver: (taking: Taking) => void,
  ) {
    this.#desk = options.desk;
    this.#ledger = options.ledger;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#stream = stream;
    this.#from = from;
    this.#onOver = onOver;
    this.deadlineMs = this.#clock.monotonicMs() + CARRY_TIMEOUT_MS;
  }

  onData(bytes: Uint8Array): void {
    this.#stream.consume(bytes.length);
    if (!this.#isOpen) return;
    this.deadlineMs = this.#clock.monotonicMs() + CARRY_TIMEOUT_MS;
    const take = (content: Uint8Array): void => {
      if (this.#isOpen) this.#take(decodeFrame(content));
    };
    const { refusal } = attempt(() =>
      this.#ledger.together(() => this.#splitter.push(bytes, take)),
    );
    if (refusal === undefined) return;
    this.#log.warn("carry stream refused", { peer: this.#from, code: refusal.code });
    this.drop();
  }

  onEnd(): void {
    this.#hasEnded = true;
    this.#endIfDone();
  }

  onDrain(): void {}

  onClose(_reason: StreamCloseReason): void {
    this.#over();
  }

  /** Ends the stream from this side. */
  drop(): void {
    if (!this.#isOpen) return;
    this.#over();
    this.#stream.reset();
  }

  #take(frame: CarryFrame): void {
    if (frame.t === "tags") this.#takeTags(frame.tags, frame.isFirst);
    else if (frame.t === "offer") {
      const replies = frame.parcels.map((offered) => this.#desk.replyTo(this.#from, offered));
      this.#send({ t: "reply", replies });
    } else if (frame.t === "parcel") this.#takeParcel(frame.parcel);
    else throw new MessagesError("protocol", `A giver does not send '${frame.t}'.`);
  }

  /** A list in several frames counts as a whole: of a part, what the others name would be dropped. */
  #takeTags(tags: readonly number[], isFirst: boolean): void {
    if (isFirst) this.#tags = [];
    if (this.#tags.length + tags.length > TAGS_PER_OWNER_MAX) {
      throw new MessagesError("protocol", "More tags than an owner may expect.");
    }
    this.#tags.push(...tags);
    if (tags.length === TAGS_PER_FRAME_MAX) return;
    this.#desk.takeTags(this.#from, this.#tags);
    this.#tags = [];
  }

  #takeParcel(parcel: Parcel): void {
    if (this.#inFlight >= PARCELS_IN_FLIGHT_MAX) {
      throw new MessagesError("protocol", "More parcels under way than agreed.");
    }
    this.#inFlight++;
    this.#desk.take(this.#from, parcel, (id, fate) => {
      this.#inFlight--;
      this.#useless = fate === "refused" ? this.#useless + 1 : 0;
      this.#send({ t: "fate", id, fate });
      if (this.#useless >= USELESS_PER_STREAM_MAX) this.drop();
      this.#endIfDone();
    });
  }

  #endIfDone(): void {
    if (this.#isOpen && this.#hasEnded && this.#inFlight === 0) this.#stream.end();
  }

  #send(frame: CarryFrame): void {
    if (!this.#isOpen) return;
    if (this.#stream.unacknowledgedBytes > ANSWERS_UNREAD_BYTES_MAX) this.drop();
    else this.#stream.write(encodeFrame(frame));
  }

  #over(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#onOver(this);
  }
}
