import { must } from "../../base/errors.ts";
import type { Picture } from "../picture.ts";
import {
  type Coefficients,
  type Component,
  emptyCoefficients,
  type Frame,
  frameOf,
} from "./frame.ts";
import { forward, ZIGZAG } from "./transform.ts";
import { writeSequential } from "./write.ts";

/** Quantisation of brightness and of colour at quality 50, natural order (ITU T.81 section K.1). */
const LUMA_FACTORS: readonly number[] = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
  14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113,
  92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
const CHROMA_FACTORS: readonly number[] = [
  17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99,
  47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/** How a picture becomes a JPEG. */
export interface PictureOptions {
  /** 1 to 100, as with libjpeg. */
  readonly quality: number;
  /** Sampling factors of brightness against colour: [2, 2] is 4:2:0. */
  readonly sampling?: readonly [number, number];
  /** Without colour. */
  readonly grey?: boolean;
  /** Segments put behind the start marker. */
  readonly extra?: Uint8Array;
}

/** A JPEG of a picture and what it holds: sequential, with the shortest Huffman tables. */
export function pictureJpeg(picture: Picture, options: PictureOptions): Uint8Array {
  const { frame, coefficients, quantisation } = pictureCoefficients(picture, options);
  return writeSequential(frame, coefficients, quantisation, options.extra);
}

/** The quantised coefficients of a picture. */
export function pictureCoefficients(
  picture: Picture,
  { quality, sampling = [2, 2], grey = false }: PictureOptions,
): {
  readonly frame: Frame;
  readonly coefficients: Coefficients;
  readonly quantisation: readonly Uint16Array[];
} {
  const [h, v] = sampling;
  const luma = { id: 1, h, v, quantisation: 0 };
  const chroma = [2, 3].map((id) => ({ id, h: 1, v: 1, quantisation: 1 }));
  const samplings = grey ? [{ ...luma, h: 1, v: 1 }] : [luma, ...chroma];
  const frame = frameOf(false, picture.width, picture.height, samplings);
  const quantisation = [LUMA_FACTORS, CHROMA_FACTORS].slice(0, grey ? 1 : 2).map((factors) => {
    return scaled(factors, quality);
  });
  const coefficients = emptyCoefficients(frame);
  for (const [index, component] of frame.components.entries()) {
    const factors = must(quantisation[component.quantisation], "one for each kind");
    const shrinkX = frame.hMax / component.h;
    const shrinkY = frame.vMax / component.v;
    const plane = planeOf(picture, index, shrinkX, shrinkY, component);
    transformPlane(plane, component, factors, must(coefficients[index], "one for each"));
  }
  return { frame, coefficients, quantisation };
}

/** Factors at a quality, in zigzag order, by libjpeg's formula. */
function scaled(factors: readonly number[], quality: number): Uint16Array {
  const percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  return Uint16Array.from(ZIGZAG, (place) => {
    const factor = Math.floor(((factors[place] ?? 1) * percent + 50) / 100);
    return Math.min(255, Math.max(1, factor));
  });
}

/** Samples of one component around zero, filled up to whole blocks by repeating the edge. */
function planeOf(
  { width, height, rgb }: Picture,
  index: number,
  shrinkX: number,
  shrinkY: number,
  { blocksWide, blocksHigh }: Component,
): Float32Array {
  const stride = 8 * blocksWide;
  const plane = new Float32Array(stride * 8 * blocksHigh);
  const [r, g, b] = [
    [0.299, 0.587, 0.114],
    [-0.168736, -0.331264, 0.5],
    [0.5, -0.418688, -0.081312],
  ][index] ?? [0, 0, 0];
  const sampleAt = (x: number, y: number): number => {
    const at = 3 * (Math.min(y, height - 1) * width + Math.min(x, width - 1));
    return (
      (r ?? 0) * (rgb[at] ?? 0) + (g ?? 0) * (rgb[at + 1] ?? 0) + (b ?? 0) * (rgb[at + 2] ?? 0)
    );
  };
  for (let y = 0; y < 8 * blocksHigh; y++) {
    for (let x = 0; x < stride; x++) {
      let sum = 0;
      for (let dy = 0; dy < shrinkY; dy++) {
        for (let dx = 0; dx < shrinkX; dx++) sum += sampleAt(x * shrinkX + dx, y * shrinkY + dy);
      }
      plane[y * stride + x] = sum / (shrinkX * shrinkY) - (index === 0 ? 128 : 0);
    }
  }
  return plane;
}

function transformPlane(
  plane: Float32Array,
  { blocksWide, blocksHigh }: Component,
  factors: Uint16Array,
  target: Int16Array,
): void {
  const samples = new Float64Array(64);
  const values = new Float64Array(64);
  const stride = 8 * blocksWide;
  for (let block = 0; block < blocksWide * blocksHigh; block++) {
    const from = 8 * stride * Math.floor(block / blocksWide) + 8 * (block % blocksWide);
    for (let at = 0; at < 64; at++) samples[at] = plane[from + stride * (at >> 3) + (at & 7)] ?? 0;
    forward(samples, values);
    for (let at = 0; at < 64; at++) {
      target[64 * block + at] = Math.round((values[ZIGZAG[at] ?? 0] ?? 0) / (factors[at] ?? 1));
    }
  }
}
