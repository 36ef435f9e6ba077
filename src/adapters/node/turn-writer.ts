import type { Writable } from "node:stream";
import {
  WRITE_CHUNK_BYTES,
  WRITE_CHUNKS_FREE_MAX,
  WRITE_CHUNKS_LENT_MAX,
  WRITE_CHUNKS_MAX,
} from "./limits.ts";

/** Up to here a copy of its own costs less than to hand a chunk over. */
const SMALL_BYTES = 4_096;

/** Memory that is used again once what was written from it has left. */
const free: Buffer[] = [];
/** Chunks that sockets have and have not written. */
let lentToAll = 0;

/**
 * Writes to a socket what comes for it in one turn with one call, from memory that is used again: an array for each
 * frame has V8 look through the whole heap for each 20 to 40 MB of them. What was added is with the socket only when the
 * turn is over: from the first `add` on nothing else may write to the socket or end it.
 */
export class TurnWriter {
  readonly #socket: Writable;
  #isCorked = false;
  #chunk: Buffer | undefined;
  #filled = 0;
  #sent: (() => void)[] = [];
  /** Chunks that the socket has and has not written. */
  #lent = 0;

  /** @param socket what may have been written to already */
  constructor(socket: Writable) {
    this.#socket = socket;
  }

  /** Bytes that were added and have not left for the system. */
  get waitingBytes(): number {
    return this.#socket.writableLength + this.#filled;
  }

  /**
   * Copies the bytes. They are written when the turn is over, or before the end, after all that were added before.
   * @param sent is called when they have left for the system, or can no longer leave; soon where there are none
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

  /** Ends the socket's own side after all that was added. */
  end(): void {
    this.#flush();
    this.#socket.end();
  }

  /** Hands what was added to the socket. */
  #flush(): void {
    const chunk = this.#chunk;
    if (chunk === undefined) return;
    const sent = this.#sent;
    const bytes = chunk.subarray(0, this.#filled);
    this.#chunk = undefined;
    this.#filled = 0;
    this.#sent = [];
    if (bytes.length > SMALL_BYTES && this.#mayLend()) {
      this.#lent++;
      lentToAll++;
      this.#socket.write(bytes, () => {
        this.#lent--;
        lentToAll--;
        keep(chunk);
        for (const tell of sent) tell();
      });
      return;
    }
    this.#socket.write(Buffer.from(bytes), () => {
      for (const tell of sent) tell();
    });
    keep(chunk);
  }

  /** A chunk may hold far more than what is in it: sockets that take nothing are to hold few. */
  #mayLend(): boolean {
    return this.#lent < WRITE_CHUNKS_MAX && lentToAll < WRITE_CHUNKS_LENT_MAX;
  }

  readonly #turnOver = (): void => {
    this.#isCorked = false;
    this.#flush();
    this.#socket.uncork();
  };

  /** Copies what fits into the chunk; how many bytes that were. */
  #copy(bytes: Uint8Array, at: number): number {
    if (this.#filled === WRITE_CHUNK_BYTES) this.#flush();
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
