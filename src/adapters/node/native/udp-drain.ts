import { constants } from "node:os";
import { getSystemErrorName } from "node:util";
import { equalAt } from "../../../base/bytes.ts";
import { type FrameRun, writeFrameOfRun } from "../../../base/frame-run.ts";
import type { Endpoint } from "../../../ports/index.ts";
import { limits } from "../../../wire/index.ts";
import { AdapterError } from "../errors.ts";
import {
  ENDPOINT_CACHE_MAX,
  UDP_DRAIN_MESSAGES,
  UDP_DRAIN_SOCKETS,
  UDP_TURN_FRAMES,
} from "../limits.ts";
import type { NativeWatch } from "./ffi.ts";
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLLIN,
  type Libc,
  MSG_DONTWAIT,
  SOL_UDP,
  UDP_GRO,
} from "./libc.ts";
import { CONTROL, MESSAGE, Pinned } from "./pinned.ts";
import { SOCKADDR_BYTES_MAX } from "./sockaddr.ts";
import { ScatterSlots, scatterBytes } from "./udp-scatter.ts";

const { EAGAIN } = constants.errno;
/** Errors of one socket that are fetched in one turn; the system keeps one at a time. */
const ERRORS_PER_TURN = 4;
const NAME_BYTES = 32;
const CONTROL_BYTES = 32;
/** `struct epoll_event` is packed on x64 alone. */
const EVENT_BYTES: number = process.arch === "x64" ? 12 : 16;
const EVENT_DATA: number = process.arch === "x64" ? 4 : 8;

const MESSAGES_AT: number = scatterBytes(UDP_DRAIN_MESSAGES);
const NAMES_AT: number = MESSAGES_AT + UDP_DRAIN_MESSAGES * MESSAGE.size;
const CONTROLS_AT: number = NAMES_AT + UDP_DRAIN_MESSAGES * NAME_BYTES;
const EVENTS_AT: number = CONTROLS_AT + UDP_DRAIN_MESSAGES * CONTROL_BYTES;
const END: number = EVENTS_AT + UDP_DRAIN_SOCKETS * 16;

/** What a socket that is read here tells. */
export interface DrainHooks {
  /** A frame came. It is lent: its memory is written again after the call. */
  onFrame(from: Endpoint, frame: Uint8Array): void;
  /** Several came as one, equally lent. Who does not know it gets them one by one. */
  readonly onRun?: ((from: Endpoint, run: FrameRun) => void) | undefined;
  /** The system tells something like "ECONNREFUSED" about frames that were sent earlier. */
  onError(code: string): void;
}

/** What is told of the turns in which sockets are read. */
export interface TurnHooks {
  /** Frames will be told now, if there are any, and nothing but them until the end. */
  readonly onBegin?: (() => void) | undefined;
  /** All frames of this turn have been told. */
  readonly onEnd?: (() => void) | undefined;
}

/** A socket that is read here. */
export interface DrainSource {
  readonly descriptor: number;
  readonly hooks: DrainHooks;
  closed: boolean;
  /** The name of who was heard last, as the system gives it, and what it stands for; most messages follow one of the same sender. */
  readonly name: Uint8Array;
  /** Bytes of the name; -1 for none. */
  nameBytes: number;
  from: Endpoint;
}

/**
 * Reads sockets in place of libuv: many datagrams with one call, and those of one sender that the
 * system has put together (UDP_GRO) as one.
 *
 * libuv must not read beside it, for it would take such a bundle for one long datagram. So its
 * reading is stopped, and all sockets are put into one epoll set, which libuv watches for us:
 * libuv refuses to watch a descriptor twice, a set may hold it all the same, and an error that
 * waits on a socket (a neighbour has died) would end libuv's watch on the socket itself. A thread
 * that blocks in poll() was not taken: waking this one from there takes 40 us and more, and a set
 * that the loop watches none. One 1,200-byte frame over loopback costs its reader 0.4 us so, 1.0 us
 * with recvmmsg alone, 3.8 us by libuv (`npm run bench -- udp`).
 */
