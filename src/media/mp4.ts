/** Boxes that hold boxes on the way to a cover (ISO/IEC 14496-12; iTunes metadata). */
const PATH: readonly string[] = ["moov", "udta", "meta", "ilst", "covr", "data"];
/** Boxes looked at on one level. */
const BOXES_MAX = 1_000;

/** The cover picture of an MP4 (JPEG or PNG), a view, or undefined where there is none. */
export function mp4Cover(bytes: Uint8Array): Uint8Array | undefined {
  let inside: Uint8Array | undefined = bytes;
  for (const kind of PATH) {
    inside = inside && box(inside, kind);
    // A "meta" box begins with four bytes of version and flags.
    if (kind === "meta") inside = inside?.subarray(4);
  }
  // A "data" box begins with its type and locale.
  return inside?.subarray(8);
}

/** What the first box of a kind holds. */
function box(bytes: Uint8Array, kind: string): Uint8Array | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (let boxes = 0; at + 8 <= bytes.length && boxes < BOXES_MAX; boxes++) {
    const short = view.getUint32(at);
    const isLong = short === 1 && at + 16 <= bytes.length;
    const size = isLong
      ? Number(view.getBigUint64(at + 8))
      : short === 0
        ? bytes.length - at
        : short;
    const head = isLong ? 16 : 8;
    if (size < head) return undefined;
    if (String.fromCharCode(...bytes.subarray(at + 4, at + 8)) === kind) {
      return bytes.subarray(at + head, at + size);
    }
    at += size;
  }
  return undefined;
}
