/** Natural place (8 * row + column) of each coefficient in zigzag order (ITU T.81 figure A.6). */
export const ZIGZAG: Uint8Array = zigzag();

function zigzag(): Uint8Array {
  const order = new Uint8Array(64);
  let index = 0;
  for (let diagonal = 0; diagonal < 15; diagonal++) {
    const from = Math.max(0, diagonal - 7);
    const to = Math.min(7, diagonal);
    for (let step = from; step <= to; step++) {
      const row = diagonal % 2 === 0 ? diagonal - step : step;
      order[index++] = 8 * row + (diagonal - row);
    }
  }
  return order;
}

/** Rows of the cosine transform of `size` values (T.81 section A.3.3), row `u` for frequency u. */
export function cosines(size: number): Float64Array {
  const table = new Float64Array(size * size);
  for (let u = 0; u < size; u++) {
    const scale = Math.sqrt((u === 0 ? 1 : 2) / size);
    for (let x = 0; x < size; x++) {
      table[u * size + x] = scale * Math.cos(((2 * x + 1) * u * Math.PI) / (2 * size));
    }
  }
  return table;
}

const EIGHT = cosines(8);

/** Transforms 64 samples to 64 coefficients, both in natural order. */
export function forward(samples: Float64Array, target: Float64Array): void {
  const half = new Float64Array(64);
  multiply(samples, half);
  multiply(half, target);
}

/** Transforms rows and turns the block over; twice is the whole transform. */
function multiply(from: Float64Array, to: Float64Array): void {
  for (let row = 0; row < 8; row++) {
    for (let u = 0; u < 8; u++) {
      let sum = 0;
      for (let x = 0; x < 8; x++) sum += (from[8 * row + x] ?? 0) * (EIGHT[8 * u + x] ?? 0);
      to[8 * u + row] = sum;
    }
  }
}
