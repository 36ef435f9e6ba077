/** Puts the means of 16 small blocks, transformed, where each block's first coefficient is (RFC 6386 section 14.3). */
export function inverseMeans(means: Int16Array, values: Int16Array): void {
  const rows = new Int32Array(16);
  for (let x = 0; x < 4; x++) {
    const [a = 0, b = 0, c = 0, d = 0] = [means[x], means[4 + x], means[8 + x], means[12 + x]];
    rows[x] = a + d + b + c;
    rows[4 + x] = a - d + b - c;
    rows[8 + x] = a + d - b - c;
    rows[12 + x] = a - d - b + c;
  }
  for (let y = 0; y < 4; y++) {
    const [a = 0, b = 0, c = 0, d = 0] = rows.subarray(4 * y, 4 * y + 4);
    const at = 64 * y;
    values[at] = (a + 3 + d + b + c) >> 3;
    values[at + 16] = (a + 3 - d + b - c) >> 3;
    values[at + 32] = (a + 3 + d - b - c) >> 3;
    values[at + 48] = (a + 3 - d - b + c) >> 3;
  }
}

/** Times the square root of 2 times the cosine of an eighth of pi, in whole numbers. */
const byCosine = (value: number): number => ((value * 20_091) >> 16) + value;
/** Times the square root of 2 times its sine. */
const bySine = (value: number): number => (value * 35_468) >> 16;

const columns = new Int32Array(16);

/** Adds what 16 coefficients say to the pixels of a block of 4 x 4 at `at` (section 14.4). */
export function addInverse(
  values: Int16Array,
  from: number,
  pixels: Uint8ClampedArray,
  at: number,
  stride: number,
): void {
  if (isEven(values, from)) {
    addEvenly(((values[from] ?? 0) + 4) >> 3, pixels, at, stride);
    return;
  }
  for (let x = 0; x < 4; x++) {
    const [a, b] = [values[from + x] ?? 0, values[from + 4 + x] ?? 0];
    const [c, d] = [values[from + 8 + x] ?? 0, values[from + 12 + x] ?? 0];
    const [odd, even] = [bySine(b) - byCosine(d), byCosine(b) + bySine(d)];
    columns[x] = a + c + even;
    columns[4 + x] = a - c + odd;
    columns[8 + x] = a - c - odd;
    columns[12 + x] = a + c - even;
  }
  for (let y = 0; y < 4; y++) {
    const [a, b] = [(columns[4 * y] ?? 0) + 4, columns[4 * y + 1] ?? 0];
    const [c, d] = [columns[4 * y + 2] ?? 0, columns[4 * y + 3] ?? 0];
    const [odd, even] = [bySine(b) - byCosine(d), byCosine(b) + bySine(d)];
    const row = at + y * stride;
    pixels[row] = (pixels[row] ?? 0) + ((a + c + even) >> 3);
    pixels[row + 1] = (pixels[row + 1] ?? 0) + ((a - c + odd) >> 3);
    pixels[row + 2] = (pixels[row + 2] ?? 0) + ((a - c - odd) >> 3);
    pixels[row + 3] = (pixels[row + 3] ?? 0) + ((a + c - even) >> 3);
  }
}

/** Whether all pixels of a block change by the same. */
function isEven(values: Int16Array, from: number): boolean {
  for (let at = from + 1; at < from + 16; at++) if (values[at] !== 0) return false;
  return true;
}

function addEvenly(by: number, pixels: Uint8ClampedArray, at: number, stride: number): void {
  if (by === 0) return;
  for (let y = 0; y < 4; y++) {
    for (let x = at + y * stride; x < at + y * stride + 4; x++) pixels[x] = (pixels[x] ?? 0) + by;
  }
}
