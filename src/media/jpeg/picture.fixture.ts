import { concatBytes } from "../../base/bytes.ts";
import { emptyPicture, type Picture } from "../picture.ts";
import { encodeScan } from "./encode.ts";
import type { Coefficients, Frame } from "./frame.ts";
import { huffmanTable, optimalTable } from "./huffman.ts";
import { type PictureOptions, pictureCoefficients } from "./picture-jpeg.ts";
import type { ScanSpec } from "./scan.ts";
import { MARKER } from "./sections.ts";
import { frequenciesOf, Tokens } from "./tokens.ts";
import { END, frameSegment, ScanWriter, START, segment, writeScan } from "./write.ts";

/** Smooth colours with edges and some noise, the same for the same seed. */
export function testPicture(width: number, height: number, seed = 1): Picture {
  const picture = emptyPicture(width, height);
  let state = seed * 2_654_435_761;
  for (let at = 0; at < width * height; at++) {
    const [x, y] = [at % width, Math.floor(at / width)];
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const noise = (state >>> 24) / 16;
    const inside = (x - width / 2) ** 2 + (y - height / 3) ** 2 < (width * height) / 16;
    picture.rgb[3 * at] = (inside ? 200 : 40) + noise;
    picture.rgb[3 * at + 1] = (255 * x) / width / 1.2 + noise;
    picture.rgb[3 * at + 2] = (255 * y) / height / 1.2 + noise;
  }
  return picture;
}

/** How a JPEG of a camera or a program is made. */
export interface CameraOptions extends PictureOptions {
  /** Units between restart markers. */
  readonly interval?: number;
  /** One scan for each component. */
  readonly apart?: boolean;
  /** What fills up bytes. */
  readonly padding?: boolean;
  readonly tail?: Uint8Array;
  /** Coefficients of blocks outside the picture are noise. */
  readonly noisyEdge?: boolean;
}

/** The scans of libjpeg's progressive script for colour. */
export const PROGRESSIVE_SCRIPT: readonly ScanSpec[] = [
  spec([0, 1, 2], 0, 0, 0, 1),
  spec([0], 1, 5, 0, 2),
  spec([2], 1, 63, 0, 1),
  spec([1], 1, 63, 0, 1),
  spec([0], 6, 63, 0, 2),
  spec([0], 1, 63, 2, 1),
  spec([0, 1, 2], 0, 0, 1, 0),
  spec([2], 1, 63, 1, 0),
  spec([1], 1, 63, 1, 0),
  spec([0], 1, 63, 1, 0),
];

function spec(
  indices: readonly number[],
  first: number,
  last: number,
  high: number,
  low: number,
): ScanSpec {
  const components = indices.map((index) => ({ index, dc: Math.min(index, 1), ac: 0 }));
  return { components, first, last, high, low };
}

/** A sequential JPEG with restart markers and what else encoders do. */
export function cameraJpeg(picture: Picture, options: CameraOptions): Uint8Array {
  const { interval = 0, apart = false, padding = true, tail, extra = new Uint8Array(0) } = options;
  const { frame, coefficients, quantisation } = pictureCoefficients(picture, options);
  if (options.noisyEdge) disturbEdge(frame, coefficients);
  const writer = new ScanWriter(padding, 1 << 26);
  const tables = quantisation.flatMap((table, index) => [index, ...table]);
  writer.raw(concatBytes(START, extra, segment(MARKER.quantisation, tables), frameSegment(frame)));
  if (interval > 0) writer.raw(segment(MARKER.interval, [interval >> 8, interval & 0xff]));
  const parts = frame.components.map((_, index) => ({ index, dc: 0, ac: 0 }));
  const groups = apart ? parts.map((part) => [part]) : [parts];
  for (const components of groups) {
    const scan = { components, first: 0, last: 63, high: 0, low: 0 };
    const tokens = new Tokens();
    encodeScan(frame, coefficients, scan, interval, tokens);
    const codes = frequenciesOf(tokens).map((frequencies) => optimalTable(frequencies));
    const shown = [0, 4].flatMap((index) => {
      const { counts = [], symbols = [] } = codes[index] ?? {};
      return [index === 0 ? 0 : 0x10, ...counts, ...symbols];
    });
    writer.raw(segment(MARKER.huffman, shown));
    const ids = components.flatMap(({ index }) => [frame.components[index]?.id ?? 0, 0]);
    writer.raw(segment(MARKER.scan, [components.length, ...ids, 0, 63, 0]));
    writer.scan(frame, coefficients, scan, interval, codes.map(huffmanTable));
  }
  writer.raw(concatBytes(END, tail ?? new Uint8Array(0)));
  return writer.bytes.slice();
}

/** A progressive JPEG with libjpeg's script. */
export function progressiveJpeg(picture: Picture, options: PictureOptions): Uint8Array {
  const { frame, coefficients, quantisation } = pictureCoefficients(picture, options);
  const progressive = { ...frame, progressive: true };
  const tables = quantisation.flatMap((table, index) => [index, ...table]);
  const scans = PROGRESSIVE_SCRIPT.map((scan) => writeScan(progressive, coefficients, scan));
  const head = segment(MARKER.quantisation, tables);
  return concatBytes(START, head, frameSegment(progressive), ...scans, END);
}

function disturbEdge(frame: Frame, coefficients: Coefficients): void {
  for (const [index, { blocksWide, blocksHigh, ownWide, ownHigh }] of frame.components.entries()) {
    for (let block = 0; block < blocksWide * blocksHigh; block++) {
      const inside = block % blocksWide < ownWide && block < ownHigh * blocksWide;
      const values = coefficients[index];
      if (!inside && values) values[64 * block + 1 + (block % 60)] = (block % 7) - 3;
    }
  }
}
