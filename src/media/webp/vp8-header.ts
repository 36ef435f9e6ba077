import { MediaError } from "../errors.ts";
import { BoolDecoder } from "./bool-decoder.ts";
import { AC_STEPS, COEFFICIENTS, COEFFICIENTS_STAY, DC_STEPS } from "./vp8-tables.ts";

/** Bytes of a key frame before the first arithmetic code. */
const HEADER_BYTES = 10;
const SEGMENTS = 4;

/** By how much coefficients were divided: the first one of a block, and the others. */
export type Steps = readonly [dc: number, ac: number];

/** The steps of a segment: for brightness, its means where they are apart, and colour. */
export interface Quantizer {
  readonly y: Steps;
  readonly y2: Steps;
  readonly uv: Steps;
}

/** What the begin of a key frame says (RFC 6386 section 9). */
export interface Vp8Header {
  readonly width: number;
  readonly height: number;
  /** What follows are the modes of all blocks. */
  readonly modes: BoolDecoder;
  /** Coefficients; rows of blocks take turns on them. */
  readonly partitions: readonly BoolDecoder[];
  /** Probabilities that a block's segment is told with; undefined: it is not told. */
  readonly segmentTree: readonly number[] | undefined;
  readonly quantizers: readonly Quantizer[];
  readonly coefficients: Uint8Array;
  /** How likely a block has coefficients; undefined: all have. */
  readonly hasCoefficients: number | undefined;
}

/** Width and height of a key frame. @throws MediaError where there is none */
export function vp8Size(bytes: Uint8Array): { readonly width: number; readonly height: number } {
  const isKey = bytes.length >= HEADER_BYTES && ((bytes[0] ?? 1) & 1) === 0;
  if (!isKey || bytes[3] !== 0x9d || bytes[4] !== 0x01 || bytes[5] !== 0x2a) {
    throw new MediaError("malformed", "The WebP does not begin with a picture of its own.");
  }
  const side = (at: number): number => ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)) & 0x3fff;
  return { width: side(6), height: side(8) };
}

/** Reads the begin of a key frame. @throws MediaError where there is none */
export function readVp8Header(bytes: Uint8Array): Vp8Header {
  const size = vp8Size(bytes);
  const tag = (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8) | ((bytes[2] ?? 0) << 16);
  const partitionsAt = HEADER_BYTES + (tag >> 5);
  const modes = new BoolDecoder(bytes.subarray(HEADER_BYTES, partitionsAt));
  modes.number(2);
  const segments = readSegments(modes);
  skipFilter(modes);
  const partitions = cutPartitions(bytes.subarray(partitionsAt), 1 << modes.number(2));
  const quantizers = readQuantizers(modes, segments);
  modes.number(1);
  const coefficients = Uint8Array.from(COEFFICIENTS, (known, i) => {
    return modes.bit(COEFFICIENTS_STAY[i] ?? 0) === 1 ? modes.number(8) : known;
  });
  const hasCoefficients = modes.bit(128) === 1 ? modes.number(8) : undefined;
  const { tree: segmentTree } = segments;
  return { ...size, modes, partitions, segmentTree, quantizers, coefficients, hasCoefficients };
}

interface Segments {
  readonly tree: readonly number[] | undefined;
  /** Quantizer indices, or what is added to the common one; undefined: all have the common one. */
  readonly levels: readonly number[] | undefined;
  readonly isAbsolute: boolean;
}

function readSegments(from: BoolDecoder): Segments {
  if (from.bit(128) === 0) return { tree: undefined, levels: undefined, isAbsolute: false };
  const [hasTree, hasLevels] = [from.bit(128) === 1, from.bit(128) === 1];
  const four = <T>(read: () => T): T[] => Array.from({ length: SEGMENTS }, read);
  const isAbsolute = hasLevels && from.bit(128) === 1;
  const levels = hasLevels ? four(() => from.optional(7)) : undefined;
  if (hasLevels) four(() => from.optional(6));
  const probability = (): number => (from.bit(128) === 1 ? from.number(8) : 255);
  const tree = hasTree ? [probability(), probability(), probability()] : undefined;
  return { tree, levels, isAbsolute };
}

/** The filter that smooths the borders of blocks is left out: small pictures do not show them. */
function skipFilter(from: BoolDecoder): void {
  from.number(1 + 6 + 3);
  if (from.bit(128) === 0 || from.bit(128) === 0) return;
  for (let i = 0; i < 8; i++) from.optional(6);
}

function cutPartitions(bytes: Uint8Array, count: number): BoolDecoder[] {
  let at = 3 * (count - 1);
  if (at > bytes.length) throw new MediaError("truncated", "The WebP is cut short.");
  return Array.from({ length: count }, (_, i) => {
    const [low = 0, middle = 0, high = 0] = bytes.subarray(3 * i, 3 * i + 3);
    const size = i === count - 1 ? bytes.length : low | (middle << 8) | (high << 16);
    const partition = bytes.subarray(at, at + size);
    at += size;
    return new BoolDecoder(partition);
  });
}

function readQuantizers(from: BoolDecoder, { levels, isAbsolute }: Segments): Quantizer[] {
  const common = from.number(7);
  const [yDc, y2Dc, y2Ac, uvDc, uvAc] = Array.from({ length: 5 }, () => from.optional(4));
  return Array.from({ length: SEGMENTS }, (_, segment) => {
    const level = (levels?.[segment] ?? 0) + (isAbsolute ? 0 : common);
    const dc = (by = 0, most = 127): number => DC_STEPS[clip(level + by, most)] ?? 0;
    const ac = (by = 0): number => AC_STEPS[clip(level + by, 127)] ?? 0;
    return {
      y: [dc(yDc), ac()],
      y2: [2 * dc(y2Dc), Math.max(8, Math.floor((ac(y2Ac) * 155) / 100))],
      uv: [dc(uvDc, 117), ac(uvAc)],
    };
  });
}

function clip(index: number, most: number): number {
  return Math.max(0, Math.min(most, index));
}
