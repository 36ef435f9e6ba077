import type { Writable } from "node:stream";
import { WRITE_CHUNK_BYTES, WRITE_CHUNKS_FREE_MAX, WRITE_CHUNKS_MAX } from "./limits.ts";

/** Up to here a copy of its own costs less than to hand a chunk over. */
const SMALL_BYTES = 4_096;

/** Memory that is used again once what was written from it has left. */
const free: Buffer[] = [];

/**
 * Writes to a socket what comes for it in one turn with one call, from memory that is used again: an array for each
 * frame costs time everywhere, and newer versions of V8 look through the whole heap for each 20 to 40 MB of them.
 */
export class TurnWriter {
  readonly #socket: Writable;
  #isCorked = false;
  #chunk: Buffer | undefined;
  #filled = 0;
  #sent: (() => void)[] = [];
  /** Chunks that the socket has and has not written. */
  #lent = 0;

  /** @param socket only this writes to it */
  constructor(socket: Writable) {
    this.#socket = socket;
  }

  /** Bytes that were added and have not left for the system. */
  get waitingBytes(): number {
    return this.#socket.writableLength + this.#filled;
  }

  /**
   * Copies the bytes. They are written when the turn is over, or by `flush`, after all that were added before.
   * @param sent is called when they have left for the system, or can no longer leave
   */
  add(bytes: Uint8Array, sent?: () => void): void {
    if (bytes.length === 0) {
      if (sent !== undefined) queueMicrotask(sent);
      return;
    }
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      queueMicrotask(this.#turnOver);
    }
    for (let at = 0; at < bytes.length; ) at += this.#copy(bytes, at);
    if (sent !== undefined) this.#sent.push(sent);
  }

  /** Hands what was added to the socket: before its end, above all. */
  flush(): void {
    const chunk = this.#chunk;
    if (chunk === undefined) return;
    const sent = this.#sent;
    const bytes = chunk.subarray(0, this.#filled);
    this.#chunk = undefined;
    this.#filled = 0;
    this.#sent = [];
    if (bytes.length > SMALL_BYTES && this.#lent < WRITE_CHUNKS_MAX) {
      this.#lent++;
      this.#socket.write(bytes, () => {
        this.#lent--;
        keep(chunk);
        for (const tell of sent) tell();
      });
      return;
    }
    // Where much waits already, chunks would hold far more than what is in them.
    this.#socket.write(Buffer.from(bytes), () => {
      for (const tell of sent) tell();
    });
    keep(chunk);
  }

  readonly #turnOver = (): void => {
    this.#isCorked = false;
    this.flush();
    this.#socket.uncork();
  };

  /** Copies what fits into the chunk; how many bytes that were. */
  #copy(bytes: Uint8Array, at: number): number {
    if (this.#filled === WRITE_CHUNK_BYTES) this.flush();
    this.#chunk ??= free.pop() ?? Buffer.allocUnsafeSlow(WRITE_CHUNK_BYTES);
    const count = Math.min(bytes.length - at, WRITE_CHUNK_BYTES - this.#filled);
    this.#chunk.set(count === bytes.length ? bytes : bytes.subarray(at, at + count), this.#filled);
    this.#filled += count;
    return count;
  }
}

function keep(chunk: Buffer): void {
  if (free.length < WRITE_CHUNKS_FREE_MAX) free.push(chunk);
}
