import type { Socket } from "node:net";
import { giveBack, plainBytes } from "./buffers.ts";
import { systemCode } from "./errors.ts";
import {
  TCP_CLOSE_TIMEOUT_MS,
  TCP_DIAL_TIMEOUT_MS,
  TCP_FIRST_FRAME_TIMEOUT_MS,
  TCP_KEEPALIVE_MS,
  TCP_PARTIAL_FRAME_TIMEOUT_MS,
  TCP_QUEUE_BYTES_MAX,
} from "./limits.ts";
import { FrameSplitter, framePrefix, TCP_PREFIX_BYTES } from "./tcp-framing.ts";
import { TurnWriter } from "./turn-writer.ts";

/** What a connection tells its transport; never from within a call to the connection. */
export interface ConnectionEvents {
  readonly onOpened: () => void;
  readonly onFrame: (frame: Uint8Array) => void;
  /** The last event. */
  readonly onClosed: (reason: string) => void;
}

/** Waits that tests shorten; all in milliseconds. */
export interface TcpTimeouts {
  readonly dialMs: number;
  readonly firstFrameMs: number;
  readonly partialFrameMs: number;
  readonly closeMs: number;
}

/** The waits of production. */
export const TCP_TIMEOUTS: TcpTimeouts = {
  dialMs: TCP_DIAL_TIMEOUT_MS,
  firstFrameMs: TCP_FIRST_FRAME_TIMEOUT_MS,
  partialFrameMs: TCP_PARTIAL_FRAME_TIMEOUT_MS,
  closeMs: TCP_CLOSE_TIMEOUT_MS,
};

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "Nobody listens there.",
  ECONNRESET: "The other side broke the connection off.",
  EPIPE: "The other side broke the connection off.",
  ETIMEDOUT: "The other side does not answer.",
  EHOSTUNREACH: "There is no way to that address at the moment.",
  ENETUNREACH: "There is no way to that network at the moment.",
  ENOTFOUND: "This name is not known.",
  EAI_AGAIN: "The name cannot be looked up at the moment.",
};

function reasonOf(error: Error): string {
  return REASONS[systemCode(error)] ?? error.message;
}

/** One stream connection: frames in and out, with bounds on waiting and on memory. */
export class TcpConnection {
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  readonly #timeouts: TcpTimeouts;
  readonly #splitter: FrameSplitter;
  readonly #writer: TurnWriter;
  #timer: NodeJS.Timeout | undefined;
  #timerGuards: "dial" | "first" | "partial" | "none" = "none";
  #opened = false;
  #silent = false;
  #reason = "The other side ended the connection.";

  /** @param accepted true for a socket that somebody dialled to us, already connected */
  constructor(socket: Socket, accepted: boolean, events: ConnectionEvents, timeouts: TcpTimeouts) {
    this.#socket = socket;
    this.#events = events;
    this.#timeouts = timeouts;
    this.#writer = new TurnWriter(socket);
    this.#splitter = new FrameSplitter((frame) => {
      if (this.#timerGuards !== "none") this.#guard("none");
      if (!this.#silent) this.#events.onFrame(frame);
    });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, TCP_KEEPALIVE_MS);
    socket.on("data", (chunk: Uint8Array) => this.#receive(chunk));
    socket.on("error", (error) => {
      this.#reason = reasonOf(error);
    });
    socket.on("close", () => this.#closed());
    if (accepted) queueMicrotask(() => this.#connected(true));
    else {
      this.#guard("dial");
      socket.once("connect", () => this.#connected(false));
    }
  }

  /** Whether frames can be sent. */
  get open(): boolean {
    return this.#opened && !this.#silent && this.#socket.writable;
  }

  /** Queues a copy of the frame; false when too much waits already or nobody is there. */
  send(frame: Uint8Array): boolean {
    if (!this.open) return false;
    const bytes = TCP_PREFIX_BYTES + frame.length;
    if (this.#writer.waitingBytes + bytes > TCP_QUEUE_BYTES_MAX) return false;
    this.#writer.add(framePrefix(frame.length));
    this.#writer.add(frame);
    return true;
  }

  /** Ends it after what waits has been written; no event follows. */
  end(): void {
    if (this.#silent) return;
    this.#silent = true;
    clearTimeout(this.#timer);
    if (!this.#opened) {
      this.#socket.destroy();
      return;
    }
    this.#writer.end();
    this.#timer = setTimeout(() => this.#socket.destroy(), this.#timeouts.closeMs);
    this.#timer.unref();
    this.#socket.resume();
  }

  /** Ends it at once; no event follows. */
  destroy(): void {
    this.#silent = true;
    this.#socket.destroy();
  }

  #connected(accepted: boolean): void {
    if (this.#silent || this.#socket.destroyed) return;
    this.#opened = true;
    this.#guard(accepted ? "first" : "none");
    this.#events.onOpened();
  }

  #receive(chunk: Uint8Array): void {
    if (this.#silent) return;
    if (!this.#splitter.push(plainBytes(chunk))) {
      this.#fail("The other side does not speak Peernet.");
      return;
    }
    giveBack(chunk);
    if (this.#splitter.pending && this.#timerGuards === "none") this.#guard("partial");
  }

  #guard(what: "dial" | "first" | "partial" | "none"): void {
    clearTimeout(this.#timer);
    this.#timerGuards = what;
    if (what === "none") return;
    const { dialMs, firstFrameMs, partialFrameMs } = this.#timeouts;
    const ms = what === "dial" ? dialMs : what === "first" ? firstFrameMs : partialFrameMs;
    const reason =
      what === "dial" ? "The other side does not answer." : "The other side stopped in the middle.";
    this.#timer = setTimeout(() => this.#fail(reason), ms);
    this.#timer.unref();
  }

  #fail(reason: string): void {
    this.#reason = reason;
    this.#socket.destroy();
    // The socket's own word may come late or, after an error, twice: the reason is ours.
    this.#socket.removeAllListeners("error");
    this.#socket.on("error", () => undefined);
  }

  #closed(): void {
    clearTimeout(this.#timer);
    if (this.#silent) return;
    this.#silent = true;
    this.#events.onClosed(this.#reason);
  }
}
