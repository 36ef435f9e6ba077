import type { BlockFiles } from "./block-files.ts";
import { type Hint, SegmentEntries } from "./segment-entries.ts";

/** Name of a segment's file. */
export function segmentName(segment: number): string {
  return `seg-${segment.toString(16).padStart(8, "0")}.blk`;
}

/** Name of a segment's hint. */
export function hintName(segment: number): string {
  return `seg-${segment.toString(16).padStart(8, "0")}.hint`;
}

/** The number in a segment file's name, or undefined where the file is none. */
export function segmentNumber(name: string): number | undefined {
  const match = /^seg-([0-9a-f]{8})\.blk$/.exec(name);
  return match?.[1] === undefined ? undefined : Number.parseInt(match[1], 16);
}

/** Writes a hint; failing to is no harm. */
export async function writeHint(
  files: BlockFiles,
  segment: number,
  hint: Uint8Array,
): Promise<void> {
  try {
    const file = await files.open(hintName(segment), true);
    try {
      await file.write([hint], 0);
    } finally {
      await file.close();
    }
  } catch {
    // The next opening scans the segment instead.
  }
}

/**
 * Reads a segment's hint; undefined where there is none that fits.
 * @param grows the segment may have grown since: its last hint speaks for its beginning
 */
export async function readHint(
  files: BlockFiles,
  segment: number,
  segmentBytes: number,
  grows: boolean,
): Promise<Hint | undefined> {
  try {
    const file = await files.open(hintName(segment), false);
    try {
      const buffer = new Uint8Array(await file.size());
      const hint = SegmentEntries.ofHint(buffer.subarray(0, await file.read(buffer, 0)));
      const bytes = hint?.bytes ?? 0;
      const isBelieved = grows ? bytes <= segmentBytes : bytes === segmentBytes;
      return isBelieved ? hint : undefined;
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}
