import type { Near, NearEvents } from "./types.ts";

/** The far end of a connection: a session's stream, or something that wraps one. */
export interface Far {
  /** Queues bytes (copied); false means: wait for the drain. */
  write(bytes: Uint8Array): boolean;
  end(): void;
  reset(): void;
  /** Received bytes are dealt with. */
  consume(byteCount: number): void;
}

/**
 * Joins the two ends of a connection. Neither side is read faster than the other takes; an end is
 * handed on as an end and a failure as a failure.
 */
export class Splice implements NearEvents {
  readonly #far: Far;
  readonly #near: Near;
  readonly #onOver: () => void;
  #nearEnded = false;
  #farEnded = false;
  #nearGone = false;
  #farGone = false;
  #blocked = false;

  /** @param onOver both ends are gone; called once */
  constructor(far: Far, near: Near, onOver: () => void) {
    this.#far = far;
    this.#near = near;
    this.#onOver = onOver;
  }

  /** Bytes from the far end; lent. */
  farData(bytes: Uint8Array): void {
    const { length } = bytes;
    if (this.#nearGone) this.#far.consume(length);
    else this.#near.write(bytes, () => this.#far.consume(length));
  }

  /** The far end has finished writing. */
  farEnd(): void {
    this.#farEnded = true;
    if (!this.#nearGone) this.#near.end();
  }

  /** The far end takes bytes again. */
  farDrain(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    if (!this.#nearGone) this.#near.resume();
  }

  /** The far end is gone. @param clean whether everything arrived */
  farClose(clean: boolean): void {
    if (this.#farGone) return;
    this.#farGone = true;
    if (!clean && !this.#nearGone) this.#near.destroy();
    if (this.#nearGone) this.#onOver();
  }

  onData(bytes: Uint8Array): void {
    if (this.#farGone || this.#far.write(bytes)) return;
    this.#blocked = true;
    this.#near.pause();
  }

  onEnd(): void {
    this.#nearEnded = true;
    if (!this.#farGone) this.#far.end();
  }

  onClose(): void {
    if (this.#nearGone) return;
    this.#nearGone = true;
    if (!this.#farGone && !(this.#nearEnded && this.#farEnded)) this.#far.reset();
    if (this.#farGone) this.#onOver();
  }
}