export class UdpDrain {
  readonly #libc: Libc;
  readonly #memory: Pinned;
  readonly #slots: ScatterSlots;
  readonly #turns: TurnHooks;
  readonly #nameOf: (name: Uint8Array) => Endpoint;
  readonly #sources = new Map<number, DrainSource>();
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #epoll: number;
  readonly #watch: NativeWatch;
  /** Descriptors of which something can be read in this turn. */
  readonly #ready = new Int32Array(UDP_DRAIN_SOCKETS);
  #dirty: number = UDP_DRAIN_MESSAGES;
  #isDue = false;
  #closed = false;
  readonly #turn = (): void => {
    this.#isDue = false;
    this.#turns.onBegin?.();
    try {
      this.#drain();
    } finally {
      this.#turns.onEnd?.();
    }
  };

  /**
   * @param nameOf the endpoint of a `struct sockaddr`
   * @throws AdapterError("io") where the system has no descriptor left
   */
  constructor(libc: Libc, nameOf: (name: Uint8Array) => Endpoint, turns: TurnHooks = {}) {
    this.#libc = libc;
    this.#turns = turns;
    this.#nameOf = nameOf;
    this.#memory = new Pinned(libc.ffi, END);
    const { DATAGRAM_BYTES_MAX } = limits;
    this.#slots = new ScatterSlots(this.#memory, 0, UDP_DRAIN_MESSAGES, DATAGRAM_BYTES_MAX);
    for (let i = 0; i < UDP_DRAIN_MESSAGES; i++) this.#layOut(i);
    this.#epoll = libc.epollCreate();
    // Asked to watch a bad descriptor, koffi ends the process.
    if (this.#epoll < 0) {
      throw new AdapterError("io", "This system opens no more files; raise its limit (ulimit -n).");
    }
    // A callback of a watch is no turn of Node's: promises and errors would be left lying.
    this.#watch = libc.ffi.watch(this.#epoll, () => {
      if (this.#isDue) return;
      this.#isDue = true;
      setImmediate(this.#turn);
    });
  }

  /** Reads a socket from now on; undefined where that is impossible. */
  add(descriptor: number, hooks: DrainHooks): DrainSource | undefined {
    const memory = this.#memory;
    memory.bytes.fill(0, EVENTS_AT, EVENTS_AT + EVENT_BYTES);
    memory.put32(EVENTS_AT, EPOLLIN);
    memory.put32(EVENTS_AT + EVENT_DATA, descriptor);
    const event = memory.address + EVENTS_AT;
    if (this.#closed) return undefined;
    if (this.#libc.epollControl(this.#epoll, EPOLL_CTL_ADD, descriptor, event) !== 0) {
      return undefined;
    }
    const name = new Uint8Array(NAME_BYTES);
    const source: DrainSource = {
      ...{ descriptor, hooks, closed: false },
      ...{ name, nameBytes: -1, from: "" },
    };
    this.#sources.set(descriptor, source);
    return source;
  }

  /** Lets the system put datagrams together; call when nobody else reads the socket any more. */
  bundle(source: DrainSource): void {
    const memory = this.#memory;
    memory.put32(EVENTS_AT, 1);
    // A system before Linux 5.0 refuses, and goes on as before.
    this.#libc.setsockopt(source.descriptor, SOL_UDP, UDP_GRO, memory.address + EVENTS_AT, 4);
  }

  /** Must be called before the socket is closed. */
  remove(source: DrainSource): void {
    if (source.closed) return;
    source.closed = true;
    this.#sources.delete(source.descriptor);
    const event = this.#memory.address + EVENTS_AT;
    this.#libc.epollControl(this.#epoll, EPOLL_CTL_DEL, source.descriptor, event);
  }

  /** Interfaces have other names or numbers now. */
  forgetNames(): void {
    this.#endpoints.clear();
    for (const source of this.#sources.values()) source.nameBytes = -1;
  }

  close(): void {
    if (this.#closed) return;
    for (const source of this.#sources.values()) this.remove(source);
    this.#closed = true;
    this.#watch.close();
    this.#libc.close(this.#epoll);
  }

  #layOut(index: number): void {
    const memory = this.#memory;
    const message = MESSAGES_AT + index * MESSAGE.size;
    memory.put64(message + MESSAGE.name, memory.address + NAMES_AT + index * NAME_BYTES);
    memory.put64(message + MESSAGE.parts, memory.address + this.#slots.partsAt(index));
    memory.put64(message + MESSAGE.partCount, this.#slots.partCount);
    memory.put64(message + MESSAGE.control, memory.address + CONTROLS_AT + index * CONTROL_BYTES);
  }

  #drain(): void {
    if (this.#closed) return;
    const { address } = this.#memory;
    const ready = this.#libc.epollReady(this.#epoll, address + EVENTS_AT, UDP_DRAIN_SOCKETS);
    if (ready <= 0) return;
    // Before anything is read: whoever hears of a frame may have other events put into this memory.
    for (let i = 0; i < ready; i++) this.#ready[i] = this.#descriptorAt(i);
    const share = Math.ceil(UDP_TURN_FRAMES / ready);
    // What is left is told again in the next turn; no socket may starve the others until then.
    for (let i = 0; i < ready; i++) {
      const source = this.#sources.get(this.#ready[i] ?? 0);
      if (source !== undefined) this.#read(source, share);
    }
  }

  #descriptorAt(index: number): number {
    const at = EVENTS_AT + index * EVENT_BYTES + EVENT_DATA;
    return this.#memory.get32(at);
  }

  #read(source: DrainSource, share: number): void {
    let errors = 0;
    for (let frames = 0; frames < share && !source.closed; ) {
      this.#prepare();
      const { address } = this.#memory;
      const messages = address + MESSAGES_AT;
      const { descriptor } = source;
      const count = this.#libc.recvmmsg(descriptor, messages, UDP_DRAIN_MESSAGES, MSG_DONTWAIT);
      if (count > 0) {
        this.#dirty = count;
        for (let i = 0; i < count; i++) frames += this.#deliver(source, i);
        if (count < UDP_DRAIN_MESSAGES) return;
        continue;
      }
      const errno = this.#libc.errno();
      if (count === 0 || errno === EAGAIN || errors++ === ERRORS_PER_TURN) return;
      source.hooks.onError(getSystemErrorName(-errno));
    }
  }

  /** Lengths are written over by every message that comes. */
  #prepare(): void {
    for (let i = 0; i < this.#dirty; i++) {
      const at = MESSAGES_AT + i * MESSAGE.size;
      this.#memory.put32(at + MESSAGE.nameBytes, SOCKADDR_BYTES_MAX);
      this.#memory.put32(at + MESSAGE.controlBytes, CONTROL.size);
    }
    this.#dirty = 0;
    if (!this.#slots.follow()) return;
    for (let i = 0; i < UDP_DRAIN_MESSAGES; i++) this.#layOut(i);
  }

  #deliver(source: DrainSource, index: number): number {
    if (source.closed) return 0;
    const bytes = this.#memory.get32(MESSAGES_AT + index * MESSAGE.size + MESSAGE.bytes);
    const frameBytes = this.#frameBytes(index, bytes);
    const from = this.#sender(source, index);
    const frame = this.#slots.frame(index, bytes, frameBytes);
    if (frame !== undefined) {
      source.hooks.onFrame(from, frame);
      return 1;
    }
    const came = this.#slots.read(index, bytes, frameBytes);
    if (came.kind === "frames") return deliverEach(source, from, came.bytes, frameBytes);
    this.#deliverRun(source, from, came.run);
    return came.run.count;
  }

  #deliverRun(source: DrainSource, from: Endpoint, run: FrameRun): void {
    const { hooks } = source;
    if (hooks.onRun !== undefined) {
      hooks.onRun(from, run);
      return;
    }
    const frame = new Uint8Array(run.frameBytes);
    for (let index = 0; index < run.count && !source.closed; index++) {
      hooks.onFrame(from, frame.subarray(0, writeFrameOfRun(run, index, frame)));
    }
  }

  /** The bytes of each datagram in a message, of which the last may be shorter. */
  #frameBytes(index: number, bytes: number): number {
    const memory = this.#memory;
    const control = CONTROLS_AT + index * CONTROL_BYTES;
    const length = memory.get32(MESSAGES_AT + index * MESSAGE.size + MESSAGE.controlBytes);
    const isBundle =
      length >= CONTROL.value + 4 &&
      memory.get32(control + CONTROL.level) === SOL_UDP &&
      memory.get32(control + CONTROL.type) === UDP_GRO;
    const piece = isBundle ? memory.get32(control + CONTROL.value) : bytes;
    return piece > 0 ? piece : Math.max(1, bytes);
  }

  #sender(source: DrainSource, index: number): Endpoint {
    const at = NAMES_AT + index * NAME_BYTES;
    const length = this.#memory.get32(MESSAGES_AT + index * MESSAGE.size + MESSAGE.nameBytes);
    if (length === source.nameBytes && equalAt(this.#memory.bytes, at, source.name, 0, length)) {
      return source.from;
    }
    const name = this.#memory.bytes.subarray(at, at + length);
    const key = Buffer.from(name.buffer, name.byteOffset, length).toString("latin1");
    let endpoint = this.#endpoints.get(key);
    if (endpoint === undefined) {
      if (this.#endpoints.size >= ENDPOINT_CACHE_MAX) this.#endpoints.clear();
      endpoint = this.#nameOf(name);
      this.#endpoints.set(key, endpoint);
    }
    source.nameBytes = length <= NAME_BYTES ? length : -1;
    if (length <= NAME_BYTES) source.name.set(name);
    source.from = endpoint;
    return endpoint;
  }
}

function deliverEach(
  source: DrainSource,
  from: Endpoint,
  bytes: Uint8Array,
  frameBytes: number,
): number {
  let frames = 0;
  for (let at = 0; at < bytes.length && !source.closed; at += frameBytes, frames++) {
    source.hooks.onFrame(from, bytes.subarray(at, at + frameBytes));
  }
  return frames;
}
