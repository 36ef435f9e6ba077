import { equalBytes } from "../base/bytes.ts";
import { TypedError } from "../base/errors.ts";
import type { PeerId } from "../identity/index.ts";
import type { Stream, StreamEvents } from "../session/index.ts";
import { Backoff } from "./backoff.ts";
import type { FeedOptions } from "./context.ts";
import { FeedError } from "./errors.ts";
import { FrameSplitter } from "./frame-splitter.ts";
import { encodeAck } from "./head.ts";
import { ackKey } from "./keys.ts";
import {
  ANSWER_TIMEOUT_MS,
  ENTRIES_IN_FLIGHT_MAX,
  FEED_FRAME_BYTES_MAX,
  FEEDS_PER_FRAME_MAX,
  IDLE_TIMEOUT_MS,
} from "./limits.ts";
import { Offer } from "./offer.ts";
import type { OwnLog } from "./own-log.ts";
import {
  decodeFrame,
  encodeFrame,
  FEED_SERVICE,
  type FeedFrame,
  type StopReason,
  type Summary,
} from "./protocol.ts";
import type { FeedId } from "./types.ts";

/** The author's end towards one reader: opens streams, offers feeds, sends what is missing. */
export class Offering {
  readonly reader: PeerId;
  readonly #context: FeedOptions;
  readonly #offers = new Map<FeedId, Offer>();
  readonly #backoff: Backoff;
  #reachable = false;
  #stream: Stream | undefined;
  #blocked = false;
  /** Bytes that the session had not delivered yet when we last looked. */
  #movingBytes = 0;
  #retryAtMs = Number.POSITIVE_INFINITY;
  /** When a silent or workless stream is given up. */
  #silentAtMs = Number.POSITIVE_INFINITY;

  constructor(context: FeedOptions, reader: PeerId) {
    this.#context = context;
    this.reader = reader;
    this.#backoff = new Backoff(context.random);
  }

  /** Feeds offered to this reader. */
  get size(): number {
    return this.#offers.size;
  }

