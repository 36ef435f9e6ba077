import { MARKER, type Section } from "./sections.ts";
import { segment } from "./write.ts";

/** "Exif" and two zeros. */
const EXIF_BYTES: readonly number[] = [0x45, 0x78, 0x69, 0x66, 0, 0];
const ORIENTATION_TAG = 0x0112;
/** Entries of a directory that are looked at. */
const ENTRIES_MAX = 64;

/** The orientation that camera data names (Exif 2.3 section 4.6.4), 1 to 8; 1 where it names none. */
export function orientationOf(header: readonly Section[]): number {
  const exif = header.find(({ marker, payload }) => {
    return marker === MARKER.app1 && EXIF_BYTES.every((byte, at) => payload[at] === byte);
  });
  if (!exif) return 1;
  const { payload } = exif;
  const tiff = payload.subarray(EXIF_BYTES.length);
  const little = tiff[0] === 0x49;
  const u16 = (at: number): number => {
    const [a, b] = [tiff[at] ?? 0, tiff[at + 1] ?? 0];
    return little ? a + 256 * b : 256 * a + b;
  };
  const u32 = (at: number): number => {
    return little ? u16(at) + 65_536 * u16(at + 2) : 65_536 * u16(at) + u16(at + 2);
  };
  const directory = u32(4);
  const entries = Math.min(u16(directory), ENTRIES_MAX);
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + 12 * entry;
    const value = u16(at + 8);
    if (u16(at) === ORIENTATION_TAG) return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** The smallest camera data that names an orientation; nothing for 1. */
export function orientationSegment(orientation: number): Uint8Array {
  if (orientation === 1) return new Uint8Array(0);
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1];
  const entry = [ORIENTATION_TAG >> 8, ORIENTATION_TAG & 0xff, 0, 3, 0, 0, 0, 1, 0, orientation];
  return segment(MARKER.app1, [...EXIF_BYTES, ...tiff, ...entry, 0, 0, 0, 0, 0, 0]);
}
