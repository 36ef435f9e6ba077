import { concatBytes } from "../../base/bytes.ts";
import { MediaError } from "../errors.ts";
import { decodeJpeg } from "./decode.ts";
import type { Coefficients, Frame } from "./frame.ts";
import { sameLayout } from "./frame.ts";
import { applyOutside } from "./outside.ts";
import { type HeaderStep, type RestoreBlock, splitRestoreBlock } from "./restore-block.ts";
import { parseScan } from "./scan.ts";
import { MARKER, sectionAt } from "./sections.ts";
import { JpegTables } from "./tables.ts";
import { ScanWriter } from "./write.ts";

/** Bytes that a buffer may have above the size of the original: the last row written. */
const SLACK_BYTES: number = 1 << 20;

/**
 * The original of a re-scanned JPEG.
 * @param rescanned all its body layers, one after the other
 * @throws MediaError where it is damaged
 */
export function restoreJpeg(rescanned: Uint8Array): Uint8Array {
  const { jpeg, block } = splitRestoreBlock(rescanned);
  const { frame, coefficients, complete } = decodeJpeg(jpeg);
  if (!complete) throw new MediaError("truncated", "The re-scanned JPEG is cut short.");
  applyOutside(frame, coefficients, block.outside);
  return writeOriginal(frame, coefficients, jpeg, block);
}

/**
 * Writes the original.
 * @param coefficients those of the original, blocks outside the picture included
 * @param rescanned bytes that begin with the re-scanned file's header
 */
export function writeOriginal(
  frame: Frame,
  coefficients: Coefficients,
  rescanned: Uint8Array,
  block: RestoreBlock,
): Uint8Array {
  const writer = new ScanWriter(block.padding, block.sizeBytes + SLACK_BYTES);
  const tables = new JpegTables();
  const header = originalHeader(rescanned, block.header);
  for (const part of [header, ...block.between]) {
    writer.raw(part);
    const scan = readPart(tables, part);
    const own = tables.frame;
    if (!own || !sameLayout(own, frame)) {
      throw new MediaError("malformed", "The re-scanned JPEG does not fit its original.");
    }
    const spec = parseScan(own, scan);
    writer.scan(
      own,
      coefficients,
      spec,
      tables.interval,
      [0, 1, 2, 3].map((at) => tables.dc[at]).concat([0, 1, 2, 3].map((at) => tables.ac[at])),
    );
  }
  writer.raw(block.tail);
  if (writer.bytes.length !== block.sizeBytes) {
    throw new MediaError("malformed", "The re-scanned JPEG does not give its original's size.");
  }
  return writer.bytes;
}

function originalHeader(rescanned: Uint8Array, steps: readonly HeaderStep[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { copy, skip, literal } of steps) {
    if (at + copy + skip > rescanned.length) {
      throw new MediaError("malformed", "The re-scanned JPEG does not fit its original.");
    }
    parts.push(rescanned.subarray(at, at + copy), literal);
    at += copy + skip;
  }
  return concatBytes(...parts);
}

/** Takes in segments up to a scan's; that one's payload. */
function readPart(tables: JpegTables, part: Uint8Array): Uint8Array {
  for (let at = 0; at < part.length; ) {
    const section = sectionAt(part, at);
    at = section.to;
    if (section.marker !== MARKER.scan) tables.read(section);
    else if (at === part.length) return section.payload;
    else break;
  }
  throw new MediaError("malformed", "The re-scanned JPEG lacks a scan of its original.");
}