  /** Monotonic time at which `tick` has something to do. */
  get deadlineMs(): number {
    if (!this.#reachable) return Number.POSITIVE_INFINITY;
    return Math.min(this.#retryAtMs, this.#silentAtMs);
  }

  has(feedId: FeedId): boolean {
    return this.#offers.has(feedId);
  }

  add(log: OwnLog): void {
    this.#offers.set(log.feedId, new Offer(log, log.acknowledgedBy.get(this.reader) ?? 0));
  }

  setReachable(reachable: boolean): void {
    const before = this.#reachable;
    this.#reachable = reachable;
    if (!reachable) this.#dropStream();
    else if (before) this.poke();
    else this.hurry();
  }

  /** Something changed that makes a new try worthwhile: forget waits. */
  hurry(): void {
    this.#backoff.reset();
    this.#retryAtMs = Number.POSITIVE_INFINITY;
    for (const offer of this.#offers.values()) if (offer.phase === "held") offer.phase = "idle";
    this.poke();
  }

  /** Opens a stream where something is pending, offers what is not offered, sends what may be sent. */
  poke(): void {
    if (!this.#reachable) return;
    if (this.#stream === undefined) {
      if (this.#retryAtMs === Number.POSITIVE_INFINITY && this.#somethingPending()) this.#open();
      return;
    }
    this.#offerIdle();
    for (const offer of this.#offers.values()) this.#pump(offer);
  }

  tick(): void {
    const nowMs = this.#context.clock.monotonicMs();
    if (nowMs >= this.#silentAtMs) this.#endSilence();
    if (nowMs >= this.#retryAtMs) {
      this.#retryAtMs = Number.POSITIVE_INFINITY;
      for (const offer of this.#offers.values()) if (offer.phase === "held") offer.phase = "idle";
      this.poke();
    }
  }

  /** Nothing came for a while: fine without work or while bytes still move, else start over. */
  #endSilence(): void {
    const stream = this.#stream;
    const movingBytes = stream?.unacknowledgedBytes ?? 0;
    if (!this.#owesAnswer()) {
      stream?.end();
      this.#forgetStream();
    } else if (movingBytes !== this.#movingBytes) {
      this.#movingBytes = movingBytes;
      this.#watch();
    } else {
      this.#context.log.info("feed reader silent", { peer: this.reader });
      this.#dropStream();
      this.#retryLater();
    }
  }

  #somethingPending(): boolean {
    for (const offer of this.#offers.values()) if (offer.pending) return true;
    return false;
  }

  #owesAnswer(): boolean {
    for (const offer of this.#offers.values()) {
      if (offer.phase === "offered" || (offer.phase === "open" && offer.inFlight > 0)) return true;
    }
    return false;
  }

  #open(): void {
    const splitter = new FrameSplitter(FEED_FRAME_BYTES_MAX);
    let mine: Stream | undefined;
    let over = false;
    const current = (): boolean => mine !== undefined && this.#stream === mine;
    const events: StreamEvents = {
      onData: (bytes) => {
        mine?.consume(bytes.length);
        this.#receive(splitter, bytes, current);
      },
      onEnd: () => {
        if (!current()) return;
        this.#dropStream();
        this.#retryLater();
      },
      onDrain: () => {
        if (!current()) return;
        this.#blocked = false;
        this.poke();
      },
      onClose: () => {
        over = true;
        if (!current()) return;
        this.#forgetStream();
        this.#retryLater();
      },
    };
    mine = this.#context.sessions.openStream(this.reader, FEED_SERVICE, events);
    if (mine === undefined || over) {
      this.#retryLater();
      return;
    }
    this.#stream = mine;
    this.poke();
  }

  #receive(splitter: FrameSplitter, bytes: Uint8Array, current: () => boolean): void {
    if (!current()) return;
    try {
      splitter.push(bytes, (content) => {
        if (current()) this.#take(decodeFrame(content));
      });
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      this.#context.log.warn("feed reader misbehaves", { peer: this.reader, code: error.code });
      this.#dropStream();
      this.#retryLater();
    }
    if (current()) this.#watch();
  }

  #take(frame: FeedFrame): void {
    if (frame.t === "have") for (const summary of frame.feeds) this.#takeSummary(summary);
    else if (frame.t === "ack") this.#takeAck(frame.feedId, frame.seq);
    else if (frame.t === "stop") this.#takeStop(frame.feedId, frame.reason);
    else throw new FeedError("protocol", `A reader does not send '${frame.t}'.`);
  }

  #takeSummary(summary: Summary): void {
    const offer = this.#offers.get(summary.feedId);
    if (offer === undefined || offer.phase === "dead" || offer.phase === "open") return;
    const { head } = offer.log;
    if (summary.seq > head.seq) {
      this.#declareDead(offer, new FeedError("behind", "A reader has more of this feed than we."));
    } else if (summary.seq === 0 || summary.seq === head.seq) {
      const same = summary.seq === 0 || equalBytes(summary.hash, head.hash);
      this.#agree(offer, summary.seq, same);
    } else {
      const stream = this.#stream;
      offer.log.read(summary.seq, (error, entries) => {
        if (stream === undefined || stream !== this.#stream || offer.phase === "open") return;
        const [entry] = entries;
        if (error !== null || entry === undefined) this.#hold(offer);
        else {
          const hash = this.#context.suite.sha256(entry);
          this.#agree(offer, summary.seq, equalBytes(hash, summary.hash));
        }
      });
    }
  }

  /** Both ends know where the reader stands; `same` tells whether its history is ours. */
  #agree(offer: Offer, seq: number, same: boolean): void {
    offer.open(same ? seq : seq - 1);
    if (same) this.#acknowledge(offer);
    this.#pump(offer);
  }

  #takeAck(feedId: FeedId, seq: number): void {
    const offer = this.#offers.get(feedId);
    if (offer?.phase !== "open") return;
    if (seq > offer.sent) throw new FeedError("protocol", "An entry never sent was acknowledged.");
    if (seq <= offer.confirmed) return;
    offer.confirm(seq);
    this.#backoff.reset();
    this.#acknowledge(offer);
    this.poke();
  }

  #takeStop(feedId: FeedId, reason: StopReason): void {
    const offer = this.#offers.get(feedId);
    if (offer === undefined) return;
    if (reason === "forked") {
      this.#declareDead(offer, new FeedError("forked", "A reader holds another history."));
    } else {
      this.#hold(offer);
    }
  }

