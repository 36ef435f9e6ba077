import { FrameSplitter } from "../../feed/index.ts";
import type { PeerId } from "../../identity/index.ts";
import type { Clock, Log } from "../../ports/index.ts";
import type { SessionPort, Stream, StreamEvents } from "../../session/index.ts";
import { MessagesError } from "../errors.ts";
import {
  CARRY_FRAME_BYTES_MAX,
  CARRY_TIMEOUT_MS,
  OFFER_PARCELS_MAX,
  PARCELS_IN_FLIGHT_MAX,
} from "./limits.ts";
import type { Parcel } from "./parcel.ts";
import {
  CARRY_SERVICE,
  type CarryFrame,
  decodeFrame,
  encodeFrame,
  type Fate,
  type Offered,
  type Reply,
  TAGS_PER_FRAME_MAX,
} from "./protocol.ts";

/** Who decides what is given to whom. */
export interface GivingDesk {
  /** The next parcels to offer to a device, at most `max`, none of them twice while it is in reach. */
  toOffer(device: PeerId, max: number): readonly Offered[];
  /** The parcel to give to a device that would take it, and how many copies; undefined: keep it. */
  toGive(device: PeerId, reply: Reply, done: (parcel: Parcel | undefined) => void): void;
  /** What a device has made of a parcel. */
  given(device: PeerId, id: string, fate: Fate): void;
  /** The tags to tell an anchor, where they have changed since it was told. */
  tagsFor(device: PeerId): readonly number[] | undefined;
}

/** One stream on which parcels are offered and given to a device. */
export class Giving {
  readonly device: PeerId;
  readonly #desk: GivingDesk;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #onOver: (giving: Giving) => void;
  #stream: Stream | undefined;
  #isOver = false;
  #isWaiting = false;
  #queue: Reply[] = [];
  #underWay = new Set<string>();
  #reading = 0;
  /** Monotonic time at which the stream is given up. */
  deadlineMs: number;

  /** @param onOver called once; may come before the constructor ends */
  constructor(
    options: {
      readonly sessions: SessionPort;
      readonly clock: Clock;
      readonly log: Log;
      readonly desk: GivingDesk;
    },
    device: PeerId,
    onOver: (giving: Giving) => void,
  ) {
    this.device = device;
    this.#desk = options.desk;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#onOver = onOver;
    this.deadlineMs = this.#clock.monotonicMs() + CARRY_TIMEOUT_MS;
    const splitter = new FrameSplitter(CARRY_FRAME_BYTES_MAX);
    const events: StreamEvents = {
      onData: (bytes) => {
        this.#stream?.consume(bytes.length);
        if (!this.#isOver) this.#receive(splitter, bytes);
      },
      onEnd: () => this.drop(),
      onDrain: () => {},
      onClose: () => this.#over(),
    };
    this.#stream = options.sessions.openStream(device, CARRY_SERVICE, events);
    if (this.#stream === undefined) this.#over();
    else {
      this.#tellTags();
      this.#next();
    }
  }

  /** Gives the stream up. */
  drop(): void {
    if (this.#isOver) return;
    this.#over();
    this.#stream?.reset();
  }

  /** There may be more to offer. */
  poke(): void {
    this.#tellTags();
    this.#next();
  }

  #receive(splitter: FrameSplitter, bytes: Uint8Array): void {
    this.deadlineMs = this.#clock.monotonicMs() + CARRY_TIMEOUT_MS;
    const take = (content: Uint8Array): void => {
      if (!this.#isOver) this.#take(decodeFrame(content));
    };
    splitter.read(bytes, take, ({ code }) => {
      this.#log.warn("carry stream refused", { peer: this.device, code });
      this.drop();
    });
  }

  #take(frame: CarryFrame): void {
    if (frame.t === "reply" && this.#isWaiting) {
      this.#isWaiting = false;
      this.#queue.push(...frame.replies.slice(0, OFFER_PARCELS_MAX));
    } else if (frame.t === "fate" && this.#underWay.delete(frame.id)) {
      this.#desk.given(this.device, frame.id, frame.fate);
    } else throw new MessagesError("protocol", "A taker said something that was not asked.");
    this.#next();
  }

  #next(): void {
    while (!this.#isOver && this.#underWay.size + this.#reading < PARCELS_IN_FLIGHT_MAX) {
      const reply = this.#queue.shift();
      if (reply === undefined) break;
      this.#reading++;
      this.#desk.toGive(this.device, reply, (parcel) => {
        this.#reading--;
        if (parcel !== undefined && !this.#isOver) {
          this.#underWay.add(reply.id);
          this.#send({ t: "parcel", parcel });
        }
        this.#next();
      });
    }
    const isBusy = this.#isWaiting || this.#queue.length + this.#underWay.size + this.#reading > 0;
    if (this.#isOver || isBusy) return;
    const parcels = this.#desk.toOffer(this.device, OFFER_PARCELS_MAX);
    if (parcels.length === 0) this.#finish();
    else {
      this.#isWaiting = true;
      this.#send({ t: "offer", parcels });
    }
  }

  #tellTags(): void {
    const tags = this.#isOver ? undefined : this.#desk.tagsFor(this.device);
    if (tags === undefined) return;
    // The last frame is not full, which is how its end is known.
    for (let at = 0; at <= tags.length; at += TAGS_PER_FRAME_MAX) {
      const some = tags.slice(at, at + TAGS_PER_FRAME_MAX);
      this.#send({ t: "tags", isFirst: at === 0, tags: some });
    }
  }

  #send(frame: CarryFrame): void {
    this.#stream?.write(encodeFrame(frame));
  }

  #finish(): void {
    this.#stream?.end();
    this.#over();
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onOver(this);
  }
}
