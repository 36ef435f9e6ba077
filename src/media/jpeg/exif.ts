import { MARKER, type Section } from "./sections.ts";
import { segment } from "./write.ts";

/** "Exif" and two zeros. */
const EXIF_BYTES: readonly number[] = [0x45, 0x78, 0x69, 0x66, 0, 0];
const ORIENTATION_TAG = 0x0112;
/** Entries of a directory that are looked at. */
const ENTRIES_MAX = 64;

/** Tags of the small picture within camera data (Exif 2.3 section 4.5.5). */
const [THUMBNAIL_AT_TAG, THUMBNAIL_BYTES_TAG] = [0x0201, 0x0202];

/** Camera data: a TIFF file of directories (TIFF 6.0 section 2), in either byte order. */
class CameraData {
  readonly #tiff: Uint8Array;

  constructor(tiff: Uint8Array) {
    this.#tiff = tiff;
  }

  u16(at: number): number {
    const [a, b] = [this.#tiff[at] ?? 0, this.#tiff[at + 1] ?? 0];
    return this.#tiff[0] === 0x49 ? a + 256 * b : 256 * a + b;
  }

  u32(at: number): number {
    const [a, b] = [this.u16(at), this.u16(at + 2)];
    return this.#tiff[0] === 0x49 ? a + 65_536 * b : 65_536 * a + b;
  }

  /** Where the directory behind the one at `at` begins; 0 where there is none. */
  next(at: number): number {
    return this.u32(at + 2 + 12 * Math.min(this.u16(at), ENTRIES_MAX));
  }

  /** Where the value of a tag in the directory at `at` lies, or undefined. */
  find(at: number, tag: number): number | undefined {
    const entries = Math.min(this.u16(at), ENTRIES_MAX);
    for (let entry = at + 2; entry < at + 2 + 12 * entries; entry += 12) {
      if (this.u16(entry) === tag) return entry + 8;
    }
    return undefined;
  }

  bytes(from: number, length: number): Uint8Array {
    return this.#tiff.subarray(from, from + length);
  }
}

function cameraData(header: readonly Section[]): CameraData | undefined {
  const exif = header.find(({ marker, payload }) => {
    return marker === MARKER.app1 && EXIF_BYTES.every((byte, at) => payload[at] === byte);
  });
  return exif && new CameraData(exif.payload.subarray(EXIF_BYTES.length));
}

/** The orientation that camera data names (Exif 2.3 section 4.6.4), 1 to 8; 1 where it names none. */
export function orientationOf(header: readonly Section[]): number {
  const data = cameraData(header);
  const at = data?.find(data.u32(4), ORIENTATION_TAG);
  const value = at === undefined ? 1 : (data?.u16(at) ?? 1);
  return value >= 1 && value <= 8 ? value : 1;
}

/** The small JPEG that cameras put beside the picture, a view, or undefined. Not yet looked into. */
export function cameraThumbnail(header: readonly Section[]): Uint8Array | undefined {
  const data = cameraData(header);
  if (!data) return undefined;
  const directory = data.next(data.u32(4));
  if (directory === 0) return undefined;
  const from = data.find(directory, THUMBNAIL_AT_TAG);
  const length = data.find(directory, THUMBNAIL_BYTES_TAG);
  if (from === undefined || length === undefined) return undefined;
  return data.bytes(data.u32(from), data.u32(length));
}

/** The smallest camera data that names an orientation; nothing for 1. */
export function orientationSegment(orientation: number): Uint8Array {
  if (orientation === 1) return new Uint8Array(0);
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1];
  const entry = [ORIENTATION_TAG >> 8, ORIENTATION_TAG & 0xff, 0, 3, 0, 0, 0, 1, 0, orientation];
  return segment(MARKER.app1, [...EXIF_BYTES, ...tiff, ...entry, 0, 0, 0, 0, 0, 0]);
}
