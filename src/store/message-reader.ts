import { WireError } from "../wire/index.ts";
import { MESSAGE_BYTES_MAX, MESSAGE_FIRST_BYTES } from "./limits.ts";
import { LENGTH_BYTES } from "./messages.ts";

/**
 * Cuts a byte stream into messages. Each message is handed over in a buffer of its own, so its
 * views may be kept. A mere announcement of a long message costs `MESSAGE_FIRST_BYTES` at most.
 */
export class MessageReader {
  readonly #onMessage: (bytes: Uint8Array) => void;
  readonly #length = new Uint8Array(LENGTH_BYTES);
  #lengthFilled = 0;
  #needed = 0;
  #body = new Uint8Array(0);
  #filled = 0;

  constructor(onMessage: (bytes: Uint8Array) => void) {
    this.#onMessage = onMessage;
  }

  /**
   * Takes the next bytes of the stream; lent.
   * @throws WireError("too-large") where a message is announced that nobody sends
   */
  feed(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      at =
        this.#lengthFilled < LENGTH_BYTES ? this.#feedLength(bytes, at) : this.#feedBody(bytes, at);
    }
  }

  #feedLength(bytes: Uint8Array, at: number): number {
    this.#length[this.#lengthFilled++] = bytes[at] ?? 0;
    if (this.#lengthFilled < LENGTH_BYTES) return at + 1;
    const needed = new DataView(this.#length.buffer).getUint32(0);
    if (needed === 0 || needed > MESSAGE_BYTES_MAX) {
      throw new WireError("too-large", `A store message of ${needed} bytes is not allowed.`);
    }
    this.#needed = needed;
    this.#filled = 0;
    this.#body = new Uint8Array(Math.min(needed, MESSAGE_FIRST_BYTES));
    return at + 1;
  }

  #feedBody(bytes: Uint8Array, at: number): number {
    const part = bytes.subarray(at, at + this.#needed - this.#filled);
    const filled = this.#filled + part.length;
    if (filled > this.#body.length) {
      const grown = new Uint8Array(Math.min(this.#needed, Math.max(filled, 2 * this.#body.length)));
      grown.set(this.#body.subarray(0, this.#filled));
      this.#body = grown;
    }
    this.#body.set(part, this.#filled);
    this.#filled = filled;
    if (filled === this.#needed) {
      const body = this.#body;
      this.#body = new Uint8Array(0);
      this.#lengthFilled = 0;
      this.#onMessage(body);
    }
    return at + part.length;
  }
}
