import { concatBytes, equalBytes } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { Reader, WireError, Writer } from "../../wire/index.ts";
import { MediaError } from "../errors.ts";
import { JPEG_BLOCK_VISITS_MAX, JPEG_SCANS_MAX } from "../limits.ts";
import { type Coefficients, emptyCoefficients, type Frame } from "./frame.ts";
import { NOTHING_BEFORE, type PartSpec, unpackPart } from "./pack-scan.ts";
import { reconstruct } from "./reconstruct.ts";
import { sectionAt } from "./sections.ts";
import { JpegTables } from "./tables.ts";
import { END, writeSequentialScan } from "./write.ts";

/** "PNJ" and the version. */
const MAGIC: Uint8Array = Uint8Array.of(0x50, 0x4e, 0x4a, 1);
/** Stands where a part would begin: the rest leads back to the original. */
const PARTS_END = 0;

/** Whether bytes begin like a packed JPEG. */
export function isPacked(bytes: Uint8Array): boolean {
  return equalBytes(bytes.subarray(0, MAGIC.length), MAGIC);
}

/** How a packed JPEG begins. @param header the segments up to its frame */
export function packedStart(header: Uint8Array): Uint8Array {
  return new Writer().bytes(MAGIC).varint(header.length).bytes(header).done();
}

/** How it ends. */
export function packedEnd(restoreBlock: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(PARTS_END), restoreBlock);
}

/** A part with its head: component, band, bit positions, length. */
export function partWithHead(spec: PartSpec, bytes: Uint8Array): Uint8Array {
  const { component, first, last, high, low } = spec;
  const writer = new Writer(bytes.length + 16)
    .u8(component + 1)
    .u8(first)
    .u8(last);
  return writer
    .u8((high << 4) | low)
    .varint(bytes.length)
    .bytes(bytes)
    .done();
}

/** What the beginning of a packed JPEG holds. */
export interface UnpackedJpeg {
  readonly frame: Frame;
  readonly coefficients: Coefficients;
  /** The segments up to the frame, as they lie in the packed file. */
  readonly header: Uint8Array;
  /** By component, 64 numbers: down to which bit position a coefficient is known. */
  readonly lows: readonly Uint8Array[];
  /** What leads back to the original, where the file is whole. */
  readonly restoreBlock: Uint8Array | undefined;
}

/**
 * Reads a packed JPEG, whole or up to a cut.
 * @throws MediaError where it is damaged
 */
export function unpack(bytes: Uint8Array): UnpackedJpeg {
  if (!isPacked(bytes)) {
    throw new MediaError("unsupported", "The file was stored by a newer Peernet, or is damaged.");
  }
  try {
    return read(new Reader(bytes.subarray(MAGIC.length)));
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new MediaError("truncated", "The stored JPEG is damaged.", { cause });
  }
}

function read(reader: Reader): UnpackedJpeg {
  const header = reader.bytes(reader.varint());
  const tables = new JpegTables();
  for (let at = 0; at < header.length; ) {
    const section = sectionAt(header, at);
    at = section.to;
    tables.read(section);
  }
  const { frame } = tables;
  if (!frame) throw new MediaError("malformed", "The stored JPEG has no frame.");
  const coefficients = emptyCoefficients(frame);
  const lows = frame.components.map(() => new Uint8Array(64).fill(NOTHING_BEFORE));
  let restoreBlock: Uint8Array | undefined;
  let visits = 0;
  for (let parts = 0; reader.left > 0 && !restoreBlock; parts++) {
    const spec = readSpec(reader, frame);
    if (!spec) {
      restoreBlock = reader.rest();
      break;
    }
    const known = must(coefficients[spec.component], "checked by readSpec");
    visits += known.length / 64;
    if (parts >= 4 * JPEG_SCANS_MAX || visits > JPEG_BLOCK_VISITS_MAX) {
      throw new MediaError("too-large", "The stored JPEG has too many parts.");
    }
    unpackPart(frame, spec, reader.bytes(reader.varint()), known);
    lows[spec.component]?.fill(spec.low, spec.first, spec.last + 1);
  }
  return { frame, coefficients, header, lows, restoreBlock };
}

/** The head of a part, or undefined where there are no more. */
function readSpec(reader: Reader, frame: Frame): PartSpec | undefined {
  const number = reader.u8();
  if (number === PARTS_END) return undefined;
  const [component, first, last, bits] = [number - 1, reader.u8(), reader.u8(), reader.u8()];
  const [high, low] = [bits >> 4, bits & 15];
  const isBand = first === 0 ? last === 0 : first <= last && last < 64;
  const isStep = high === NOTHING_BEFORE ? low < 12 : high === low + 1;
  if (component >= frame.components.length || !isBand || !isStep) {
    throw new MediaError("malformed", "A part of the stored JPEG makes no sense.");
  }
  return { component, first, last, high, low };
}

/**
 * An ordinary JPEG of what is known so far, at its likeliest.
 * @param bytes a packed JPEG up to a cut
 * @throws MediaError where it is damaged
 */
export function packedPicture(bytes: Uint8Array): Uint8Array {
  const { frame, coefficients, header, lows } = unpack(bytes);
  for (const [index, values] of coefficients.entries()) {
    const known = must(lows[index], "as many as components");
    for (let at = 0; at < values.length; at++) {
      const low = known[at & 63] ?? 0;
      if (low === 0 || low === NOTHING_BEFORE) continue;
      values[at] = reconstruct(values[at] ?? 0, low, (at & 63) === 0);
    }
  }
  return concatBytes(header, writeSequentialScan(frame, coefficients), END);
}
