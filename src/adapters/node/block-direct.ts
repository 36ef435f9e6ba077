import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { cutParts } from "../../base/bytes.ts";
import { systemCode } from "./errors.ts";
import { DIRECT_BYTES_MIN, DIRECT_PIECE_BYTES } from "./limits.ts";
import { preferLargePages } from "./native/large-pages.ts";

/** What memory and place of a direct write are multiples of: the largest sector that disks have. */
export const ALIGN_BYTES = 4_096;
/** Bytes of a page of WebAssembly memory. */
const PAGE_BYTES = 65_536;
/** How a system says that a file takes no direct writes. */
const UNABLE: ReadonlySet<string> = new Set(["EINVAL", "EOPNOTSUPP", "ENOTSUP"]);

declare const WebAssembly: {
  readonly Memory: new (size: {
    readonly initial: number;
    readonly maximum: number;
  }) => { readonly buffer: ArrayBuffer };
};

/** What is known to begin at a multiple of `ALIGN_BYTES`. */
const aligned = new WeakSet<ArrayBufferLike>();

/** Memory that begins at a multiple of `ALIGN_BYTES`, which JavaScript promises of no other. */
function alignedMemory(bytes: number): Uint8Array {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  try {
    const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages });
    aligned.add(buffer);
    preferLargePages(buffer);
    return new Uint8Array(buffer);
  } catch {
    // Where address space is short: then direct writes are refused, which is only slower.
    return new Uint8Array(bytes);
  }
}

/** Memory for direct writes that is used again and again, and given back when nobody has used it for long. */
export class AlignedMemory {
  readonly #bytes: number;
  readonly #countMax: number;
  readonly #free: WeakRef<Uint8Array>[] = [];

  /**
   * @param bytes of one piece
   * @param countMax pieces kept for later
   */
  constructor(bytes: number, countMax: number) {
    this.#bytes = bytes;
    this.#countMax = countMax;
  }

  /** A piece with anything in it. */
  take(): Uint8Array {
    return this.#free.pop()?.deref() ?? alignedMemory(this.#bytes);
  }

  /** Nobody looks at this piece any more. */
  give(piece: Uint8Array): void {
    if (this.#free.length < this.#countMax) this.#free.push(new WeakRef(piece));
  }
}

/** Whether byte `at` of these lies where a direct write may begin. */
function isAligned({ buffer, byteOffset }: Uint8Array, at: number): boolean {
  return aligned.has(buffer) && (byteOffset + at) % ALIGN_BYTES === 0;
}

/**
 * A part with what comes before it in the sector it begins in, where it lies in memory of
 * `AlignedMemory` as it will in its file; else undefined. What is written there may be changed up
 * to the begin of that sector: it is for this.
 * @param before bytes of the file between that and the part
 */
export function withBefore(part: Uint8Array, before: Uint8Array): Uint8Array | undefined {
  const from = part.byteOffset - before.length;
  if (from < 0 || !isAligned(part, -before.length)) return undefined;
  const whole = new Uint8Array(part.buffer, from, before.length + part.length);
  whole.set(before);
  return whole;
}

/** Where a direct write begins and ends, counted in the bytes of its parts. */
export interface Span {
  readonly from: number;
  readonly end: number;
}

/** The whole blocks of the file among `bytes` from `position` on, where they are worth it. */
export function directSpan(position: number, bytes: number): Span | undefined {
  const from = (ALIGN_BYTES - (position % ALIGN_BYTES)) % ALIGN_BYTES;
  const end = bytes - ((position + bytes) % ALIGN_BYTES);
  return end - from >= DIRECT_BYTES_MIN ? { from, end } : undefined;
}

/**
 * Writes of whole blocks from memory to disk past the system's cache (O_DIRECT), which is what
 * large writes cost most processor time for. Only where the system and the file system do that.
 */
export class DirectWrites {
  #isUnable: boolean = process.platform !== "linux";
  readonly #memory = new AlignedMemory(DIRECT_PIECE_BYTES, 1);

  /** A second handle of a file, or undefined where it takes no direct writes. */
  async open(path: string): Promise<FileHandle | undefined> {
    if (this.#isUnable) return undefined;
    try {
      return await open(path, constants.O_WRONLY | constants.O_DIRECT);
    } catch (error) {
      this.#judge(error);
      return undefined;
    }
  }

  /**
   * Writes a span of the parts at its place, the parts being at `position`.
   * @returns whether it is written; if not, it is all to be written again
   */
  async write(
    file: FileHandle,
    parts: readonly Uint8Array[],
    position: number,
    { from, end }: Span,
  ): Promise<boolean> {
    if (this.#isUnable) return false;
    const [only] = parts;
    try {
      if (only !== undefined && parts.length === 1 && isAligned(only, from)) {
        const { bytesWritten } = await file.write(only, from, end - from, position + from);
        return bytesWritten === end - from;
      }
      return await this.#writePieces(file, parts, position, { from, end });
    } catch (error) {
      this.#judge(error);
      return false;
    }
  }

  /** Writes what lies just anywhere, piece by piece from memory of ours. */
  async #writePieces(
    file: FileHandle,
    parts: readonly Uint8Array[],
    position: number,
    { from, end }: Span,
  ): Promise<boolean> {
    const piece = this.#memory.take();
    try {
      for (let at = from; at < end; at += DIRECT_PIECE_BYTES) {
        const bytes = Math.min(DIRECT_PIECE_BYTES, end - at);
        let filled = 0;
        for (const part of cutParts(parts, at, at + bytes)) {
          piece.set(part, filled);
          filled += part.length;
        }
        const { bytesWritten } = await file.write(piece, 0, bytes, position + at);
        if (bytesWritten < bytes) return false;
      }
      return true;
    } finally {
      this.#memory.give(piece);
    }
  }

  #judge(error: unknown): void {
    if (UNABLE.has(systemCode(error))) this.#isUnable = true;
  }
}
