import { FRAMES_IN_FLIGHT_MAX, SMALL_FRAME_BYTES } from "./limits.ts";

/**
 * Frames on a stream that the reader has not said to have kept: so many of any size, and more of small ones. Both sides
 * count alike.
 */
export class FramesUnderWay {
  readonly #allMax: number;
  #all = 0;
  #large = 0;

  /** @param allMax frames, large and small; fewer than those of any size are as many */
  constructor(allMax: number) {
    this.#allMax = Math.max(allMax, FRAMES_IN_FLIGHT_MAX);
  }

  /** Whether there is room for none, however small. */
  get isFull(): boolean {
    return this.#all >= this.#allMax;
  }

  hasRoomFor(frameBytes: number): boolean {
    if (this.isFull) return false;
    return frameBytes <= SMALL_FRAME_BYTES || this.#large < FRAMES_IN_FLIGHT_MAX;
  }

  add(frameBytes: number): void {
    this.#all++;
    if (frameBytes > SMALL_FRAME_BYTES) this.#large++;
  }

  remove(frameBytes: number): void {
    this.#all--;
    if (frameBytes > SMALL_FRAME_BYTES) this.#large--;
  }
}
