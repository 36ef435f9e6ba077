import { BlockBuffer } from "./block-buffer.ts";
import { SessionError } from "./errors.ts";
import { streamOverheadBytes, writeStreamHead } from "./frames.ts";
import { STREAM_WINDOW_BYTES, UNSENT_BYTES_MAX } from "./limits.ts";
import type { PacketBuffer } from "./packet-buffer.ts";
import { RangeSet } from "./range-set.ts";
import type { Piece } from "./sent-packets.ts";

/** Something said once and repeated until acknowledged. */
type Saying = "unsaid" | "said" | "heard";

/**
 * The sending half of a stream: keeps bytes until they are acknowledged and knows which to send
 * next. Lost ranges go first. Offsets count bytes of the stream.
 */
export class SendStream {
  readonly #buffer: BlockBuffer = new BlockBuffer(true);
  readonly #acked: RangeSet = new RangeSet();
  readonly #lost: RangeSet = new RangeSet();
  /** Everything below is acknowledged. */
  #base = 0;
  /** Everything below was sent at least once. */
  #sentEnd = 0;
  #writtenEnd = 0;
  #limit: number = STREAM_WINDOW_BYTES;
  #ended = false;
  #fin: Saying = "unsaid";
  #open: Saying;
  #reset: Saying | undefined;
  /** Why it was reset; travels with the RESET frame. */
  resetCode = 0;

  /** @param opens whether this side opened the stream and must name the service */
  constructor(opens: boolean) {
    this.#open = opens ? "unsaid" : "heard";
  }

  /** Bytes written and not sent even once. */
  get unsentBytes(): number {
    return this.#writtenEnd - this.#sentEnd;
  }

  /** Bytes written and not acknowledged. */
  get unackedBytes(): number {
    let bytes = this.#writtenEnd - this.#base;
    for (let i = 0; i < this.#acked.size; i++) bytes -= this.#acked.end(i) - this.#acked.start(i);
    return bytes;
  }

  /** Bytes that count against flow control; the final size once nothing more is sent. */
  get sentEnd(): number {
    return this.#sentEnd;
  }

  /** Whether everything up to the end has arrived. */
  get finished(): boolean {
    return this.#fin === "heard" && this.#base === this.#writtenEnd;
  }

  /** Whether `end` or `reset` was called. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether a RESET frame should be sent now. */
  get resetDue(): boolean {
    return this.#reset === "unsaid";
  }

  /** Whether the other side knows of our reset. */
  get resetHeard(): boolean {
    return this.#reset === "heard";
  }

  /**
   * Queues a copy of `bytes`.
   * @throws SessionError("overflow") where the caller never waits
   */
  write(bytes: Uint8Array): void {
    if (this.#ended) return;
    if (this.unsentBytes + bytes.length > UNSENT_BYTES_MAX) {
      throw new SessionError(
        "overflow",
        `A stream holds ${this.unsentBytes} unsent bytes; wait for onDrain before writing more.`,
      );
    }
    this.#buffer.write(this.#writtenEnd, bytes);
    this.#writtenEnd += bytes.length;
  }

  /** No more bytes follow. */
  end(): void {
    this.#ended = true;
  }

  /** Gives up everything not acknowledged; a RESET frame follows. */
  reset(code: number): void {
    if (this.#reset !== undefined) return;
    this.resetCode = code;
    this.#reset = "unsaid";
    this.#ended = true;
    this.#lost.clear();
    this.#buffer.clear(this.#writtenEnd);
  }

  /** The other side takes bytes up to `limit`; limits never shrink. */
  raiseLimit(limit: number): void {
    this.#limit = Math.max(this.#limit, limit);
  }

  /** Whether a STREAM frame could be sent, `credit` being what the session's window leaves. */
  hasWork(credit: number): boolean {
    if (this.#reset !== undefined) return false;
    if (this.#lost.size > 0 || this.#open === "unsaid") return true;
    if (this.#ended && this.#fin === "unsaid" && this.#sentEnd === this.#writtenEnd) return true;
    return credit > 0 && this.#sentEnd < Math.min(this.#writtenEnd, this.#limit);
  }

  /**
   * Writes one STREAM frame.
   * @param service the service name, for frames that open the stream
   * @param credit new bytes that the session's window leaves
   * @returns what it carries; undefined where not even a byte fits
   */
  writeFrame(
    buffer: PacketBuffer,
    streamId: number,
    service: Uint8Array,
    credit: number,
  ): Piece | undefined {
    const open = this.#open === "unsaid";
    const resend = this.#lost.size > 0;
    const start = resend ? this.#lost.start(0) : this.#sentEnd;
    const most = resend
      ? this.#lost.end(0)
      : Math.max(start, Math.min(this.#writtenEnd, this.#limit, this.#sentEnd + credit));
    const name = open ? service : undefined;
    const room = buffer.room - streamOverheadBytes(streamId, start, name, buffer.room);
    if (room < 0 || (room === 0 && most > start)) return undefined;
    const end = Math.min(most, start + room);
    const fin = this.#ended && end === this.#writtenEnd && this.#fin === "unsaid";
    writeStreamHead(buffer, { streamId, offset: start, fin, service: name, length: end - start });
    for (let at = start; at < end; ) {
      const view = this.#buffer.view(at, end - at);
      buffer.bytes(view);
      at += view.length;
    }
    if (resend) this.#lost.remove(start, end);
    this.#sentEnd = Math.max(this.#sentEnd, end);
    if (open) this.#open = "said";
    if (fin) this.#fin = "said";
    return { start, end, fin, open };
  }

  /** The RESET frame is on its way. */
  onResetSent(): void {
    this.#reset = "said";
  }

  /** A RESET frame was acknowledged, or lost. */
  onResetFate(arrived: boolean): void {
    if (arrived) this.#reset = "heard";
    else if (this.#reset === "said") this.#reset = "unsaid";
  }

  /** A STREAM frame was acknowledged. */
  onAcked(piece: Piece): void {
    if (piece.open) this.#open = "heard";
    if (piece.fin) this.#fin = "heard";
    if (this.#reset !== undefined) return;
    this.#lost.remove(piece.start, piece.end);
    if (piece.end <= this.#base) return;
    this.#acked.add(Math.max(piece.start, this.#base), piece.end);
    if (this.#acked.size === 0 || this.#acked.start(0) > this.#base) return;
    this.#base = this.#acked.end(0);
    this.#acked.dropFirst();
    if (this.#base === this.#writtenEnd) this.#buffer.clear(this.#base);
    else this.#buffer.dropBelow(this.#base);
  }

  /** A STREAM frame was lost: what of it has not arrived otherwise is due again. */
  onLost(piece: Piece): void {
    if (piece.open && this.#open === "said") this.#open = "unsaid";
    if (this.#reset !== undefined) return;
    if (piece.fin && this.#fin === "said") this.#fin = "unsaid";
    const start = Math.max(piece.start, this.#base);
    this.#lost.add(start, piece.end);
    for (let i = 0; i < this.#acked.size && this.#acked.start(i) < piece.end; i++) {
      this.#lost.remove(this.#acked.start(i), this.#acked.end(i));
    }
  }
}
