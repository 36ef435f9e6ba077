import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import type { Endpoint } from "../../ports/index.ts";
import type { HostPort } from "./addresses.ts";
import { systemCode } from "./errors.ts";
import { UDP_LINE_DRAIN_MS, UDP_LINES_MAX, UDP_RECEIVE_BUFFER_BYTES } from "./limits.ts";
import { literal } from "./udp-sockets.ts";

/** What connected sockets tell their transport. */
export interface UdpLinesHooks {
  onMessage(frame: Uint8Array, from: RemoteInfo): void;
  /** The system says that nothing listens there, or that no way leads there. */
  onUnreachable(endpoint: Endpoint): void;
}

/** Codes that tell of the far end. */
const REFUSALS = new Set(["ECONNREFUSED", "EHOSTUNREACH", "EHOSTDOWN"]);
/** Codes that tell of this end: an address or an interface of ours is gone. */
const WAYLESS = new Set(["EADDRNOTAVAIL", "EINVAL", "ENETUNREACH", "ENETDOWN", "ENODEV", "ENXIO"]);

interface Line {
  readonly target: HostPort;
  readonly port: number;
  socket: Socket | undefined;
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
  readonly #lines = new Map<Endpoint, Line>();
  /** Replaced sockets whose last frames are still being read. */
  readonly #draining = new Set<Socket>();

  constructor(hooks: UdpLinesHooks) {
    this.#hooks = hooks;
  }

  /** The connected socket for an endpoint, where there is one. */
  get(endpoint: Endpoint): Socket | undefined {
    const line = this.#lines.get(endpoint);
    return line?.leaving === undefined ? line?.socket : undefined;
  }

  /** Our address on the way to an endpoint, without a zone; undefined where it is not known. */
  localAddress(endpoint: Endpoint): string | undefined {
    return localOf(this.#lines.get(endpoint)?.socket);
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
    const line: Line = { target, port, socket: undefined, leaving: undefined };
    this.#lines.set(endpoint, line);
    this.#connect(endpoint, line);
  }

  /** Sends no more along it, and reads for a moment what is under way. */
  remove(endpoint: Endpoint): void {
    const line = this.#lines.get(endpoint);
    if (line === undefined || line.leaving !== undefined) return;
    line.leaving = setTimeout(() => {
      this.#lines.delete(endpoint);
      end(line.socket);
    }, UDP_LINE_DRAIN_MS);
    line.leaving.unref();
  }

  /** Our addresses have changed: a socket keeps its own for ever, so some must be made anew. */
  refresh(isOurs: (address: string) => boolean): void {
    for (const [endpoint, line] of this.#lines) {
      const local = localOf(line.socket);
      if (local !== undefined && isOurs(local)) continue;
      this.#retire(line);
      this.#connect(endpoint, line);
    }
  }

  close(): void {
    for (const line of this.#lines.values()) {
      clearTimeout(line.leaving);
      end(line.socket);
    }
    this.#lines.clear();
    for (const socket of this.#draining) end(socket);
    this.#draining.clear();
  }

  /** A frame could not be handed over: what the system's word for it means. */
  failed(endpoint: Endpoint, error: Error): void {
    const line = this.#lines.get(endpoint);
    const code = systemCode(error);
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
    line.socket = socket;
    socket.on("message", (frame, from) => this.#hooks.onMessage(frame, from));
    socket.on("error", (error) => {
      if (line.socket === socket) this.failed(endpoint, error);
    });
    try {
      socket.once("listening", () => socket.connect(line.target.port, host));
      socket.bind({ port: line.port, address: family === 4 ? "0.0.0.0" : "::" });
      socket.setRecvBufferSize(UDP_RECEIVE_BUFFER_BYTES);
    } catch {
      // As below.
    }
    // `literal` answers at once, so whatever could fail has failed by now.
    if (localOf(socket) !== undefined) return;
    line.socket = undefined;
    end(socket);
  }

  #retire(line: Line): void {
    const { socket } = line;
    line.socket = undefined;
    if (socket === undefined) return;
    this.#draining.add(socket);
    setTimeout(() => {
      if (this.#draining.delete(socket)) end(socket);
    }, UDP_LINE_DRAIN_MS).unref();
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
