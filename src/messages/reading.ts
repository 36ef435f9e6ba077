import { attempt } from "../base/attempt.ts";
import { equalBytes } from "../base/bytes.ts";
import { FrameSplitter } from "../feed/index.ts";
import type { Log } from "../ports/index.ts";
import type { Stream, StreamCloseReason, StreamEvents } from "../session/index.ts";
import { type Desk, isPassing } from "./desk.ts";
import { MessagesError } from "./errors.ts";
import { FramesUnderWay } from "./frames-under-way.ts";
import type { Bringer } from "./intake.ts";
import type { Ledger } from "./ledger.ts";
import {
  ALL_FRAMES_IN_FLIGHT_MAX,
  ANSWERS_UNREAD_BYTES_MAX,
  POST_FRAME_BYTES_MAX,
  UNREADABLE_PER_STREAM_MAX,
} from "./limits.ts";
import { decodeFrame, encodeFrame, type PostFrame } from "./protocol.ts";

/** What the reader's end of a stream is made of. */
export interface ReadingContext {
  readonly desk: Desk;
  readonly ledger: Ledger;
  readonly log: Log;
}

/** The reader's end of a post stream: says what it has, takes letters, tells what it has kept. */
export class Reading implements StreamEvents {
  readonly #context: ReadingContext;
  readonly #stream: Stream;
  readonly #from: Bringer;
  readonly #onOver: (reading: Reading) => void;
  readonly #splitter = new FrameSplitter(POST_FRAME_BYTES_MAX);
  /** What was told of each channel on this stream. */
  readonly #told = new Map<string, number>();
  readonly #underWay = new FramesUnderWay(ALL_FRAMES_IN_FLIGHT_MAX);
  #unreadable = 0;
  #isAckDue = false;
  #hasGreeted = false;
  #isOpen = true;

  /** @param onOver called once, when nothing more comes of this stream */
  constructor(
    context: ReadingContext,
    stream: Stream,
    from: Bringer,
    onOver: (reading: Reading) => void,
  ) {
    this.#context = context;
    this.#stream = stream;
    this.#from = from;
    this.#onOver = onOver;
  }

  onData(bytes: Uint8Array): void {
    this.#stream.consume(bytes.length);
    if (!this.#isOpen) return;
    const take = (content: Uint8Array): void => {
      if (this.#isOpen) this.#take(decodeFrame(content));
    };
    const { ledger, log } = this.#context;
    // Frames that came together go to disk together.
    const { refusal } = attempt(() => ledger.together(() => this.#splitter.push(bytes, take)));
    if (refusal === undefined) return;
    log.warn("post stream refused", { peer: this.#from.device, code: refusal.code });
    this.drop();
  }

  onEnd(): void {
    if (this.#isOpen) this.#stream.end();
  }

  onDrain(): void {}

  onClose(_reason: StreamCloseReason): void {
    this.#over();
  }

  /** Ends the stream from this side, for instance because a newer one took its place. */
  drop(): void {
    if (!this.#isOpen) return;
    this.#over();
    this.#stream.reset();
  }

  #take(frame: PostFrame): void {
    const { desk } = this.#context;
    const { device, personId, dhKey } = this.#from;
    if (frame.t === "hello") {
      if (!equalBytes(frame.note.dhKey, dhKey)) {
        throw new MessagesError("protocol", "An author gives a key that is not its own.");
      }
      desk.takeNote({ device, personId, isProven: true }, frame.note, () => this.#greet());
    } else if (frame.t === "please") desk.acknowledge(device);
    else if (frame.t === "frame") this.#accept(frame.frame);
    else throw new MessagesError("protocol", `An author does not send '${frame.t}'.`);
  }

  #greet(): void {
    this.#hasGreeted = true;
    const framesMax = ALL_FRAMES_IN_FLIGHT_MAX;
    this.#send({ t: "have", note: this.#context.desk.note(), channels: this.#counts(), framesMax });
  }

  #counts(): { readonly channelId: string; readonly count: number }[] {
    const channels = this.#context.desk.pair(this.#from.device)?.channels ?? [];
    return channels.map(({ id, receivedCount }) => ({ channelId: id, count: receivedCount }));
  }

  #accept(frame: Uint8Array): void {
    const sizeBytes = frame.length;
    if (!this.#underWay.hasRoomFor(sizeBytes)) {
      throw new MessagesError("protocol", "More frames in flight than agreed.");
    }
    this.#underWay.add(sizeBytes);
    this.#context.desk.takeFrame(frame, this.#from, (error, intaken) => {
      this.#underWay.remove(sizeBytes);
      if (error !== null) {
        if (!isPassing(error)) this.#context.log.warn("frame not kept", { code: error.code });
        this.#send({ t: "stop", reason: "busy" });
      } else if (intaken?.outcome === "unreadable") this.#refuse();
      else {
        // Sent again although it was acknowledged: the author could not keep that.
        if (intaken?.outcome === "repeated") this.#told.clear();
        this.#acknowledge();
      }
    });
  }

  /** Nothing here opens the frame: its author has to seal it in another channel. */
  #refuse(): void {
    if (++this.#unreadable > UNREADABLE_PER_STREAM_MAX) this.drop();
    else this.#send({ t: "stop", reason: "unreadable" });
  }

  /** Tells once per batch, however many frames it had. */
  #acknowledge(): void {
    if (this.#isAckDue) return;
    this.#isAckDue = true;
    this.#context.ledger.afterBatch(() => {
      this.#isAckDue = false;
      for (const channel of this.#counts()) {
        if (this.#told.get(channel.channelId) === channel.count) continue;
        this.#told.set(channel.channelId, channel.count);
        this.#send({ t: "ack", channel });
      }
    });
  }

  /**
   * Answers are few and short, and an honest author reads them: who lets them pile up is cut off
   * before they take memory, or fill the stream so far that writing to it throws.
   */
  #send(frame: PostFrame): void {
    if (!this.#isOpen || !this.#hasGreeted) return;
    if (this.#stream.unacknowledgedBytes > ANSWERS_UNREAD_BYTES_MAX) {
      this.#context.log.warn("post author does not read answers", { peer: this.#from.device });
      this.drop();
      return;
    }
    this.#stream.write(encodeFrame(frame));
  }

  #over(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#onOver(this);
  }
}
