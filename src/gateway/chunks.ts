import { WireError } from "../wire/index.ts";
import { CHUNK_BYTES_MAX } from "./limits.ts";
import { numberOf, type RefusalCode, refusalOf } from "./opening.ts";

/** Bytes in front of a chunk. */
export const CHUNK_HEAD_BYTES = 2;

/** Calls `write` with the frames that carry these bytes (docs/protocol/gateway.md section 2). */
export function writeChunks(bytes: Uint8Array, write: (frame: Uint8Array) => void): void {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES_MAX) {
    const part = bytes.subarray(at, at + CHUNK_BYTES_MAX);
    const frame = new Uint8Array(CHUNK_HEAD_BYTES + part.length);
    new DataView(frame.buffer).setUint16(0, part.length);
    frame.set(part, CHUNK_HEAD_BYTES);
    write(frame);
  }
}

/** The frame that breaks off a connection and says why; nothing follows it. */
export function encodeNotice(refusal: RefusalCode): Uint8Array {
  return Uint8Array.of(0, 0, numberOf(refusal));
}

/** What a reader of chunks is told. Views are lent. */
export interface ChunkEvents {
  onBytes(bytes: Uint8Array): void;
  onNotice(refusal: RefusalCode): void;
}

/** Takes chunks apart, however their bytes are cut. */
export class ChunkReader {
  readonly #events: ChunkEvents;
  /** Bytes of the chunk that are still to come. */
  #left = 0;
  #head = 0;
  #headBytes = 0;
  #state: "head" | "bytes" | "notice" | "over" = "head";

  constructor(events: ChunkEvents) {
    this.#events = events;
  }

  /**
   * @returns how many of these bytes were heads and not content
   * @throws WireError where something follows a notice, or it is not known
   */
  push(bytes: Uint8Array): number {
    let at = 0;
    let overhead = 0;
    while (at < bytes.length) {
      if (this.#state === "bytes") {
        const part = bytes.subarray(at, at + this.#left);
        at += part.length;
        this.#left -= part.length;
        if (this.#left === 0) this.#state = "head";
        this.#events.onBytes(part);
        continue;
      }
      this.#byte(bytes[at] ?? 0);
      at++;
      overhead++;
    }
    return overhead;
  }

  #byte(byte: number): void {
    if (this.#state === "over") throw new WireError("trailing", "Bytes follow the last frame.");
    if (this.#state === "notice") {
      this.#state = "over";
      this.#events.onNotice(refusalOf(byte));
      return;
    }
    this.#head = this.#head * 256 + byte;
    this.#headBytes++;
    if (this.#headBytes < CHUNK_HEAD_BYTES) return;
    this.#left = this.#head;
    this.#state = this.#head === 0 ? "notice" : "bytes";
    this.#head = 0;
    this.#headBytes = 0;
  }
}
