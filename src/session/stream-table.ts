import { LazyMap } from "../base/lazy-map.ts";
import { LazySet } from "../base/lazy-set.ts";
import { SessionError } from "./errors.ts";
import { FRAME_TYPE, type StreamFrame, writeNumbers } from "./frames.ts";
import type { HeldShare } from "./held-memory.ts";
import { OPEN_STREAMS_MAX, SESSION_WINDOW_BYTES } from "./limits.ts";
import type { PacketBuffer } from "./packet-buffer.ts";
import { ReceiveWindow } from "./receive-stream.ts";
import type { SentFrame } from "./sent-packets.ts";
import { RESET_CODE, type SessionStream, type StreamHost } from "./stream.ts";

/** What a table of streams needs of its session. */
export interface StreamTableHost {
  /** Something is to be sent. */
  onWork(): void;
  /** A stream object for an opening of the other side whose service is not known yet. */
  makeStream(): SessionStream;
  /** Offers the stream to its service, which may refuse. */
  offer(stream: SessionStream): void;
}

/** Room in a packet below which no further STREAM frame is begun. */
const STREAM_FRAME_BYTES_MIN = 24;

/**
 * The streams of one session: numbers, limits, windows and whose turn it is. The side that began
 * the session opens even numbers, the other odd ones.
 */
export class StreamTable implements StreamHost {
  readonly #host: StreamTableHost;
  readonly #parity: number;
  readonly #streams: LazyMap<number, SessionStream> = new LazyMap();
  readonly #ready: LazySet<SessionStream> = new LazySet();
  readonly #resets: LazySet<SessionStream> = new LazySet();
  readonly #windowsDue: LazySet<SessionStream> = new LazySet();
  readonly #drains: LazySet<SessionStream> = new LazySet();
  readonly #window: ReceiveWindow = new ReceiveWindow(SESSION_WINDOW_BYTES);
  #windowDue = false;
  #countDue = false;
  #received = 0;
  #sendLimit: number = SESSION_WINDOW_BYTES;
  #sent = 0;
  #localNext = 0;
  #localOpen = 0;
  /** How many streams the other side lets us open in all. */
  #localLimit: number = OPEN_STREAMS_MAX;
  #peerNext = 0;
  #peerLimit: number = OPEN_STREAMS_MAX;
  #hasRefused = false;
  readonly held: HeldShare;

  /**
   * @param initiator whether this side began the session
   * @param held memory for what comes out of order
   */
  constructor(initiator: boolean, host: StreamTableHost, held: HeldShare) {
    this.#parity = initiator ? 0 : 1;
    this.#host = host;
    this.held = held;
  }

  /** Streams not wholly over, on the wire's side. */
  get size(): number {
    return this.#streams.size;
  }

  /** Whether a stream is open that this side opened or one of its services has taken. */
  get inUse(): boolean {
    for (const { accepted, closed } of this.#streams.values()) {
      if (accepted && closed === undefined) return true;
    }
    return false;
  }

  /** Whether another stream may be opened from this side. */
  get hasRoom(): boolean {
    return this.#localOpen < OPEN_STREAMS_MAX;
  }

  /** Whether any frame is waiting to be sent that flow control lets through. */
  hasWork(): boolean {
    return (
      this.#ready.size > 0 ||
      this.#resets.size > 0 ||
      this.#windowsDue.size > 0 ||
      this.#windowDue ||
      this.#countDue
    );
  }

  /** Takes in a stream that this side opens; `hasRoom` was asked before. */
  open(stream: SessionStream): void {
    const wireId = this.#localNext * 2 + this.#parity;
    this.#localNext++;
    this.#localOpen++;
    // Only what went along with the first message was sent before.
    this.#sent += stream.send.sentEnd;
    this.#streams.set(wireId, stream);
    stream.attach(this, wireId);
  }

  onStreamReady(stream: SessionStream): void {
    if (stream.send.resetDue) {
      this.#resets.add(stream);
      this.#ready.delete(stream);
    } else if (this.#mayOpen(stream) && stream.send.hasWork(this.#credit())) {
      this.#ready.add(stream);
    } else return;
    this.#host.onWork();
  }

