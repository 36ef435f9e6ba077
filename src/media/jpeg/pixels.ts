import { must } from "../../base/errors.ts";
import { emptyPicture, type Picture } from "../picture.ts";
import type { DecodedJpeg } from "./decode.ts";
import type { Component } from "./frame.ts";
import { cosines, ZIGZAG } from "./transform.ts";

/** Samples of one component of a reduced picture. */
interface Plane {
  readonly samples: Uint8ClampedArray;
  /** Samples per row. */
  readonly stride: number;
}

/**
 * A JPEG's picture at an eighth, a quarter, half or all of its size: the smallest of them with a
 * side of at least `side`. Only the coefficients that such a size needs are used. Colours of CMYK
 * are approximate.
 * @throws MediaError above PICTURE_PIXELS_MAX
 */
export function jpegPicture(
  { frame, coefficients, tables, header }: DecodedJpeg,
  side: number,
): Picture {
  const longer = Math.max(frame.width, frame.height);
  const size = [1, 2, 4].find((points) => (longer * points) / 8 >= side) ?? 8;
  const picture = emptyPicture(
    Math.ceil((frame.width * size) / 8),
    Math.ceil((frame.height * size) / 8),
  );
  const planes = frame.components.map((component, index) => {
    const factors = tables.quantisation[component.quantisation] ?? new Uint16Array(64).fill(1);
    return planeOf(component, must(coefficients[index], "as many as components"), factors, size);
  });
  const adobe = header.find(({ marker, payload }) => marker === 0xee && payload.length >= 12);
  const colours = { isRgb: adobe?.payload[11] === 0 && planes.length === 3, planes };
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      const values = planes.map(({ samples, stride }, index) => {
        const { h, v } = must(frame.components[index], "as many as planes");
        const row = Math.floor((y * v) / frame.vMax);
        return samples[row * stride + Math.floor((x * h) / frame.hMax)] ?? 0;
      });
      paint(picture, 3 * (y * picture.width + x), values, colours.isRgb);
    }
  }
  return picture;
}

/** YCbCr to red, green and blue (JFIF 1.02). */
function paint({ rgb }: Picture, at: number, values: readonly number[], isRgb: boolean): void {
  const [first = 0, second = 128, third = 128, black = 255] = values;
  const blue = second - 128;
  const red = third - 128;
  const colour = isRgb
    ? [first, second, third]
    : [first + 1.402 * red, first - 0.344136 * blue - 0.714136 * red, first + 1.772 * blue];
  for (const [index, value] of colour.entries()) {
    rgb[at + index] = (clamp(value) * black) / 255;
  }
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

function planeOf(
  { blocksWide, blocksHigh }: Component,
  values: Int16Array,
  factors: Uint16Array,
  size: number,
): Plane {
  const stride = blocksWide * size;
  const samples = new Uint8ClampedArray(stride * blocksHigh * size);
  const block = new ReducedBlock(size, factors);
  for (let row = 0; row < blocksHigh; row++) {
    for (let column = 0; column < blocksWide; column++) {
      block.write(values, 64 * (row * blocksWide + column), samples, {
        at: row * size * stride + column * size,
        stride,
      });
    }
  }
  return { samples, stride };
}

/** Turns the low frequencies of a block into `size` x `size` samples. */
class ReducedBlock {
  readonly #size: number;
  readonly #factors: Uint16Array;
  readonly #cosines: Float64Array;
  readonly #values: Float64Array;
  readonly #half: Float64Array;

  constructor(size: number, factors: Uint16Array) {
    this.#size = size;
    this.#factors = factors;
    this.#cosines = cosines(size);
    this.#values = new Float64Array(size * size);
    this.#half = new Float64Array(size * size);
  }

  write(
    values: Int16Array,
    from: number,
    samples: Uint8ClampedArray,
    { at, stride }: { readonly at: number; readonly stride: number },
  ): void {
    const size = this.#size;
    // The scales of transforms of eight and of `size` values differ by the root of 8 / size each way.
    const scale = size / 8;
    for (let index = 0; index < 64; index++) {
      const place = ZIGZAG[index] ?? 0;
      const [row, column] = [place >> 3, place & 7];
      if (row >= size || column >= size) continue;
      const value = (values[from + index] ?? 0) * (this.#factors[index] ?? 1);
      this.#values[row * size + column] = value * scale;
    }
    this.#turn(this.#values, this.#half);
    this.#turn(this.#half, this.#values);
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        samples[at + y * stride + x] = (this.#values[y * size + x] ?? 0) + 128;
      }
    }
  }

  /** Transforms rows back and turns the block over; twice is the whole transform. */
  #turn(from: Float64Array, to: Float64Array): void {
    const size = this.#size;
    for (let row = 0; row < size; row++) {
      for (let x = 0; x < size; x++) {
        let sum = 0;
        for (let u = 0; u < size; u++) {
          sum += (from[row * size + u] ?? 0) * (this.#cosines[u * size + x] ?? 0);
        }
        to[x * size + row] = sum;
      }
    }
  }
}
