import { MediaError } from "../errors.ts";
import type { Picture } from "../picture.ts";
import { decodeVp8 } from "./vp8.ts";
import { decodeVp8l } from "./vp8l.ts";

/** Bytes of a file's head, of a chunk's and of an animation's frame before its own chunks. */
const FILE_HEAD_BYTES = 12;
const CHUNK_HEAD_BYTES = 8;
const FRAME_HEAD_BYTES = 16;

/**
 * Decodes a WebP (RFC 9649), of an animation the first frame. What is transparent shows the colours
 * that lie there, in a lossless one white.
 * @throws MediaError where it cannot be read
 */
export function decodeWebp(bytes: Uint8Array): Picture {
  return decodeChunks(bytes, FILE_HEAD_BYTES);
}

function decodeChunks(bytes: Uint8Array, first: number): Picture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = first; at + CHUNK_HEAD_BYTES <= bytes.length; ) {
    const kind = String.fromCharCode(...bytes.subarray(at, at + 4));
    const size = view.getUint32(at + 4, true);
    const body = bytes.subarray(at + CHUNK_HEAD_BYTES, at + CHUNK_HEAD_BYTES + size);
    if (kind === "VP8 ") return decodeVp8(body);
    if (kind === "VP8L") return decodeVp8l(body);
    if (kind === "ANMF" && first === FILE_HEAD_BYTES) return decodeChunks(body, FRAME_HEAD_BYTES);
    at += CHUNK_HEAD_BYTES + size + (size % 2);
  }
  throw new MediaError("malformed", "The WebP has no picture.");
}