  onConsumed(byteCount: number): void {
    if (!this.#window.consume(byteCount, this.#received)) return;
    this.#windowDue = true;
    this.#host.onWork();
  }

  onWindowMoved(stream: SessionStream): void {
    if (stream.receive.finalSizeKnown) return;
    this.#windowsDue.add(stream);
    this.#host.onWork();
  }

  /** A STREAM frame came in. @throws SessionError where the other side breaks the rules */
  onStream(frame: StreamFrame): void {
    const stream = this.#find(frame.streamId);
    if (stream === undefined) return;
    this.#account(stream, frame.offset, frame.data.length, frame.fin);
    if (stream.closed === undefined) this.#receive(stream, frame);
    this.#retireIfOver(stream);
  }

  #receive(stream: SessionStream, frame: StreamFrame): void {
    const opening = !stream.accepted && frame.service !== undefined;
    if (opening) {
      stream.name(frame.service);
      this.#host.offer(stream);
    }
    if (stream.closed !== undefined) return;
    const deliver = stream.accepted ? stream.deliver : undefined;
    if (!stream.receive.receive(frame.offset, frame.data, deliver)) this.#hasRefused = true;
    if (opening && stream.closed === undefined) stream.receive.release(stream.deliver);
    stream.progress();
  }

  /** Whether all that came since the last call was taken: what was not has to come once more. */
  tookAll(): boolean {
    const tookAll = !this.#hasRefused;
    this.#hasRefused = false;
    return tookAll;
  }

  /** A RESET frame came in. @throws SessionError where the other side breaks the rules */
  onReset(streamId: number, code: number, finalSize: number): void {
    const stream = this.#find(streamId);
    if (stream === undefined) return;
    this.#account(stream, finalSize, 0, true);
    if (stream.closed === undefined) {
      const refused = code === RESET_CODE.refused && streamId % 2 === this.#parity;
      if (!stream.send.finished) stream.send.reset(RESET_CODE.reset);
      stream.finish(refused ? "refused" : "reset");
      this.onStreamReady(stream);
    }
    this.#retireIfOver(stream);
  }

