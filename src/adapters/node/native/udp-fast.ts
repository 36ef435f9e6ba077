import type { Socket } from "node:dgram";
import type { FrameRun } from "../../../base/frame-run.ts";
import type { Endpoint } from "../../../ports/index.ts";
import type { HostPort } from "../addresses.ts";
import { ffiMissing } from "./ffi.ts";
import { findLibc, type Libc } from "./libc.ts";
import { PathMtu } from "./path-mtu.ts";
import { SocketAddresses } from "./sockaddr.ts";
import { BatchOutlet, type BatchSocket, UdpBatch } from "./udp-batch.ts";
import { type DrainHooks, type DrainSource, type TurnHooks, UdpDrain } from "./udp-drain.ts";
import { UdpRunSender } from "./udp-run-sender.ts";

const NO_NAME = new Uint8Array(0);

/** A socket of node:dgram whose frames go past libuv. */
export interface FastSocket extends BatchSocket {
  descriptor: number;
  readonly source: DrainSource;
}

/** How an outlet's frames leave where they cannot leave at once, and how failures are told. */
export interface OutletHooks {
  slowly(frame: Uint8Array): void;
  failed(code: string, frames: number): void;
}

/** What node:dgram keeps inside of a socket. */
interface Handle {
  readonly fd: number;
  recvStop(): unknown;
}

function isHandle(value: unknown): value is Handle {
  if (typeof value !== "object" || value === null || !("fd" in value)) return false;
  return Number.isInteger(value.fd) && "recvStop" in value && typeof value.recvStop === "function";
}

/** The descriptor of a bound socket, or undefined where node:dgram hides it. */
export function descriptorOf(socket: Socket): number | undefined {
  return handleOf(socket)?.fd;
}

/** By symbol, for the old name `_handle` warns everybody who looks. */
function handleOf(socket: Socket): Handle | undefined {
  for (const symbol of Object.getOwnPropertySymbols(socket)) {
    if (symbol.description !== "state symbol") continue;
    const state: unknown = Reflect.get(socket, symbol);
    if (typeof state !== "object" || state === null || !("handle" in state)) return undefined;
    return isHandle(state.handle) && state.handle.fd >= 0 ? state.handle : undefined;
  }
  return undefined;
}

/**
 * Moves the frames of UDP sockets with few system calls. Sockets are opened, bound, connected and
 * closed by node:dgram; `give` must come before that last step.
 */
export class FastUdp {
  readonly #batch: UdpBatch;
  readonly #runs: UdpRunSender;
  readonly #drain: UdpDrain;
  readonly #addresses: SocketAddresses;
  readonly #mtu: PathMtu;

  /**
   * @param endpointOf the endpoint of a sender
   * @throws AdapterError("io") where the system has no descriptor left
   */
  constructor(
    libc: Libc,
    endpointOf: (address: string, port: number) => Endpoint,
    turns: TurnHooks = {},
  ) {
    const addresses = new SocketAddresses(libc);
    this.#addresses = addresses;
    this.#mtu = new PathMtu(libc);
    this.#batch = new UdpBatch(libc);
    this.#runs = new UdpRunSender(libc);
    const nameOf = (name: Uint8Array): Endpoint => {
      const { address, port } = addresses.decode(name);
      return endpointOf(address, port);
    };
    this.#drain = new UdpDrain(libc, nameOf, {
      onBegin: () => {
        this.#batch.isHeld = true;
        turns.onBegin?.();
      },
      onEnd: () => {
        turns.onEnd?.();
        // What that has brought about leaves now: nothing else will come in this turn.
        this.#batch.isHeld = false;
        this.#batch.flush();
      },
    });
  }

  /** Reads a bound socket from now on; undefined where libuv must go on doing it. */
  take(socket: Socket, hooks: DrainHooks): FastSocket | undefined {
    const handle = handleOf(socket);
    if (handle === undefined) return undefined;
    const source = this.#drain.add(handle.fd, hooks);
    if (source === undefined) return undefined;
    handle.recvStop();
    this.#drain.bundle(source);
    const hasBacklog = (): boolean => socket.getSendQueueCount() > 0;
    return { descriptor: handle.fd, source, slow: false, hasBacklog };
  }

  /** Sends what waits and lets go of a socket that is about to be closed. */
  give(fast: FastSocket): void {
    this.#batch.flush();
    this.#drain.remove(fast.source);
    fast.descriptor = -1;
  }

  /** A destination; without a target it is the one that the socket is connected to. */
  outlet(
    socket: FastSocket,
    target: HostPort | undefined,
    { slowly, failed }: OutletHooks,
  ): BatchOutlet | undefined {
    const name = target === undefined ? NO_NAME : this.#addresses.encode(target);
    return name === undefined ? undefined : new BatchOutlet(socket, name, slowly, failed);
  }

  /** Sends a frame when this turn ends. False: it must go by node:dgram, behind what waits there. */
  send(outlet: BatchOutlet, frame: Uint8Array): boolean {
    const { socket } = outlet;
    if (socket.descriptor < 0) return false;
    if (socket.slow) {
      if (socket.hasBacklog()) return false;
      socket.slow = false;
    }
    this.#batch.add(outlet, frame);
    return true;
  }

  /** Sends a run now, behind what was gathered. False: it must go frame by frame. */
  sendRun(outlet: BatchOutlet, run: FrameRun): boolean {
    this.#batch.flush();
    return this.#runs.send(outlet, run, (frame) => this.#batch.add(outlet, frame));
  }

  /**
   * The largest datagram, headers of IP and UDP included, that the system would send by a
   * connected socket without cutting it, in bytes: what the interface takes, or less where a router has said so.
   * Undefined where it does not know.
   */
  pathMtuBytes({ descriptor }: FastSocket, family: 4 | 6): number | undefined {
    return descriptor < 0 ? undefined : this.#mtu.of(descriptor, family);
  }

  /** Sends what was gathered so far. */
  flush(): void {
    this.#batch.flush();
  }

  /** Interfaces have other names or numbers now. */
  forgetNames(): void {
    this.#drain.forgetNames();
  }

  /** Every socket must have been given back. */
  close(): void {
    this.#batch.flush();
    this.#drain.close();
  }
}

/** The fast way, or in a few words why there is none. */
export function openFastUdp(
  endpointOf: (address: string, port: number) => Endpoint,
  turns?: TurnHooks,
): FastUdp | string {
  if (process.platform !== "linux")
    return "only Linux has the calls for it; nothing needs to be done";
  const libc = findLibc();
  if (libc === undefined) return ffiMissing() || "this system's C library lacks the calls for it";
  try {
    return new FastUdp(libc, endpointOf, turns);
  } catch {
    return "the system opens no more files; raise its limit (ulimit -n)";
  }
}
