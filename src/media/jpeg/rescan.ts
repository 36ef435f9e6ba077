import { concatBytes, equalBytes } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { MediaError } from "../errors.ts";
import { JPEG_HEADER_BYTES_MAX } from "../limits.ts";
import type { DecodedJpeg } from "./decode.ts";
import { orientationOf, orientationSegment } from "./exif.ts";
import type { Frame } from "./frame.ts";
import { packedEnd, packedStart } from "./packed-file.ts";
import { restoreJpeg } from "./restore.ts";
import { encodeRestoreBlock, HeaderBuilder } from "./restore-block.ts";
import { enoughError, orderParts, rankParts } from "./script.ts";
import { isFrame, MARKER, type Section, sectionAt } from "./sections.ts";
import { frameSegment } from "./write.ts";

/** A JPEG re-scanned so that its first bytes show the whole picture. */
export interface RescannedJpeg {
  /** A packed JPEG (docs/protocol/media.md). */
  readonly bytes: Uint8Array;
  /** Ends of parts, one for each budget, rising: where to cut. 0: nothing fits the budget. */
  readonly cuts: readonly number[];
}

/**
 * Re-scans a JPEG so that the original can be had again byte for byte, which is checked.
 * @param decoded what `decodeJpeg` found in `original`
 * @param budgetsOf bytes that the parts up to each cut may take, rising, of a file of so many bytes
 * @throws MediaError where the original cannot be had again, because of an odd encoder, say
 */
export function rescanJpeg(
  original: Uint8Array,
  decoded: DecodedJpeg,
  budgetsOf: (totalBytes: number) => readonly number[],
): RescannedJpeg {
  const { frame, coefficients, complete, padding } = decoded;
  if (!complete || padding === null) {
    throw new MediaError("unsupported", "The JPEG is cut short or by an odd encoder.");
  }
  const target = { ...frame, progressive: false };
  const quantisation = frame.components.map(({ quantisation: index }) => {
    const table = decoded.tables.quantisation[index];
    if (!table) throw new MediaError("malformed", "The JPEG lacks a quantisation table.");
    return table;
  });
  const header = headerOf(original, decoded, target);
  const start = packedStart(concatBytes(...header.header));
  const end = packedEnd(
    encodeRestoreBlock({
      sizeBytes: original.length,
      padding,
      header: header.steps,
      between: betweenScans(original, decoded),
      tail: original.subarray(must(decoded.scans.at(-1), "a decoded JPEG has a scan").to),
    }),
  );
  const chains = rankParts(target, coefficients, quantisation);
  const partBytes = chains.flat().reduce((sum, { bytes }) => sum + bytes.length, 0);
  const total = start.length + partBytes + end.length;
  const { parts, cuts } = orderParts(
    chains,
    budgetsOf(total).map((budget) => budget - start.length),
    enoughError(target),
  );
  const bytes = concatBytes(start, ...parts.map((part) => part.bytes), end);
  if (!equalBytes(restoreJpeg(bytes), original)) {
    throw new MediaError("unsupported", "The JPEG is by an odd encoder.");
  }
  return { bytes, cuts: cuts.map((count) => cutAt(start.length, parts.slice(0, count))) };
}

function cutAt(startBytes: number, parts: readonly { readonly bytes: Uint8Array }[]): number {
  if (parts.length === 0) return 0;
  return parts.reduce((sum, { bytes }) => sum + bytes.length, startBytes);
}

/** The header of the re-scanned file: without tables of codes, and without bulky camera data. */
function headerOf(original: Uint8Array, { header }: DecodedJpeg, target: Frame): HeaderBuilder {
  const builder = new HeaderBuilder(original);
  const nothing = new Uint8Array(0);
  let room = JPEG_HEADER_BYTES_MAX;
  const orientation = orientationSegment(orientationOf(header));
  for (const section of header) {
    const { marker, from, to } = section;
    if (isFrame(marker)) builder.replace(from, to, frameSegment(target));
    else if (isMetadata(section)) {
      const fits = to - from <= room;
      if (fits) {
        builder.copy(from, to);
        room -= to - from;
      } else builder.replace(from, to, marker === MARKER.app1 ? orientation : nothing);
    } else if (marker === MARKER.start || marker === MARKER.quantisation) builder.copy(from, to);
    else builder.replace(from, to, nothing);
  }
  return builder;
}

function isMetadata({ marker }: Section): boolean {
  return (marker & 0xf0) === 0xe0 || marker === MARKER.comment;
}

/** What lies between the scans of the original. */
function betweenScans(original: Uint8Array, { scans }: DecodedJpeg): readonly Uint8Array[] {
  return scans.slice(1).map((scan, index) => {
    const part = original.subarray(must(scans[index], "the scan before").to, scan.from);
    for (let at = 0; at < part.length; ) {
      const section = sectionAt(part, at);
      if (section.marker === MARKER.quantisation) {
        throw new MediaError("unsupported", "The JPEG changes its quantisation between scans.");
      }
      at = section.to;
    }
    return part;
  });
}
