import type { Stream } from "../session/index.ts";
import { ANSWER_BYTES } from "./opening.ts";
import type { Far } from "./splice.ts";

/**
 * A stream on which the answer "yes" may still be on its way. A reset would overtake the answer, and
 * whoever opened would take a connection that broke for a peer that is away: so a break waits for it.
 */
export class AfterAnswer implements Far {
  readonly #stream: Stream;
  readonly #onHeld: () => void;
  #writtenBytes = ANSWER_BYTES;
  #isHeld = false;

  /** @param onHeld a break waits: ask `tryReset` again soon */
  constructor(stream: Stream, onHeld: () => void) {
    this.#stream = stream;
    this.#onHeld = onHeld;
  }

  /** Whether a break waits. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  write(bytes: Uint8Array): boolean {
    this.#writtenBytes += bytes.length;
    return this.#stream.write(bytes);
  }

  end(): void {
    this.#stream.end();
  }

  consume(byteCount: number): void {
    this.#stream.consume(byteCount);
  }

  reset(): void {
    if (this.tryReset() || this.#isHeld) return;
    this.#isHeld = true;
    this.#onHeld();
  }

  /** Breaks the stream off, unless the answer is still on its way. */
  tryReset(): boolean {
    const arrivedBytes = this.#writtenBytes - this.#stream.unacknowledgedBytes;
    if (arrivedBytes < ANSWER_BYTES) return false;
    this.#stream.reset();
    return true;
  }
}
