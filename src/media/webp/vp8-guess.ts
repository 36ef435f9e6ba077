import { MODE } from "./vp8-modes.ts";

/** A plane of pixels, with what is assumed above and to the left of it (RFC 6386 section 12.2). */
export class Plane {
  readonly stride: number;
  readonly pixels: Uint8ClampedArray;
  /** Where pixel (0, 0) is. */
  readonly first: number;

  /** @param width a multiple of the size of its blocks, as `height` is */
  constructor(width: number, height: number) {
    this.stride = width + 8;
    this.first = this.stride + 4;
    this.pixels = new Uint8ClampedArray(this.stride * (height + 1));
    this.pixels.fill(127, 0, this.stride);
    for (let y = 0; y < height; y++) this.pixels[this.at(-1, y)] = 129;
  }

  at(x: number, y: number): number {
    return this.first + y * this.stride + x;
  }
}

/** Guesses a square of `side` pixels as a whole from those above and to the left. */
export function guessWhole(
  { pixels, stride, first }: Plane,
  at: number,
  side: number,
  mode: number,
): void {
  const above = at - stride;
  if (mode === MODE.dc) {
    const hasAbove = above >= first;
    const hasLeft = (at - first) % stride !== 0;
    const mean = meanAround(pixels, at, stride, side, hasAbove, hasLeft);
    for (let y = 0; y < side; y++) pixels.fill(mean, at + y * stride, at + y * stride + side);
    return;
  }
  const corner = pixels[above - 1] ?? 0;
  for (let y = 0; y < side; y++) {
    const row = at + y * stride;
    const left = pixels[row - 1] ?? 0;
    if (mode === MODE.horizontal) pixels.fill(left, row, row + side);
    else if (mode === MODE.vertical) pixels.copyWithin(row, above, above + side);
    else for (let x = 0; x < side; x++) pixels[row + x] = left + (pixels[above + x] ?? 0) - corner;
  }
}

function meanAround(
  pixels: Uint8ClampedArray,
  at: number,
  stride: number,
  side: number,
  hasAbove: boolean,
  hasLeft: boolean,
): number {
  let sum = 0;
  for (let i = 0; i < side; i++) {
    if (hasAbove) sum += pixels[at - stride + i] ?? 0;
    if (hasLeft) sum += pixels[at - 1 + i * stride] ?? 0;
  }
  const count = side * (Number(hasAbove) + Number(hasLeft));
  return count === 0 ? 128 : Math.floor((sum + count / 2) / count);
}

/** Of two pixels of the edge from this place on: their mean. Other places: the mean of three around. */
const TWO = 16;
const two = (...places: readonly number[]): readonly number[] => places.map((i) => TWO + i);

/**
 * Where each pixel of a small block comes from (RFC 6386 section 12.3), row by row, in places of its
 * edge: the lowest pixel to the left twice, those above it, the corner (5), the eight above, the last
 * one twice.
 */
const SOURCES: Readonly<Record<number, readonly number[]>> = {
  [MODE.vertical]: [6, 7, 8, 9, 6, 7, 8, 9, 6, 7, 8, 9, 6, 7, 8, 9],
  [MODE.horizontal]: [4, 4, 4, 4, 3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1],
  [MODE.rightDown]: [5, 6, 7, 8, 4, 5, 6, 7, 3, 4, 5, 6, 2, 3, 4, 5],
  [MODE.leftDown]: [7, 8, 9, 10, 8, 9, 10, 11, 9, 10, 11, 12, 10, 11, 12, 13],
  [MODE.verticalRight]: [...[...two(5, 6, 7, 8), 5, 6, 7, 8], ...[4, ...two(5, 6, 7), 3, 5, 6, 7]],
  [MODE.verticalLeft]: [
    ...[...two(6, 7, 8, 9), 7, 8, 9, 10],
    ...[...two(7, 8, 9), 11, 8, 9, 10, 12],
  ],
  [MODE.horizontalUp]: [
    ...[TWO + 3, 3, TWO + 2, 2, TWO + 2, 2, TWO + 1, 1],
    ...[TWO + 1, 1, ...two(0, 0), ...two(0, 0, 0, 0)],
  ],
  [MODE.horizontalDown]: [
    ...[TWO + 4, 5, 6, 7, TWO + 3, 4, TWO + 4, 5],
    ...[TWO + 2, 3, TWO + 3, 4, TWO + 1, 2, TWO + 2, 3],
  ],
};

const edge = new Uint8Array(15);

/**
 * Guesses a block of 4 x 4.
 * @param right the four pixels above and to the right of it
 */
export function guessSmall(plane: Plane, at: number, mode: number, right: ArrayLike<number>): void {
  const { pixels, stride } = plane;
  if (mode === MODE.motion) {
    guessWhole(plane, at, 4, mode);
    return;
  }
  if (mode === MODE.dc) {
    const mean = meanAround(pixels, at, stride, 4, true, true);
    for (let y = 0; y < 4; y++) pixels.fill(mean, at + y * stride, at + y * stride + 4);
    return;
  }
  for (let i = 0; i < 4; i++) {
    edge[4 - i] = pixels[at - 1 + i * stride] ?? 0;
    edge[6 + i] = pixels[at - stride + i] ?? 0;
    edge[10 + i] = right[i] ?? 0;
  }
  edge[0] = edge[1] ?? 0;
  edge[5] = pixels[at - stride - 1] ?? 0;
  edge[14] = edge[13] ?? 0;
  const sources = SOURCES[mode] ?? [];
  for (const [i, source] of sources.entries()) {
    pixels[at + (i >> 2) * stride + (i & 3)] =
      source < TWO ? around(source) : between(source - TWO);
  }
}

function around(place: number): number {
  return ((edge[place - 1] ?? 0) + 2 * (edge[place] ?? 0) + (edge[place + 1] ?? 0) + 2) >> 2;
}

function between(place: number): number {
  return ((edge[place] ?? 0) + (edge[place + 1] ?? 0) + 1) >> 1;
}
