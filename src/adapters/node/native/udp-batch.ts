import { constants } from "node:os";
import { getSystemErrorName } from "node:util";
import { DATAGRAM_BYTES_MAX } from "../../../wire/limits.ts";
import {
  UDP_BATCH_BYTES,
  UDP_BATCH_MESSAGES,
  UDP_SEGMENTED_BYTES_MAX,
  UDP_SEGMENTS_MAX,
} from "../limits.ts";
import { type Libc, MSG_DONTWAIT, SOL_UDP, UDP_SEGMENT } from "./libc.ts";
import { CONTROL, MESSAGE, PART, Pinned } from "./pinned.ts";

const { EAGAIN, ENOBUFS, ECONNREFUSED, EINVAL, EIO, EMSGSIZE } = constants.errno;
/** What a system answers that cannot cut a message here: old, or a way too narrow for the pieces. */
export const UNCUT: readonly number[] = [EINVAL, EIO, EMSGSIZE];
const NAME_BYTES = 32;
const NONE = -1;

const MESSAGES_AT = UDP_BATCH_BYTES;
const PARTS_AT: number = MESSAGES_AT + UDP_BATCH_MESSAGES * MESSAGE.size;
const CONTROLS_AT: number = PARTS_AT + UDP_BATCH_MESSAGES * UDP_SEGMENTS_MAX * PART.size;
const NAMES_AT: number = CONTROLS_AT + UDP_BATCH_MESSAGES * CONTROL.size;
const END: number = NAMES_AT + UDP_BATCH_MESSAGES * NAME_BYTES;

/** A socket that frames leave by. */
export interface BatchSocket {
  /** Its descriptor, or -1 once it is closed. */
  readonly descriptor: number;
  /** The system takes no more: frames wait elsewhere, and newer ones must queue behind them. */
  slow: boolean;
  /** Whether any of those still waits. */
  hasBacklog(): boolean;
}

/** One destination by one socket. */
export class BatchOutlet {
  readonly socket: BatchSocket;
  /** `struct sockaddr_in` or `sockaddr_in6`; empty where the socket is connected. */
  readonly name: Uint8Array;
  /** Sends a frame one by one, or lets it wait; it is lent. */
  readonly slowly: (frame: Uint8Array) => void;
  /** Frames were lost (0: only told so) for a reason such as "ECONNREFUSED". */
  readonly failed: (code: string, frames: number) => void;
  /** The system cuts messages to here into frames that are smaller than this; 0: it cuts none. */
  uncutBytes: number = Number.POSITIVE_INFINITY;
  /** The message that further frames may join, where `turn` is the batch's. */
  message: number = NONE;
  turn: number = NONE;

  constructor(
    socket: BatchSocket,
    name: Uint8Array,
    slowly: (frame: Uint8Array) => void,
    failed: (code: string, frames: number) => void,
  ) {
    this.socket = socket;
    this.name = name;
    this.slowly = slowly;
    this.failed = failed;
  }

  /** The system did not cut a message into frames of this size. */
  notCut(frameBytes: number): void {
    // One that refuses the smallest pieces would refuse all.
    const bytes = frameBytes <= DATAGRAM_BYTES_MAX ? 0 : frameBytes;
    this.uncutBytes = Math.min(this.uncutBytes, bytes);
  }
}

/** A message while it is gathered. */
interface Gathered {
  outlet: BatchOutlet | undefined;
  /** Bytes of each frame in it but the last, which may be shorter. */
  frameBytes: number;
  frames: number;
  bytes: number;
  parts: number;
  /** Where its last part ends. */
  end: number;
  isRetried: boolean;
}

/**
 * Gathers the frames of one turn and hands them to the system in as few calls as possible: frames
 * of one size to one place become one message that the system cuts (UDP_SEGMENT, udp(7)), and all
 * messages of a socket that follow each other leave in one sendmmsg.
 */
