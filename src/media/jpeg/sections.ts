import { MediaError } from "../errors.ts";

/** A marker segment of a JPEG (ITU T.81 section B.1.1.4); for a scan, its data is apart. */
export interface Section {
  /** Second byte of the marker. */
  readonly marker: number;
  /** Where the marker begins. */
  readonly from: number;
  /** What follows the length field; empty for markers without one. */
  readonly payload: Uint8Array;
  /** Behind the segment: where a scan's data begins. */
  readonly to: number;
}

/** Markers used by name. */
export const MARKER = {
  frameHuffman: 0xc0,
  frameProgressive: 0xc2,
  huffman: 0xc4,
  start: 0xd8,
  end: 0xd9,
  scan: 0xda,
  quantisation: 0xdb,
  lines: 0xdc,
  interval: 0xdd,
  app0: 0xe0,
  app1: 0xe1,
  app2: 0xe2,
  app14: 0xee,
  comment: 0xfe,
} as const;

/** Whether bytes begin like a JPEG. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** Whether the marker starts a frame: 0xc0 to 0xcf without the three that are something else. */
export function isFrame(marker: number): boolean {
  return (marker & 0xf0) === 0xc0 && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/**
 * The marker segment at `at`.
 * @throws MediaError where there is none or it is cut short
 */
export function sectionAt(bytes: Uint8Array, at: number): Section {
  if (bytes[at] !== 0xff) throw lost();
  let name = at + 1;
  while (bytes[name] === 0xff) name++;
  const marker = bytes[name] ?? 0;
  if (marker === MARKER.start || marker === MARKER.end || marker === 0x01) {
    return { marker, from: at, payload: bytes.subarray(name + 1, name + 1), to: name + 1 };
  }
  if (marker < 0xc0 || (marker & 0xf8) === 0xd0) throw lost();
  const length = (bytes[name + 1] ?? 0) * 256 + (bytes[name + 2] ?? 0);
  const to = name + 1 + length;
  if (length < 2 || to > bytes.length) throw lost();
  return { marker, from: at, payload: bytes.subarray(name + 3, to), to };
}

function lost(): MediaError {
  return new MediaError("truncated", "The JPEG ends or is damaged between its scans.");
}

/** Where the data of a scan that begins at `at` ends: at the next marker that is no restart. */
export function scanEnd(bytes: Uint8Array, at: number): number {
  for (let from = at; ; ) {
    const marker = bytes.indexOf(0xff, from);
    if (marker < 0 || marker + 1 >= bytes.length) return bytes.length;
    const name = bytes[marker + 1] ?? 0;
    if (name !== 0 && name !== 0xff && (name & 0xf8) !== 0xd0) return marker;
    // Of fill bytes, all 0xff, only the last belongs to the marker.
    from = name === 0xff ? marker + 1 : marker + 2;
  }
}
