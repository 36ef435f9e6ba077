import { constants } from "node:os";
import { type FrameRun, RUN_HEAD_BYTES, writeFrameOfRun } from "../../../base/frame-run.ts";
import { UDP_SEGMENTED_BYTES_MAX, UDP_SEGMENTS_MAX } from "../limits.ts";
import { type Libc, MSG_DONTWAIT, SOL_UDP, UDP_SEGMENT } from "./libc.ts";
import { CONTROL, MESSAGE, PART, Pinned } from "./pinned.ts";
import { type BatchOutlet, UNCUT } from "./udp-batch.ts";

const { EAGAIN, ENOBUFS } = constants.errno;
/** Messages of one run: a packet of 64 KiB in small frames takes two. */
const MESSAGES = 2;
const FRAMES_MAX: number = MESSAGES * UDP_SEGMENTS_MAX;
const LEAD_BYTES_MAX = 2_048;
const NAME_BYTES = 32;
/** The head and the body of each frame, and the lead before the first body. */
const PARTS: number = 2 * FRAMES_MAX + 1;

const LEAD_AT: number = FRAMES_MAX * RUN_HEAD_BYTES;
const NAME_AT: number = LEAD_AT + LEAD_BYTES_MAX;
const PARTS_AT: number = NAME_AT + NAME_BYTES;
const MESSAGES_AT: number = PARTS_AT + PARTS * PART.size;
const CONTROLS_AT: number = MESSAGES_AT + MESSAGES * MESSAGE.size;
const END: number = CONTROLS_AT + MESSAGES * CONTROL.size;