  #declareDead(offer: Offer, trouble: FeedError): void {
    if (offer.phase === "dead") return;
    offer.restart("dead");
    const { feedId } = offer.log;
    this.#context.log.warn("feed cannot be read", {
      feedId,
      peer: this.reader,
      code: trouble.code,
    });
    offer.log.events.onTrouble(feedId, this.reader, trouble);
  }

  #hold(offer: Offer): void {
    offer.restart("held");
    if (this.#retryAtMs === Number.POSITIVE_INFINITY) this.#retryLater();
  }

  /** Writes down what the reader confirmed, then tells; one write at a time, always the newest. */
  #acknowledge(offer: Offer): void {
    const { feedId, events } = offer.log;
    const seq = offer.confirmed;
    if (offer.recording || seq <= offer.acknowledged) return;
    offer.recording = true;
    const writes = events.onAcknowledging(feedId, this.reader, seq);
    const batch = [{ key: ackKey(feedId, this.reader), value: encodeAck(seq) }, ...writes];
    this.#context.records.write(batch, (error) => {
      offer.recording = false;
      if (error !== null) {
        events.onTrouble(feedId, this.reader, error);
        this.#hold(offer);
        return;
      }
      offer.acknowledged = seq;
      offer.log.acknowledgedBy.set(this.reader, seq);
      events.onAcknowledged(feedId, this.reader, seq);
      if (offer.phase === "open") this.#acknowledge(offer);
    });
  }

  #offerIdle(): void {
    const fresh: Summary[] = [];
    for (const offer of this.#offers.values()) {
      if (offer.phase !== "idle" || !offer.pending) continue;
      offer.phase = "offered";
      fresh.push({ feedId: offer.log.feedId, ...offer.log.head });
    }
    for (let at = 0; at < fresh.length; at += FEEDS_PER_FRAME_MAX) {
      this.#send({ t: "offer", feeds: fresh.slice(at, at + FEEDS_PER_FRAME_MAX) });
    }
  }

  #pump(offer: Offer): void {
    if (offer.phase !== "open" || offer.reading || !this.#maySend(offer)) return;
    const first = offer.sent + 1;
    offer.reading = true;
    offer.log.read(first, (error, entries) => {
      offer.reading = false;
      if (offer.phase !== "open") return;
      if (offer.sent + 1 !== first) {
        this.#pump(offer);
        return;
      }
      if (error !== null || entries.length === 0) {
        if (error !== null) offer.log.events.onTrouble(offer.log.feedId, this.reader, error);
        this.#hold(offer);
        return;
      }
      for (const bytes of entries) {
        if (!this.#maySend(offer)) return;
        offer.sentOne(bytes.length);
        this.#send({ t: "entry", bytes });
      }
      this.#pump(offer);
    });
  }

  #maySend(offer: Offer): boolean {
    if (this.#blocked || offer.sent >= offer.log.head.seq || !offer.hasRoom) return false;
    let inFlight = 0;
    for (const other of this.#offers.values()) {
      if (other.phase === "open") inFlight += other.inFlight;
    }
    return inFlight < ENTRIES_IN_FLIGHT_MAX;
  }

  #send(frame: FeedFrame): void {
    if (this.#stream === undefined) return;
    if (!this.#stream.write(encodeFrame(frame))) this.#blocked = true;
    this.#watch();
  }

  /** Starts the wait for an answer, or for work where no answer is owed. */
  #watch(): void {
    const waitMs = this.#owesAnswer() ? ANSWER_TIMEOUT_MS : IDLE_TIMEOUT_MS;
    this.#silentAtMs = this.#context.clock.monotonicMs() + waitMs;
  }

  #retryLater(): void {
    const waitMs = this.#backoff.nextMs();
    this.#retryAtMs = Math.min(this.#retryAtMs, this.#context.clock.monotonicMs() + waitMs);
  }

  #dropStream(): void {
    const stream = this.#stream;
    this.#forgetStream();
    stream?.reset();
  }

  #forgetStream(): void {
    this.#stream = undefined;
    this.#blocked = false;
    this.#silentAtMs = Number.POSITIVE_INFINITY;
    for (const offer of this.#offers.values()) if (offer.phase !== "held") offer.restart("idle");
  }
}