export class UdpBatch {
  readonly #libc: Libc;
  readonly #memory: Pinned;
  readonly #messages: readonly Gathered[];
  /** Where each part begins in the memory. */
  readonly #starts = new Uint32Array(UDP_BATCH_MESSAGES * UDP_SEGMENTS_MAX);
  #failures: { readonly outlet: BatchOutlet; readonly code: string; readonly frames: number }[] =
    [];
  #count = 0;
  #used = 0;
  #turn = 0;
  #isFlushDue = false;
  /** Whether whoever has set this calls `flush` soon, so that it need not be called at the end of the turn. */
  isHeld = false;
  readonly #flushSoon = (): void => {
    this.#isFlushDue = false;
    this.flush();
  };

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#memory = new Pinned(libc.ffi, END);
    this.#messages = Array.from({ length: UDP_BATCH_MESSAGES }, () => ({
      ...{
        outlet: undefined,
        frameBytes: 0,
        frames: 0,
        bytes: 0,
        parts: 0,
        end: 0,
        isRetried: false,
      },
    }));
    for (let i = 0; i < UDP_BATCH_MESSAGES; i++) this.#layOut(i);
  }

  /** Copies a frame; it leaves when this turn ends, or earlier; while the batch is held, with the next `flush`. */
  add(outlet: BatchOutlet, frame: Uint8Array): void {
    const bytes = frame.length;
    if (this.#used + bytes > UDP_BATCH_BYTES) this.flush();
    const index = this.#joinable(outlet, bytes) ? outlet.message : this.#begin(outlet, bytes);
    const message = this.#messages[index] as Gathered;
    const at = this.#used;
    this.#memory.bytes.set(frame, at);
    this.#used += bytes;
    if (message.parts > 0 && message.end === at) {
      const last = partAt(index, message.parts - 1) + PART.bytes;
      this.#memory.put32(last, this.#memory.get32(last) + bytes);
    } else {
      this.#starts[index * UDP_SEGMENTS_MAX + message.parts] = at;
      const part = partAt(index, message.parts++);
      this.#memory.put64(part + PART.base, this.#memory.address + at);
      this.#memory.put32(part + PART.bytes, bytes);
    }
    message.end = at + bytes;
    message.frames += 1;
    message.bytes += bytes;
    // A shorter one is the last.
    if (bytes < message.frameBytes || bytes === 0 || bytes >= outlet.uncutBytes)
      outlet.message = NONE;
    if (this.#isFlushDue || this.isHeld) return;
    this.#isFlushDue = true;
    queueMicrotask(this.#flushSoon);
  }

  /** Sends what was gathered. What went wrong is told later, on a turn of its own. */
  flush(): void {
    const count = this.#count;
    if (count === 0) return;
    this.#turn += 1;
    for (let from = 0; from < count; ) {
      const socket = this.#messages[from]?.outlet?.socket;
      let to = from;
      while (to < count && this.#messages[to]?.outlet?.socket === socket) this.#finish(to++);
      if (socket !== undefined) this.#send(socket, from, to);
      from = to;
    }
    for (let i = 0; i < count; i++) (this.#messages[i] as Gathered).outlet = undefined;
    this.#count = 0;
    this.#used = 0;
    if (this.#failures.length > 0) queueMicrotask(() => this.#tell());
  }

  #tell(): void {
    const failures = this.#failures;
    this.#failures = [];
    for (const { outlet, code, frames } of failures) outlet.failed(code, frames);
  }

  #layOut(index: number): void {
    const memory = this.#memory;
    const message = messageAt(index);
    const control = CONTROLS_AT + index * CONTROL.size;
    memory.put64(message + MESSAGE.name, memory.address + NAMES_AT + index * NAME_BYTES);
    memory.put64(message + MESSAGE.parts, memory.address + partAt(index, 0));
    memory.put64(message + MESSAGE.control, memory.address + control);
    memory.put64(control + CONTROL.bytes, CONTROL.value + 2);
    memory.put32(control + CONTROL.level, SOL_UDP);
    memory.put32(control + CONTROL.type, UDP_SEGMENT);
  }

  #joinable(outlet: BatchOutlet, bytes: number): boolean {
    if (outlet.turn !== this.#turn || outlet.message === NONE) return false;
    const message = this.#messages[outlet.message] as Gathered;
    return (
      bytes > 0 &&
      bytes <= message.frameBytes &&
      message.frames < UDP_SEGMENTS_MAX &&
      message.bytes + bytes <= UDP_SEGMENTED_BYTES_MAX
    );
  }

  #begin(outlet: BatchOutlet, bytes: number): number {
    if (this.#count === UDP_BATCH_MESSAGES) this.flush();
    const index = this.#count++;
    const message = this.#messages[index] as Gathered;
    message.outlet = outlet;
    message.frameBytes = bytes;
    message.frames = 0;
    message.bytes = 0;
    message.parts = 0;
    message.isRetried = false;
    this.#memory.bytes.set(outlet.name, NAMES_AT + index * NAME_BYTES);
    this.#memory.put32(messageAt(index) + MESSAGE.nameBytes, outlet.name.length);
    outlet.turn = this.#turn;
    outlet.message = index;
    return index;
  }

  #finish(index: number): void {
    const { frames, frameBytes, parts } = this.#messages[index] as Gathered;
    const at = messageAt(index);
    this.#memory.put32(at + MESSAGE.partCount, parts);
    this.#memory.put32(at + MESSAGE.controlBytes, frames > 1 ? CONTROL.size : 0);
    this.#memory.put32(CONTROLS_AT + index * CONTROL.size + CONTROL.value, frameBytes);
  }

  #send(socket: BatchSocket, from: number, to: number): void {
    for (let at = from; at < to; ) {
      if (socket.slow) {
        this.#sendSlowly(at++);
        continue;
      }
      if (socket.descriptor < 0) return;
      const address = this.#memory.address + messageAt(at);
      const sent = this.#libc.sendmmsg(socket.descriptor, address, to - at, MSG_DONTWAIT);
      at += sent > 0 ? sent : this.#refused(socket, at);
    }
  }

  /** The system did not take a message. How many are done with: 0 to try it again. */
  #refused(socket: BatchSocket, index: number): 0 | 1 {
    const message = this.#messages[index] as Gathered;
    const { outlet, frames, frameBytes } = message;
    const errno = this.#libc.errno();
    if (errno === EAGAIN || errno === ENOBUFS) {
      socket.slow = true;
      return 0;
    }
    if (outlet === undefined) return 1;
    if (frames > 1 && UNCUT.includes(errno)) {
      outlet.notCut(frameBytes);
      this.#sendSlowly(index);
      return 1;
    }
    // The answer to an earlier frame: it should not cost the sixty that wait now.
    const isStale = errno === ECONNREFUSED && !message.isRetried;
    message.isRetried = isStale;
    const code = getSystemErrorName(-errno);
    this.#failures.push({ outlet, code, frames: isStale ? 0 : frames });
    return isStale ? 0 : 1;
  }

  #sendSlowly(index: number): void {
    const { outlet, frameBytes, parts } = this.#messages[index] as Gathered;
    for (let part = 0; part < parts; part++) {
      let next = this.#starts[index * UDP_SEGMENTS_MAX + part] ?? 0;
      const end = next + this.#memory.get32(partAt(index, part) + PART.bytes);
      do {
        outlet?.slowly(this.#memory.bytes.subarray(next, Math.min(end, next + frameBytes)));
        next += frameBytes;
      } while (next < end);
    }
  }
}

function messageAt(index: number): number {
  return MESSAGES_AT + index * MESSAGE.size;
}

function partAt(index: number, part: number): number {
  return PARTS_AT + (index * UDP_SEGMENTS_MAX + part) * PART.size;
}