/** Sends a run with one system call that gathers heads and body from where they are. */
export class UdpRunSender {
  readonly #libc: Libc;
  readonly #memory: Pinned;
  #frame = new Uint8Array(0);
  /** The memory of the last body, and where it lies: another array never equals it, even where it came to lie there. */
  #buffer: ArrayBufferLike | undefined;
  #bufferAddress = 0;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#memory = new Pinned(libc.ffi, END);
    this.#layOut();
  }

  /**
   * Sends a run. False: nothing was sent, and it must go frame by frame.
   * @param rest takes frames that found no room behind others that have left; lent
   */
  send(outlet: BatchOutlet, run: FrameRun, rest: (frame: Uint8Array) => void): boolean {
    const { frameBytes, count } = run;
    const each = framesEach(run);
    const messages = Math.ceil(count / each);
    if (messages > MESSAGES || run.lead.length > LEAD_BYTES_MAX) return false;
    if (count > 1 && frameBytes >= outlet.uncutBytes) return false;
    if (outlet.socket.slow || outlet.socket.descriptor < 0) return false;
    this.#fill(outlet, run);
    for (let i = 0; i < messages; i++) {
      const first = i * each;
      this.#finish(i, first, Math.min(each, count - first), outlet.name.length, frameBytes);
    }
    const address = this.#memory.address + MESSAGES_AT;
    const { descriptor } = outlet.socket;
    const sent = this.#libc.sendmmsg(descriptor, address, messages, MSG_DONTWAIT);
    if (sent < messages) this.#note(outlet, run);
    if (sent <= 0) return false;
    for (let index = sent * each; index < count; index++) this.#handOn(run, index, rest);
    return true;
  }

  #layOut(): void {
    const memory = this.#memory;
    for (let index = 0; index < FRAMES_MAX; index++) {
      const part = headPartAt(index);
      memory.put64(part + PART.base, memory.address + index * RUN_HEAD_BYTES);
      memory.put64(part + PART.bytes, RUN_HEAD_BYTES);
    }
    memory.put64(PARTS_AT + PART.size + PART.base, memory.address + LEAD_AT);
    for (let i = 0; i < MESSAGES; i++) {
      const message = MESSAGES_AT + i * MESSAGE.size;
      const control = CONTROLS_AT + i * CONTROL.size;
      memory.put64(message + MESSAGE.name, memory.address + NAME_AT);
      memory.put64(message + MESSAGE.control, memory.address + control);
      memory.put64(control + CONTROL.bytes, CONTROL.value + 2);
      memory.put32(control + CONTROL.level, SOL_UDP);
      memory.put32(control + CONTROL.type, UDP_SEGMENT);
    }
  }

  #fill(outlet: BatchOutlet, { frameBytes, count, heads, lead, body }: FrameRun): void {
    const memory = this.#memory;
    const headBytes = count * RUN_HEAD_BYTES;
    memory.bytes.set(heads.length === headBytes ? heads : heads.subarray(0, headBytes));
    memory.bytes.set(lead, LEAD_AT);
    memory.bytes.set(outlet.name, NAME_AT);
    memory.put64(PARTS_AT + PART.size + PART.bytes, lead.length);
    const address = this.#addressOf(body);
    const roomBytes = frameBytes - RUN_HEAD_BYTES;
    let from = 0;
    for (let index = 0; index < count; index++) {
      const end = Math.min(body.length, (index + 1) * roomBytes - lead.length);
      const part = bodyPartAt(index);
      memory.put64(part + PART.base, address + from);
      memory.put64(part + PART.bytes, end - from);
      from = end;
    }
  }

  /** Bodies lie in the same few places over and over, and asking where costs a call. */
  #addressOf(body: Uint8Array): number {
    const { buffer, byteOffset } = body;
    if (this.#buffer !== buffer) {
      this.#buffer = buffer;
      this.#bufferAddress = this.#libc.ffi.addressOf(new Uint8Array(buffer));
    }
    return this.#bufferAddress + byteOffset;
  }

  #finish(
    message: number,
    first: number,
    frames: number,
    nameBytes: number,
    frameBytes: number,
  ): void {
    const memory = this.#memory;
    const at = MESSAGES_AT + message * MESSAGE.size;
    memory.put32(at + MESSAGE.nameBytes, nameBytes);
    memory.put64(at + MESSAGE.parts, memory.address + headPartAt(first));
    memory.put64(at + MESSAGE.partCount, 2 * frames + (first === 0 ? 1 : 0));
    memory.put32(at + MESSAGE.controlBytes, frames > 1 ? CONTROL.size : 0);
    memory.put32(CONTROLS_AT + message * CONTROL.size + CONTROL.value, frameBytes);
  }

  #note(outlet: BatchOutlet, { frameBytes, count }: FrameRun): void {
    const errno = this.#libc.errno();
    if (errno === EAGAIN || errno === ENOBUFS) outlet.socket.slow = true;
    else if (count > 1 && UNCUT.includes(errno)) outlet.notCut(frameBytes);
  }

  #handOn(run: FrameRun, index: number, rest: (frame: Uint8Array) => void): void {
    if (this.#frame.length < run.frameBytes) this.#frame = new Uint8Array(run.frameBytes);
    rest(this.#frame.subarray(0, writeFrameOfRun(run, index, this.#frame)));
  }
}

/** Frames of each message: all, where they fit into one, so that who reads it finds them together. */
function framesEach({ frameBytes, count, lead, body }: FrameRun): number {
  const bytes = count * RUN_HEAD_BYTES + lead.length + body.length;
  const isOne = count <= UDP_SEGMENTS_MAX && bytes <= UDP_SEGMENTED_BYTES_MAX;
  if (isOne || count === 1) return count;
  // A frame that need not be cut may have a few bytes more.
  return Math.max(1, Math.min(UDP_SEGMENTS_MAX, Math.floor(UDP_SEGMENTED_BYTES_MAX / frameBytes)));
}

/** The lead stands between head and body of the first frame. */
function headPartAt(index: number): number {
  return PARTS_AT + (index === 0 ? 0 : 2 * index + 1) * PART.size;
}

function bodyPartAt(index: number): number {
  return PARTS_AT + (2 * index + 2) * PART.size;
}
