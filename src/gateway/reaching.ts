import { NO_BYTES } from "../base/bytes.ts";
import type { PeerId } from "../identity/index.ts";
import type { SessionPort, Stream, StreamCloseReason, StreamEvents } from "../session/index.ts";
import { WireError } from "../wire/index.ts";
import { REFUSED_LINGER_MS } from "./limits.ts";
import { type Line, type LineEnds, plainLine } from "./line.ts";
import { ANSWER_BYTES, decodeAnswer, encodeOpening, type Wanted } from "./opening.ts";
import type { Refusal } from "./refusal.ts";
import type { Far } from "./splice.ts";
import type { Near } from "./types.ts";

/** Name of the session service of tunnels. */
export const TUNNEL_SERVICE = "tcp";

/** A tunnel that stands. Join it before the call that told of it returns, or drop it. */
export interface Tunnel {
  /** @param early what came from the near end before */
  join(near: Near, early?: Uint8Array): void;
  drop(): void;
}

/** Told once: the tunnel, or why there is none. */
export type Reached = (refusal: Refusal | null, tunnel: Tunnel | undefined) => void;

/** How a stream and a near end become a connection. */
export type Join = (stream: Far, near: Near, ends: LineEnds, early: Uint8Array) => Line;

/** What a tunnel that is opened needs of the gateway. */
export interface ReachingHost {
  nowMs(): number;
  /** Nothing of it is left; called once. */
  over(reaching: Reaching): void;
}

/** A tunnel that this peer opens: asks, waits for the answer, and joins. */
export class Reaching implements StreamEvents, Tunnel {
  readonly to: PeerId;
  /** Monotonic time at which the wait ends; Infinity once answered. */
  deadlineMs: number;
  readonly #host: ReachingHost;
  readonly #join: Join;
  #done: Reached | undefined;
  #stream: Stream | undefined;
  #answer: Uint8Array = NO_BYTES;
  #line: Line | undefined;
  #closed: StreamCloseReason | undefined;
  #ended = false;

  constructor(
    to: PeerId,
    deadlineMs: number,
    done: Reached,
    host: ReachingHost,
    join: Join = plainLine,
  ) {
    this.to = to;
    this.deadlineMs = deadlineMs;
    this.#done = done;
    this.#host = host;
    this.#join = join;
  }

  /** Opens the stream and asks. False: no further stream to that peer is possible now. */
  open(session: SessionPort, wanted: Wanted): boolean {
    const stream = session.openStream(this.to, TUNNEL_SERVICE, this);
    if (stream === undefined) return false;
    this.#stream = stream;
    stream.write(encodeOpening(wanted));
    return true;
  }

  onData(bytes: Uint8Array): void {
    if (this.#line !== undefined) {
      this.#line.farData(bytes);
      return;
    }
    const missing = ANSWER_BYTES - this.#answer.length;
    if (this.#done === undefined || missing <= 0) return;
    const part = bytes.slice(0, missing);
    this.#answer = this.#answer.length === 0 ? part : Uint8Array.of(...this.#answer, ...part);
    this.#stream?.consume(part.length);
    if (this.#answer.length < ANSWER_BYTES) return;
    this.#answered();
    const rest = bytes.subarray(part.length);
    if (rest.length > 0) this.onData(rest);
  }

  onEnd(): void {
    this.#ended = true;
    if (this.#line !== undefined) this.#line.farEnd();
    else this.#fail("away");
  }

  onDrain(): void {
    this.#line?.farDrain();
  }

  onClose(reason: StreamCloseReason): void {
    this.#closed = reason;
    if (this.#line !== undefined) {
      this.#line.farClose(reason === "done");
      return;
    }
    this.#fail(reason === "refused" ? "busy" : "away");
    this.#host.over(this);
  }

  join(near: Near, early: Uint8Array = NO_BYTES): void {
    const stream = this.#stream;
    if (stream === undefined || this.#closed !== undefined) {
      near.destroy();
      return;
    }
    const ends: LineEnds = {
      onOver: () => this.#host.over(this),
      onStop: () => {
        this.deadlineMs = this.#host.nowMs() + REFUSED_LINGER_MS;
      },
    };
    this.#line = this.#join(stream, near, ends, early);
    if (this.#ended) this.#line.farEnd();
  }

  /** Nobody waits for the answer any more. Does nothing once it has come. */
  giveUp(): void {
    if (this.#done !== undefined) this.drop();
  }

  /** Ends it at once; before the answer nothing is told. */
  drop(): void {
    this.#done = undefined;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.#stream?.reset();
  }

  /** No answer came in time. */
  expire(): void {
    this.#fail("away");
  }

  #answered(): void {
    let refusal: Refusal | null;
    try {
      refusal = decodeAnswer(this.#answer);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      refusal = "malformed";
    }
    if (refusal !== null) {
      this.#fail(refusal);
      return;
    }
    this.deadlineMs = Number.POSITIVE_INFINITY;
    const done = this.#done;
    this.#done = undefined;
    done?.(null, this);
    if (this.#line === undefined) this.drop();
  }

  #fail(refusal: Refusal): void {
    const done = this.#done;
    this.#done = undefined;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    if (this.#closed === undefined) this.#stream?.reset();
    done?.(refusal, undefined);
  }
}