  onSessionWindow(limit: number): void {
    if (limit <= this.#sendLimit) return;
    this.#sendLimit = limit;
    for (const stream of this.#streams.values()) this.onStreamReady(stream);
  }

  onStreamWindow(streamId: number, limit: number): void {
    const stream = this.#find(streamId);
    if (stream === undefined) return;
    stream.send.raiseLimit(limit);
    this.onStreamReady(stream);
  }

  onStreamCount(limit: number): void {
    if (limit <= this.#localLimit) return;
    this.#localLimit = limit;
    for (const stream of this.#streams.values()) this.onStreamReady(stream);
  }

  /** Writes due windows and resets as far as they fit. */
  writeControl(buffer: PacketBuffer, frames: SentFrame[]): void {
    if (this.#windowDue) this.#writeSessionWindow(buffer, frames);
    if (this.#countDue && writeNumbers(buffer, FRAME_TYPE.streamCount, this.#peerLimit)) {
      this.#countDue = false;
      frames.push({ kind: "stream-count" });
    }
    for (const stream of this.#windowsDue) {
      const id = stream.wireId;
      const limit = stream.receive.window.announcedLimit;
      const over = stream.closed !== undefined || stream.receive.finalSizeKnown;
      if (!over && !writeNumbers(buffer, FRAME_TYPE.streamWindow, id, limit)) break;
      this.#windowsDue.delete(stream);
      if (!over) frames.push({ kind: "stream-window", streamId: id });
    }
    for (const stream of this.#resets) {
      const { resetCode, sentEnd } = stream.send;
      if (!writeNumbers(buffer, FRAME_TYPE.reset, stream.wireId, resetCode, sentEnd)) break;
      this.#resets.delete(stream);
      stream.send.onResetSent();
      frames.push({ kind: "reset", stream });
    }
  }

  #writeSessionWindow(buffer: PacketBuffer, frames: SentFrame[]): void {
    if (!writeNumbers(buffer, FRAME_TYPE.sessionWindow, this.#window.announcedLimit)) return;
    this.#windowDue = false;
    frames.push({ kind: "session-window" });
  }

  /** Fills the packet with stream data, one frame per stream in turn. */
  writeStreams(buffer: PacketBuffer, frames: SentFrame[]): void {
    while (buffer.room >= STREAM_FRAME_BYTES_MIN) {
      const stream = this.#ready.first();
      if (stream === undefined) return;
      if (!stream.send.hasWork(this.#credit())) {
        this.#ready.delete(stream);
        continue;
      }
      const before = stream.send.sentEnd;
      const { wireId, serviceBytes } = stream;
      const piece = stream.send.writeFrame(buffer, wireId, serviceBytes, this.#credit());
      if (piece === undefined) return;
      this.#sent += stream.send.sentEnd - before;
      frames.push({ kind: "stream", stream, piece });
      const hasMore = stream.send.hasWork(this.#credit());
      if (!hasMore || this.#ready.size > 1) this.#ready.delete(stream);
      if (hasMore) this.#ready.add(stream);
      this.#drains.add(stream);
    }
  }

  /** Tells streams that sent something that they may be written to again. */
  tellDrains(): void {
    for (const stream of this.#drains) {
      this.#drains.delete(stream);
      stream.drain();
    }
  }

  /** A frame of a sent packet has arrived, or must be sent again. */
  onFate(frame: SentFrame, arrived: boolean): void {
    switch (frame.kind) {
      case "stream":
        if (arrived) frame.stream.send.onAcked(frame.piece);
        else frame.stream.send.onLost(frame.piece);
        this.#onStreamFate(frame.stream, arrived);
        return;
      case "reset":
        frame.stream.send.onResetFate(arrived);
        this.#onStreamFate(frame.stream, arrived);
        return;
      case "stream-window": {
        const stream = arrived ? undefined : this.#streams.get(frame.streamId);
        if (stream !== undefined) this.#windowsDue.add(stream);
        return;
      }
      case "session-window":
        this.#windowDue ||= !arrived;
        return;
      case "stream-count":
        this.#countDue ||= !arrived;
        return;
      case "internal":
    }
  }

  #onStreamFate(stream: SessionStream, arrived: boolean): void {
    if (!this.#streams.has(stream.wireId)) return;
    if (arrived) {
      stream.progress();
      this.#retireIfOver(stream);
    } else this.onStreamReady(stream);
  }

  /** The session is over, and with it all its streams. */
  closeAll(): void {
    for (const stream of this.#streams.values()) stream.finish("session-lost");
    this.#streams.clear();
    for (const set of [this.#ready, this.#resets, this.#windowsDue, this.#drains]) set.clear();
  }

  #credit(): number {
    return this.#sendLimit - this.#sent;
  }

  #mayOpen(stream: SessionStream): boolean {
    if (stream.wireId % 2 !== this.#parity) return true;
    return (stream.wireId - this.#parity) / 2 < this.#localLimit;
  }

  /** Counts bytes against both windows. @throws SessionError where one is overrun */
  #account(stream: SessionStream, offset: number, length: number, fin: boolean): void {
    const grown = stream.receive.account(offset, length, fin);
    this.#received += grown;
    if (this.#received > this.#window.announcedLimit) {
      throw new SessionError("flow-control", "A session was sent beyond its window.");
    }
    if (stream.closed !== undefined) this.onConsumed(grown);
  }

  /** The stream of this number, undefined where it is over. Creates those the other side opens. */
  #find(streamId: number): SessionStream | undefined {
    const count = Math.floor(streamId / 2);
    if (streamId % 2 === this.#parity) {
      if (count >= this.#localNext) throw new SessionError("protocol", "No such stream.");
      return this.#streams.get(streamId);
    }
    if (count >= this.#peerLimit) {
      throw new SessionError("protocol", "More streams were opened than allowed.");
    }
    for (; this.#peerNext <= count; this.#peerNext++) {
      const stream = this.#host.makeStream();
      const wireId = this.#peerNext * 2 + 1 - this.#parity;
      this.#streams.set(wireId, stream);
      stream.attach(this, wireId);
    }
    return this.#streams.get(streamId);
  }

  /** Frees a stream once neither side can say anything about it that matters. */
  #retireIfOver(stream: SessionStream): void {
    const { send, receive } = stream;
    if (stream.closed === undefined || !receive.finalSizeKnown) return;
    if (!send.finished && !send.resetHeard) return;
    if (!this.#streams.delete(stream.wireId)) return;
    for (const set of [this.#ready, this.#resets, this.#windowsDue]) set.delete(stream);
    if (stream.wireId % 2 === this.#parity) {
      this.#localOpen--;
      return;
    }
    this.#peerLimit++;
    this.#countDue = true;
    this.#host.onWork();
  }
}
