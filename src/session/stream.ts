import { utf8 } from "../base/bytes.ts";
import { assert } from "../base/errors.ts";
import type { PeerId } from "../identity/index.ts";
import type { Log } from "../ports/index.ts";
import type { HeldShare } from "./held-memory.ts";
import { UNSENT_BYTES_HIGH, UNSENT_BYTES_LOW } from "./limits.ts";
import { type Deliver, ReceiveStream } from "./receive-stream.ts";
import { SendStream } from "./send-stream.ts";
import type { Stream, StreamCloseReason, StreamEvents } from "./types.ts";

/** Codes of RESET frames. */
export const RESET_CODE = { reset: 0, refused: 1 } as const;

/** The session as its streams see it. */
export interface StreamHost {
  /** What the session holds out of order. */
  readonly held: HeldShare;
  /** The stream has something to send. */
  onStreamReady(stream: SessionStream): void;
  /** Bytes of the stream were dealt with. */
  onConsumed(byteCount: number): void;
  /** The stream's own window moved. */
  onWindowMoved(stream: SessionStream): void;
}

/** What a stream needs of its manager. */
export interface StreamScope {
  readonly log: Log;
  /** `onClose` of this stream is due once the current turn is over. */
  onStreamClosed(stream: SessionStream): void;
}

/** A stream as its user holds it; lives before and after its session. */
export class SessionStream implements Stream {
  readonly id: number;
  readonly peer: PeerId;
  readonly send: SendStream;
  readonly receive: ReceiveStream = new ReceiveStream();
  /** When a stream without a session is given up, monotonic milliseconds. */
  readonly giveUpMs: number;
  /** Number inside its session; -1 before it has one. */
  wireId = -1;
  /** Whether its first bytes may go along with the first message of a session. */
  isEarly = false;
  readonly #scope: StreamScope;
  #service: string;
  #serviceBytes: Uint8Array;
  #events: StreamEvents | undefined;
  #host: StreamHost | undefined;
  #closed: StreamCloseReason | undefined;
  #closeTold = false;
  #wantsDrain = false;
  #endTold = false;
  #consumed = 0;

  constructor(options: {
    readonly id: number;
    readonly peer: PeerId;
    /** Empty while another peer's opening has not arrived. */
    readonly service: string;
    readonly opens: boolean;
    readonly scope: StreamScope;
    readonly giveUpMs: number;
    readonly events: StreamEvents | undefined;
  }) {
    this.id = options.id;
    this.peer = options.peer;
    this.#service = options.service;
    this.#serviceBytes = utf8(options.service);
    this.#scope = options.scope;
    this.#events = options.events;
    this.giveUpMs = options.giveUpMs;
    this.send = new SendStream(options.opens);
  }

  get service(): string {
    return this.#service;
  }

  /** The service name as it travels. */
  get serviceBytes(): Uint8Array {
    return this.#serviceBytes;
  }

  get unacknowledgedBytes(): number {
    return this.#closed === undefined ? this.send.unackedBytes : 0;
  }

  /** Why it is over for its user, or undefined while it lives. */
  get closed(): StreamCloseReason | undefined {
    return this.#closed;
  }

  /** Whether the service is known and has accepted it (always so on the opening side). */
  get accepted(): boolean {
    return this.#events !== undefined;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closed !== undefined || this.send.ended) return false;
    this.send.write(bytes);
    if (bytes.length > 0) this.#host?.onStreamReady(this);
    const roomLeft = this.send.unsentBytes <= UNSENT_BYTES_HIGH;
    if (!roomLeft) this.#wantsDrain = true;
    return roomLeft;
  }

  end(): void {
    if (this.#closed !== undefined || this.send.ended) return;
    this.send.end();
    this.#host?.onStreamReady(this);
  }

  reset(): void {
    this.abandon(RESET_CODE.reset, "reset");
  }

  consume(byteCount: number): void {
    if (this.#closed !== undefined) return;
    this.#consumed += byteCount;
    assert(this.#consumed <= this.receive.delivered, "More was consumed than was delivered.");
    this.#host?.onConsumed(byteCount);
    const { window, highest } = this.receive;
    if (window.consume(byteCount, highest)) this.#host?.onWindowMoved(this);
  }

  /** The stream belongs to a session from now on. */
  attach(host: StreamHost, wireId: number): void {
    this.#host = host;
    this.wireId = wireId;
    this.receive.countWith(host.held);
    host.onStreamReady(this);
  }

  /** The other side's opening arrived. */
  name(service: string): void {
    this.#service = service;
    this.#serviceBytes = utf8(service);
  }

  /** Its service has taken it: from now on events are told. */
  accept(events: StreamEvents): void {
    this.#events = events;
  }

  /** Gives up both directions and tells the other side. */
  abandon(code: number, reason: StreamCloseReason): void {
    if (this.#closed !== undefined) return;
    this.send.reset(code);
    this.finish(reason);
    this.#host?.onStreamReady(this);
  }

  /** The stream is over for its user; `onClose` follows when the current turn ends. */
  finish(reason: StreamCloseReason): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    this.receive.drop();
    this.#host?.onConsumed(this.receive.highest - this.#consumed);
    this.#scope.onStreamClosed(this);
  }

  /** Hands bytes to the user; false once they are not wanted any more. */
  readonly deliver: Deliver = (bytes) => {
    if (this.#closed !== undefined) return false;
    this.#guard(() => this.#events?.onData(bytes));
    return this.#closed === undefined;
  };

  /** Tells the end, and that all is done, once that is so. */
  progress(): void {
    if (this.#closed !== undefined || !this.accepted) return;
    if (this.receive.complete && !this.#endTold) {
      this.#endTold = true;
      this.#guard(() => this.#events?.onEnd());
    }
    if (this.#endTold && this.send.finished) this.finish("done");
  }

  /** Tells that writing may go on, where that was waited for. */
  drain(): void {
    if (!this.#wantsDrain || this.#closed !== undefined) return;
    if (this.send.unsentBytes > UNSENT_BYTES_LOW) return;
    this.#wantsDrain = false;
    this.#guard(() => this.#events?.onDrain());
  }

  /** Calls `onClose`; by the manager, once. */
  tellClosed(): void {
    const reason = this.#closed;
    if (reason === undefined || this.#closeTold) return;
    this.#closeTold = true;
    this.#guard(() => this.#events?.onClose(reason));
  }

  /** A fault of one service costs its own stream, not the session. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      const what = error instanceof Error ? error.message : "not an error object";
      this.#scope.log.warn("stream-owner-failed", { service: this.#service, what });
      this.reset();
    }
  }
}
