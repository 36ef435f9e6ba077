import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import type { FrameRun } from "../../base/frame-run.ts";
import type { Endpoint } from "../../ports/index.ts";
import type { HostPort } from "./addresses.ts";
import { systemCode } from "./errors.ts";
import type { LinkMarks } from "./full-tunnel/marks.ts";
import {
  UDP_FRAME_BYTES_MAX,
  UDP_HEADERS_BYTES,
  UDP_LINE_DRAIN_MS,
  UDP_LINES_MAX,
  UDP_RECEIVE_BUFFER_BYTES,
} from "./limits.ts";
import type { BatchOutlet } from "./native/udp-batch.ts";
import type { FastSocket, FastUdp } from "./native/udp-fast.ts";
import { literal } from "./udp-sockets.ts";

/** What connected sockets tell their transport. */
export interface UdpLinesHooks {
  onMessage(frame: Uint8Array, from: RemoteInfo): void;
  /** The same from the fast way. */
  onFrame(from: Endpoint, frame: Uint8Array): void;
  /** Several frames from there at once. */
  onRun: ((from: Endpoint, run: FrameRun) => void) | undefined;
  /** A frame that the fast way could not hand over at once. */
  sendSlowly(endpoint: Endpoint, socket: Socket, frame: Uint8Array): void;
  /** Frames were lost on the fast way. */
  onLost(frames: number): void;
  /** The system says that nothing listens there, or that no way leads there. */
  onUnreachable(endpoint: Endpoint): void;
}

/** Codes that tell of the far end. */
const REFUSALS = new Set(["ECONNREFUSED", "EHOSTUNREACH", "EHOSTDOWN"]);
/** Codes that tell of this end: an address or an interface of ours is gone. */
const WAYLESS = new Set(["EADDRNOTAVAIL", "EINVAL", "ENETUNREACH", "ENETDOWN", "ENODEV", "ENXIO"]);

/** A connected socket and, where there is one, the fast way through it. */
export interface LinePath {
  readonly socket: Socket;
  readonly fast: FastSocket | undefined;
  readonly outlet: BatchOutlet | undefined;
}

interface Line {
  readonly target: HostPort;
  readonly port: number;
  path: LinePath | undefined;
  /** Set while the endpoint is no longer wanted. */
  leaving: NodeJS.Timeout | undefined;
}

/**
 * One connected socket per linked neighbour, on the same port as the main socket. Only connected
 * sockets are told by Linux that nothing listens at the far end (ICMP, then ECONNREFUSED on the
 * next call): so the death of a neighbour's process is known one round trip after the next frame.
 * Besides, each neighbour fills a receive buffer of its own and no other one's.
 *
 * Linux hands a frame to the connected socket whose peer sent it, and to the main socket
 * otherwise; between `bind` and `connect`, which follow each other without a pause, a frame from
 * elsewhere may come here. It is handed on like any other, so none is lost.
 */
export class UdpLines {
  readonly #hooks: UdpLinesHooks;
  readonly #fast: FastUdp | undefined;
  readonly #marks: LinkMarks | undefined;
  readonly #lines = new Map<Endpoint, Line>();
  /** Replaced sockets whose last frames are still being read. */
  readonly #draining = new Set<LinePath>();

  constructor(hooks: UdpLinesHooks, fast: FastUdp | undefined, marks?: LinkMarks | undefined) {
    this.#hooks = hooks;
    this.#marks = marks;
    this.#fast = fast;
  }

  /** The connected socket for an endpoint, where there is one. */
  get(endpoint: Endpoint): LinePath | undefined {
    const line = this.#lines.get(endpoint);
    return line?.leaving === undefined ? line?.path : undefined;
  }

