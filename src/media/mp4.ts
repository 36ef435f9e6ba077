import { concatBytes, utf8 } from "../base/bytes.ts";

/** Boxes that hold boxes on the way to a cover (ISO/IEC 14496-12; iTunes metadata). */
const COVER_PATH: readonly string[] = ["udta", "meta", "ilst", "covr", "data"];
/** Boxes looked at on one level. */
const BOXES_MAX = 1_000;

/** A box of an MP4 (ISO/IEC 14496-12 section 4.2). */
export interface Mp4Box {
  readonly kind: string;
  /** Bytes of its header. */
  readonly headBytes: number;
  /** Bytes with its header; undefined: to the end of the file. */
  readonly sizeBytes: number | undefined;
}

/** Bytes with which every box begins, at most. */
export const BOX_HEAD_BYTES = 16;

/** What a box's first 16 bytes (8 where there are no more) say, or undefined where that is no box. */
export function boxHead(bytes: Uint8Array): Mp4Box | undefined {
  if (bytes.length < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const short = view.getUint32(0);
  const kind = String.fromCharCode(...bytes.subarray(4, 8));
  if (short === 0) return { kind, headBytes: 8, sizeBytes: undefined };
  if (short !== 1) return short < 8 ? undefined : { kind, headBytes: 8, sizeBytes: short };
  if (bytes.length < BOX_HEAD_BYTES) return undefined;
  const sizeBytes = Number(view.getBigUint64(8));
  return sizeBytes < BOX_HEAD_BYTES ? undefined : { kind, headBytes: BOX_HEAD_BYTES, sizeBytes };
}

/** What the boxes of a kind hold, one after the other, views. */
export function* boxes(bytes: Uint8Array, kind: string): Generator<Uint8Array> {
  let at = 0;
  for (let count = 0; at + 8 <= bytes.length && count < BOXES_MAX; count++) {
    const head = boxHead(bytes.subarray(at, at + BOX_HEAD_BYTES));
    if (head === undefined) return;
    const to = head.sizeBytes === undefined ? bytes.length : at + head.sizeBytes;
    if (head.kind === kind) yield bytes.subarray(at + head.headBytes, to);
    at = to;
  }
}

/** What the first box of a kind holds, or the first on a path of kinds. */
export function box(bytes: Uint8Array, ...path: readonly string[]): Uint8Array | undefined {
  let inside: Uint8Array | undefined = bytes;
  for (const kind of path) inside = inside && boxes(inside, kind).next().value;
  return inside;
}

/** A box made of parts. */
export function makeBox(kind: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const inside = concatBytes(...parts);
  const head = new Uint8Array(8);
  new DataView(head.buffer).setUint32(0, 8 + inside.length);
  head.set(utf8(kind), 4);
  return concatBytes(head, inside);
}

/**
 * The cover picture of an MP4 (JPEG or PNG), a view, or undefined where there is none.
 * @param moov what the file's `moov` box holds
 */
export function mp4Cover(moov: Uint8Array): Uint8Array | undefined {
  let inside: Uint8Array | undefined = moov;
  for (const kind of COVER_PATH) {
    inside = inside && box(inside, kind);
    // A "meta" box begins with four bytes of version and flags.
    if (kind === "meta") inside = inside?.subarray(4);
  }
  // A "data" box begins with its type and locale.
  return inside?.subarray(8);
}
