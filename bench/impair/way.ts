/** What a path does to the frames that travel it in one direction. */
export interface Impairment {
  /** From the end of the queue to the far end, in milliseconds. */
  readonly delayMs: number;
  /** Share of the frames that is lost on the way, at random: 0 to 1. */
  readonly lossShare: number;
  /** Infinity: as fast as they come. */
  readonly bitsPerSecond: number;
  /** Bytes that may wait for their turn at this rate; what comes on top is dropped. */
  readonly queueBytes: number;
}

/** Frames that one way can hold, waiting and travelling. */
export const WAY_FRAMES_MAX = 16_384;

/**
 * One direction of an impairing link. It knows frames by the number of the slot that holds their
 * bytes. A frame waits for those before it at the given rate, may then be lost, and arrives a delay
 * later; the delay is the same for all, so they arrive in order.
 */
export class Way {
  readonly #impairment: Impairment;
  readonly #draw: () => number;
  readonly #slots = new Int32Array(WAY_FRAMES_MAX);
  readonly #dueUs = new Float64Array(WAY_FRAMES_MAX);
  #first = 0;
  #count = 0;
  #busyUntilUs = 0;

  /** @param draw numbers from 0 up to but not including 1 */
  constructor(impairment: Impairment, draw: () => number) {
    this.#impairment = impairment;
    this.#draw = draw;
  }

  /** Frames on their way. */
  get count(): number {
    return this.#count;
  }

  /** A frame enters; false: the queue had no room, or it is lost, and the slot is free again. */
  offer(slot: number, sizeBytes: number, nowUs: number): boolean {
    const { bitsPerSecond, queueBytes, lossShare, delayMs } = this.#impairment;
    if (this.#count === WAY_FRAMES_MAX) return false;
    const waitUs = Math.max(0, this.#busyUntilUs - nowUs);
    const bytesPerUs = bitsPerSecond / 8e6;
    if (waitUs > 0 && waitUs * bytesPerUs + sizeBytes > queueBytes) return false;
    const leavesUs = nowUs + waitUs + sizeBytes / bytesPerUs;
    this.#busyUntilUs = leavesUs;
    if (this.#draw() < lossShare) return false;
    const at = (this.#first + this.#count++) % WAY_FRAMES_MAX;
    this.#slots[at] = slot;
    this.#dueUs[at] = leavesUs + delayMs * 1_000;
    return true;
  }

  /** When the next frame arrives, in microseconds; Infinity: none is on its way. */
  nextDueUs(): number {
    return this.#count === 0 ? Number.POSITIVE_INFINITY : (this.#dueUs[this.#first] ?? 0);
  }

  /** The slot of the next frame that has arrived, or -1. */
  take(nowUs: number): number {
    if (this.nextDueUs() > nowUs) return -1;
    const slot = this.#slots[this.#first] ?? -1;
    this.#first = (this.#first + 1) % WAY_FRAMES_MAX;
    this.#count--;
    return slot;
  }
}