  /** Our address on the way to an endpoint, without a zone; undefined where it is not known. */
  localAddress(endpoint: Endpoint): string | undefined {
    return localOf(this.#lines.get(endpoint)?.path?.socket);
  }

  /** The largest frame that the system would send to an endpoint in one piece, in bytes; undefined where it does not say. */
  pathFrameBytes(endpoint: Endpoint): number | undefined {
    const line = this.#lines.get(endpoint);
    const { fast, outlet } = line?.path ?? {};
    if (line === undefined || fast === undefined || outlet === undefined) return undefined;
    const mtuBytes = this.#fast?.pathMtuBytes(fast, line.target.family === 4 ? 4 : 6);
    if (mtuBytes === undefined) return undefined;
    // Frames that have to leave one by one would cost more than they are larger.
    const uncutBytes = outlet.uncutBytes > 0 ? outlet.uncutBytes : Number.POSITIVE_INFINITY;
    return Math.min(UDP_FRAME_BYTES_MAX, mtuBytes - UDP_HEADERS_BYTES, uncutBytes - 1);
  }

  /** Connects a socket to an endpoint. Where that fails, or there are too many, there is none. */
  add(endpoint: Endpoint, target: HostPort, port: number): void {
    const known = this.#lines.get(endpoint);
    if (known !== undefined) {
      clearTimeout(known.leaving);
      known.leaving = undefined;
      return;
    }
    if (port === 0 || this.#lines.size >= UDP_LINES_MAX) return;
    const line: Line = { target, port, path: undefined, leaving: undefined };
    this.#lines.set(endpoint, line);
    this.#connect(endpoint, line);
  }

  /** Sends no more along it, and reads for a moment what is under way. */
  remove(endpoint: Endpoint): void {
    const line = this.#lines.get(endpoint);
    if (line === undefined || line.leaving !== undefined) return;
    line.leaving = setTimeout(() => {
      this.#lines.delete(endpoint);
      this.#end(line.path);
    }, UDP_LINE_DRAIN_MS);
    line.leaving.unref();
  }

  /** Our addresses have changed: a socket keeps its own for ever, so some must be made anew. */
  refresh(isOurs: (address: string) => boolean): void {
    for (const [endpoint, line] of this.#lines) {
      const local = localOf(line.path?.socket);
      if (local !== undefined && isOurs(local)) continue;
      this.#retire(line);
      this.#connect(endpoint, line);
    }
  }

  close(): void {
    for (const line of this.#lines.values()) {
      clearTimeout(line.leaving);
      this.#end(line.path);
    }
    this.#lines.clear();
    for (const path of this.#draining) this.#end(path);
    this.#draining.clear();
  }

  /** A frame could not be handed over: what the system's word for it means. */
  failed(endpoint: Endpoint, code: string): void {
    const line = this.#lines.get(endpoint);
    if (line === undefined || !(REFUSALS.has(code) || WAYLESS.has(code))) return;
    // Our address or network has changed; the main socket may still find a way.
    if (WAYLESS.has(code)) this.#retire(line);
    if (line.leaving === undefined) this.#hooks.onUnreachable(endpoint);
  }

  #connect(endpoint: Endpoint, line: Line): void {
    const { host, family } = line.target;
    const socket =
      family === 4
        ? createSocket({ type: "udp4", reuseAddr: true, lookup: literal })
        : createSocket({ type: "udp6", reuseAddr: true, ipv6Only: true, lookup: literal });
    const failed = (code: string): void => {
      if (line.path?.socket === socket) this.failed(endpoint, code);
    };
    socket.on("message", (frame, from) => this.#hooks.onMessage(frame, from));
    socket.on("error", (error) => failed(systemCode(error)));
    try {
      socket.once("listening", () => {
        // Before its way is chosen.
        this.#marks?.udp(socket);
        socket.connect(line.target.port, host);
      });
      socket.bind({ port: line.port, address: family === 4 ? "0.0.0.0" : "::" });
      socket.setRecvBufferSize(UDP_RECEIVE_BUFFER_BYTES);
    } catch {
      // As below.
    }
    // `literal` answers at once, so whatever could fail has failed by now.
    if (localOf(socket) === undefined) end(socket);
    else line.path = this.#pathOf(endpoint, socket, failed);
  }

  #pathOf(endpoint: Endpoint, socket: Socket, failed: (code: string) => void): LinePath {
    const hooks = this.#hooks;
    const fast = this.#fast?.take(socket, {
      onFrame: (from, frame) => hooks.onFrame(from, frame),
      onRun: hooks.onRun,
      onError: failed,
    });
    if (fast === undefined) return { socket, fast, outlet: undefined };
    const outlet = this.#fast?.outlet(fast, undefined, {
      slowly: (frame) => hooks.sendSlowly(endpoint, socket, frame),
      failed: (code, frames) => {
        hooks.onLost(frames);
        failed(code);
      },
    });
    return { socket, fast, outlet };
  }

  #retire(line: Line): void {
    const { path } = line;
    line.path = undefined;
    if (path === undefined) return;
    this.#draining.add(path);
    setTimeout(() => {
      if (this.#draining.delete(path)) this.#end(path);
    }, UDP_LINE_DRAIN_MS).unref();
  }

  #end(path: LinePath | undefined): void {
    if (path?.fast !== undefined) this.#fast?.give(path.fast);
    end(path?.socket);
  }
}

function end(socket: Socket | undefined): void {
  try {
    socket?.close();
  } catch {
    // It never came to life.
  }
}

function localOf(socket: Socket | undefined): string | undefined {
  try {
    socket?.remoteAddress();
    return socket?.address().address.split("%")[0];
  } catch {
    return undefined;
  }
}
