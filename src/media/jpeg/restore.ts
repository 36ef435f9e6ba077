import { concatBytes } from "../../base/bytes.ts";
import { MediaError } from "../errors.ts";
import { sameLayout } from "./frame.ts";
import { unpack } from "./packed-file.ts";
import { decodeRestoreBlock, type HeaderStep } from "./restore-block.ts";
import { parseScan } from "./scan.ts";
import { MARKER, sectionAt } from "./sections.ts";
import { JpegTables } from "./tables.ts";
import { ScanWriter } from "./write.ts";

/** Bytes that a buffer may have above the size of the original: the last row written. */
const SLACK_BYTES: number = 1 << 20;

/**
 * The original of a packed JPEG.
 * @param packed all its body layers, one after the other
 * @throws MediaError where it is damaged
 */
export function restoreJpeg(packed: Uint8Array): Uint8Array {
  const { frame, coefficients, header, restoreBlock } = unpack(packed);
  if (!restoreBlock) throw new MediaError("truncated", "The stored JPEG is cut short.");
  const block = decodeRestoreBlock(restoreBlock);
  const writer = new ScanWriter(block.padding, block.sizeBytes + SLACK_BYTES);
  const tables = new JpegTables();
  for (const part of [originalHeader(header, block.header), ...block.between]) {
    writer.raw(part);
    const scan = readPart(tables, part);
    const own = tables.frame;
    if (!own || !sameLayout(own, frame)) {
      throw new MediaError("malformed", "The stored JPEG does not fit its original.");
    }
    const spec = parseScan(own, scan);
    const codes = [0, 1, 2, 3].map((at) => tables.dc[at]);
    codes.push(...[0, 1, 2, 3].map((at) => tables.ac[at]));
    writer.scan(own, coefficients, spec, tables.interval, codes);
  }
  writer.raw(block.tail);
  if (writer.bytes.length !== block.sizeBytes) {
    throw new MediaError("malformed", "The stored JPEG does not give its original's size.");
  }
  return writer.bytes;
}

function originalHeader(packed: Uint8Array, steps: readonly HeaderStep[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { copy, skip, literal } of steps) {
    if (at + copy + skip > packed.length) {
      throw new MediaError("malformed", "The stored JPEG does not fit its original.");
    }
    parts.push(packed.subarray(at, at + copy), literal);
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
  throw new MediaError("malformed", "The stored JPEG lacks a scan of its original.");
}
