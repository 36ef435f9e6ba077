import type { Socket } from "node:dgram";
import type { FrameRun } from "../../base/frame-run.ts";
import type { Endpoint } from "../../ports/index.ts";
import type { HostPort } from "./addresses.ts";
import { systemCode } from "./errors.ts";
import { ENDPOINT_CACHE_MAX, UDP_FRAME_BYTES_MAX, UDP_QUEUE_BYTES_MAX } from "./limits.ts";
import type { BatchOutlet } from "./native/udp-batch.ts";
import type { FastSocket, FastUdp } from "./native/udp-fast.ts";
import type { LinePath } from "./udp-lines.ts";
import type { UnicastSockets } from "./udp-sockets.ts";

/** What a sender is made of. */
export interface UdpSenderOptions {
  readonly sockets: UnicastSockets;
  /** The fast way, where there is one … */
  readonly fast: FastUdp | undefined;
  /** … and the main sockets that have it, by family. */
  readonly fastSockets: ReadonlyMap<4 | 6, FastSocket>;
  /** A frame could not leave by a connected socket, for a reason such as "ECONNREFUSED". */
  readonly onLineFailed: (endpoint: Endpoint, code: string) => void;
}

/** Hands frames to the sockets, many at once where the system can take them so. */
export class UdpSender {
  readonly #options: UdpSenderOptions;
  readonly #outlets = new Map<Endpoint, BatchOutlet>();
  #closed = false;
  /** Frames that could not be sent. */
  errors = 0;
  /** Frames that were dropped because the queue was full. */
  dropped = 0;
  readonly #onSent = (error: Error | null): void => {
    if (error !== null) this.errors++;
  };

  constructor(options: UdpSenderOptions) {
    this.#options = options;
  }

  /** Sends from the main socket. False: it was dropped. */
  send(endpoint: Endpoint, target: HostPort, frame: Uint8Array): boolean {
    if (this.#closed || frame.length > UDP_FRAME_BYTES_MAX) return false;
    const { fast } = this.#options;
    const outlet = this.#outlets.get(endpoint) ?? this.#outletOf(endpoint, target);
    if (outlet !== undefined && fast?.send(outlet, frame) === true) return true;
    return this.sendTo(target.family === 4 ? 4 : 6, target.host, target.port, frame);
  }

  /** Sends by a connected socket. False: it was dropped. */
  sendAlong(endpoint: Endpoint, { socket, outlet }: LinePath, frame: Uint8Array): boolean {
    if (this.#closed || frame.length > UDP_FRAME_BYTES_MAX) return false;
    if (outlet !== undefined && this.#options.fast?.send(outlet, frame) === true) return true;
    return this.sendByLine(endpoint, socket, frame);
  }

  /** Sends a run by a connected socket. False: it must go frame by frame. */
  sendRunAlong({ outlet }: LinePath, run: FrameRun): boolean {
    if (this.#closed || outlet === undefined || run.frameBytes > UDP_FRAME_BYTES_MAX) return false;
    return this.#options.fast?.sendRun(outlet, run) === true;
  }

  /** The same frame by node:dgram. */
  sendByLine(endpoint: Endpoint, line: Socket, frame: Uint8Array): boolean {
    if (!this.#hasRoom(line, frame)) return false;
    try {
      line.send(Buffer.from(frame), (error) => {
        if (error === null || this.#closed) return;
        this.errors++;
        this.#options.onLineFailed(endpoint, systemCode(error));
      });
      return true;
    } catch {
      this.errors++;
      return false;
    }
  }

  /** Sends from the main socket by node:dgram, at once where the system takes it. */
  sendTo(family: 4 | 6, host: string, port: number, frame: Uint8Array): boolean {
    const { socket4, socket6 } = this.#options.sockets;
    const socket = family === 4 ? socket4 : socket6;
    if (socket === undefined || !this.#hasRoom(socket, frame)) return false;
    try {
      socket.send(Buffer.from(frame), port, host, this.#onSent);
      return true;
    } catch {
      this.errors++;
      return false;
    }
  }

  /** Addresses and interfaces have changed: what was made of their names is made anew. */
  forgetNames(): void {
    this.#outlets.clear();
    this.#options.fast?.forgetNames();
  }

  /** Sends what waits, and nothing more. */
  close(): void {
    this.#options.fast?.flush();
    this.#closed = true;
  }

  #hasRoom(socket: Socket, frame: Uint8Array): boolean {
    if (this.#closed || frame.length > UDP_FRAME_BYTES_MAX) return false;
    if (socket.getSendQueueSize() + frame.length <= UDP_QUEUE_BYTES_MAX) return true;
    this.dropped++;
    return false;
  }

  #outletOf(endpoint: Endpoint, target: HostPort): BatchOutlet | undefined {
    const { fast, fastSockets } = this.#options;
    const family = target.family === 4 ? 4 : 6;
    const socket = fastSockets.get(family);
    if (socket === undefined) return undefined;
    const outlet = fast?.outlet(socket, target, {
      slowly: (frame) => void this.sendTo(family, target.host, target.port, frame),
      failed: (_code, frames) => {
        this.errors += frames;
      },
    });
    if (outlet === undefined) return undefined;
    if (this.#outlets.size >= ENDPOINT_CACHE_MAX) this.#outlets.clear();
    this.#outlets.set(endpoint, outlet);
    return outlet;
  }
}
