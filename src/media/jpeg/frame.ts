import { MediaError } from "../errors.ts";
import { JPEG_SAMPLES_MAX } from "../limits.ts";

/** One colour component of a JPEG. Its blocks hold 64 coefficients each, in zigzag order. */
export interface Component {
  readonly id: number;
  /** Sampling factors, 1 to 4. */
  readonly h: number;
  readonly v: number;
  /** Which quantisation table it uses, 0 to 3. */
  readonly quantisation: number;
  /** Blocks per row and per column, filled up to whole units of the frame. */
  readonly blocksWide: number;
  readonly blocksHigh: number;
  /** Blocks per row and per column that show something of the picture. */
  readonly ownWide: number;
  readonly ownHigh: number;
}

/** The frame of a JPEG (ITU T.81 section B.2.2). */
export interface Frame {
  readonly progressive: boolean;
  readonly width: number;
  readonly height: number;
  /** Largest sampling factors of all components. */
  readonly hMax: number;
  readonly vMax: number;
  /** Units (MCUs) per row and per column. */
  readonly unitsWide: number;
  readonly unitsHigh: number;
  readonly components: readonly Component[];
}

/** Quantised coefficients by component, blocks row by row. */
export type Coefficients = readonly Int16Array[];

/** Sampling of a component, as the frame header has it. */
export interface Sampling {
  readonly id: number;
  readonly h: number;
  readonly v: number;
  readonly quantisation: number;
}

/**
 * A frame's measures.
 * @throws MediaError above JPEG_SAMPLES_MAX
 */
export function frameOf(
  progressive: boolean,
  width: number,
  height: number,
  samplings: readonly Sampling[],
): Frame {
  const hMax = Math.max(...samplings.map(({ h }) => h));
  const vMax = Math.max(...samplings.map(({ v }) => v));
  const unitsWide = Math.ceil(width / (8 * hMax));
  const unitsHigh = Math.ceil(height / (8 * vMax));
  const components = samplings.map((sampling) => ({
    ...sampling,
    blocksWide: unitsWide * sampling.h,
    blocksHigh: unitsHigh * sampling.v,
    ownWide: Math.ceil(Math.ceil((width * sampling.h) / hMax) / 8),
    ownHigh: Math.ceil(Math.ceil((height * sampling.v) / vMax) / 8),
  }));
  const samples = components.reduce((sum, { blocksWide, blocksHigh }) => {
    return sum + 64 * blocksWide * blocksHigh;
  }, 0);
  if (samples > JPEG_SAMPLES_MAX) {
    throw new MediaError("too-large", `A JPEG of ${width} x ${height} pixels is not looked into.`);
  }
  return { progressive, width, height, hMax, vMax, unitsWide, unitsHigh, components };
}

/**
 * Reads a start-of-frame segment.
 * @param marker its second byte, 0xc0 to 0xcf
 * @throws MediaError for frames that are not read here: lossless, arithmetic, 12 bits
 */
export function parseFrame(marker: number, payload: Uint8Array): Frame {
  const byte = (at: number): number => {
    const value = payload[at];
    if (value === undefined) throw new MediaError("truncated", "The JPEG's frame is cut short.");
    return value;
  };
  const height = byte(1) * 256 + byte(2);
  const width = byte(3) * 256 + byte(4);
  const count = byte(5);
  if (marker > 0xc2 || byte(0) !== 8) {
    throw new MediaError("unsupported", "This kind of JPEG is not looked into.");
  }
  if (width === 0 || height === 0 || count < 1 || count > 4 || payload.length !== 6 + 3 * count) {
    throw new MediaError("malformed", "The JPEG's frame makes no sense.");
  }
  const samplings = Array.from({ length: count }, (_, index) => {
    const at = 6 + 3 * index;
    return { id: byte(at), h: byte(at + 1) >> 4, v: byte(at + 1) & 15, quantisation: byte(at + 2) };
  });
  const isOdd = (factor: number): boolean => factor < 1 || factor > 4;
  if (samplings.some(({ h, v, quantisation }) => isOdd(h) || isOdd(v) || quantisation > 3)) {
    throw new MediaError("malformed", "The JPEG's frame makes no sense.");
  }
  return frameOf(marker === 0xc2, width, height, samplings);
}

/** Room for the coefficients of a frame, all zero. */
export function emptyCoefficients(frame: Frame): Coefficients {
  return frame.components.map(({ blocksWide, blocksHigh }) => {
    return new Int16Array(64 * blocksWide * blocksHigh);
  });
}

/** Whether both frames lay out the same blocks. */
export function sameLayout(a: Frame, b: Frame): boolean {
  return (
    a.width === b.width &&
    a.height === b.height &&
    a.components.length === b.components.length &&
    a.components.every(({ id, h, v }, index) => {
      const other = b.components[index];
      return other?.id === id && other.h === h && other.v === v;
    })
  );
}
