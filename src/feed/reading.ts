import { TypedError } from "../base/errors.ts";
import { DiskError, type Log } from "../ports/index.ts";
import type { Stream, StreamCloseReason, StreamEvents } from "../session/index.ts";
import { decodeEntry } from "./entry.ts";
import { FeedError } from "./errors.ts";
import type { EntrySource, FollowedLog } from "./followed-log.ts";
import { FrameSplitter } from "./frame-splitter.ts";
import { ANSWERS_UNREAD_BYTES_MAX, ENTRIES_IN_FLIGHT_MAX, FEED_FRAME_BYTES_MAX } from "./limits.ts";
import {
  decodeFrame,
  encodeFrame,
  type FeedFrame,
  type StopReason,
  type Summary,
} from "./protocol.ts";
import type { FeedId, FeedTrouble } from "./types.ts";

/** The reader's end of a feed stream: says what it has, takes what is missing, acknowledges. */
export class Reading implements StreamEvents, EntrySource {
  readonly #stream: Stream;
  readonly #log: Log;
  readonly #find: (feedId: FeedId) => FollowedLog | undefined;
  readonly #onOver: (reading: Reading) => void;
  readonly #splitter = new FrameSplitter(FEED_FRAME_BYTES_MAX);
  #inFlight = 0;
  #open = true;

  /**
   * @param find the followed feeds of the stream's author, and no other ones
   * @param onOver called once, when nothing more comes of this stream
   */
  constructor(
    stream: Stream,
    log: Log,
    find: (feedId: FeedId) => FollowedLog | undefined,
    onOver: (reading: Reading) => void,
  ) {
    this.#stream = stream;
    this.#log = log;
    this.#find = find;
    this.#onOver = onOver;
  }

  onData(bytes: Uint8Array): void {
    this.#stream.consume(bytes.length);
    if (!this.#open) return;
    try {
      this.#splitter.push(bytes, (content) => {
        if (this.#open) this.#take(decodeFrame(content));
      });
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      this.#log.warn("feed stream refused", { peer: this.#stream.peer, code: error.code });
      this.drop();
    }
  }

  onEnd(): void {
    if (this.#open) this.#stream.end();
  }

  onDrain(): void {}

  onClose(_reason: StreamCloseReason): void {
    this.#over();
  }

  /** Ends the stream from this side, for instance because a newer one took its place. */
  drop(): void {
    if (!this.#open) return;
    this.#over();
    this.#stream.reset();
  }

  /** Asks for a feed that became wanted while the stream was open. */
  announce(log: FollowedLog): void {
    this.#send({ t: "have", feeds: [summaryOf(log)] });
  }

  settled(feedId: FeedId, count: number, seq: number): void {
    this.#inFlight -= count;
    this.#send({ t: "ack", feedId, seq });
  }

  refused(feedId: FeedId, count: number, trouble: FeedTrouble): void {
    this.#inFlight -= count;
    const reason = stopReason(trouble);
    this.#log.warn("feed entries refused", { feedId, code: trouble.code });
    this.#send({ t: "stop", feedId, reason });
    if (reason === "bad") this.drop();
  }

  #take(frame: FeedFrame): void {
    if (frame.t === "offer") this.#answer(frame.feeds);
    else if (frame.t === "entry") this.#accept(frame.bytes);
    else throw new FeedError("protocol", `An author does not send '${frame.t}'.`);
  }

  #answer(offered: readonly Summary[]): void {
    const wanted: Summary[] = [];
    for (const { feedId } of offered) {
      const log = this.#find(feedId);
      if (log === undefined) this.#send({ t: "stop", feedId, reason: "unwanted" });
      else if (log.forked) this.#send({ t: "stop", feedId, reason: "forked" });
      else wanted.push(summaryOf(log));
    }
    if (wanted.length > 0) this.#send({ t: "have", feeds: wanted });
  }

  #accept(bytes: Uint8Array): void {
    if (this.#inFlight >= ENTRIES_IN_FLIGHT_MAX) {
      throw new FeedError("protocol", "More entries in flight than agreed.");
    }
    const entry = decodeEntry(bytes);
    const log = this.#find(entry.feedId);
    if (log === undefined) {
      this.#send({ t: "stop", feedId: entry.feedId, reason: "unwanted" });
      return;
    }
    this.#inFlight++;
    log.accept(entry, this);
  }

  /**
   * Answers are few and short, and an honest author reads them: who lets them pile up is cut off
   * before they take memory, or fill the stream so far that writing to it throws.
   */
  #send(frame: FeedFrame): void {
    if (!this.#open) return;
    if (this.#stream.unacknowledgedBytes > ANSWERS_UNREAD_BYTES_MAX) {
      this.#log.warn("feed author does not read answers", { peer: this.#stream.peer });
      this.drop();
      return;
    }
    this.#stream.write(encodeFrame(frame));
  }

  #over(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#onOver(this);
  }
}

function summaryOf(log: FollowedLog): Summary {
  return { feedId: log.feedId, ...log.head };
}

function stopReason(trouble: FeedTrouble): StopReason {
  if (trouble instanceof DiskError || trouble.code === "busy") return "disk";
  return trouble.code === "forked" ? "forked" : "bad";
}
