import { emptyPicture, type Picture } from "../picture.ts";
import { CoefficientReader } from "./vp8-coefficients.ts";
import { guessSmall, guessWhole, Plane } from "./vp8-guess.ts";
import { readVp8Header } from "./vp8-header.ts";
import { type BlockModes, ModeReader } from "./vp8-modes.ts";
import { addInverse } from "./vp8-transform.ts";

/** The planes of a picture whose colours have half its width and height. */
interface Planes {
  readonly y: Plane;
  readonly u: Plane;
  readonly v: Plane;
  readonly columns: number;
}

/**
 * Decodes a key frame of VP8 (RFC 6386), which is what a lossy WebP is, but for the filter at the
 * end that smooths the borders of blocks. One that breaks off shows what is there.
 * @throws MediaError where it cannot be read
 */
export function decodeVp8(bytes: Uint8Array): Picture {
  const header = readVp8Header(bytes);
  const picture = emptyPicture(header.width, header.height);
  const columns = Math.ceil(header.width / 16);
  const rows = Math.ceil(header.height / 16);
  const colour = (): Plane => new Plane(8 * columns, 8 * rows);
  const planes: Planes = {
    y: new Plane(16 * columns, 16 * rows),
    u: colour(),
    v: colour(),
    columns,
  };
  const modes = new ModeReader(header, columns);
  const coefficients = new CoefficientReader(header, columns);
  for (let row = 0; row < rows; row++) {
    const from = header.partitions[row % header.partitions.length] ?? header.modes;
    if (header.modes.isOver || from.isOver) {
      paint(planes, picture, 16 * row);
      return picture;
    }
    modes.beginRow();
    coefficients.beginRow();
    for (let column = 0; column < columns; column++) {
      const block = modes.next(column);
      const quantizer = header.quantizers[block.segment];
      const hasMeans = block.whole !== undefined;
      if (block.isEmpty || quantizer === undefined) coefficients.skip(column, hasMeans);
      else coefficients.read(from, column, hasMeans, quantizer);
      drawBrightness(planes, column, row, block, coefficients.values);
      drawColours(planes, column, row, block, coefficients.values);
    }
  }
  paint(planes, picture, header.height);
  return picture;
}

function drawBrightness(
  { y: plane, columns }: Planes,
  column: number,
  row: number,
  { whole, small }: BlockModes,
  values: Int16Array,
): void {
  const { pixels, stride } = plane;
  const at = plane.at(16 * column, 16 * row);
  if (whole !== undefined) guessWhole(plane, at, 16, whole);
  // Small blocks at the right take what is above the whole block's neighbour.
  const isLast = column === columns - 1 && row > 0;
  const corner = at - stride + 16;
  const beyond = [0, 1, 2, 3].map((i) => pixels[isLast ? corner - 1 : corner + i] ?? 0);
  for (let block = 0; block < 16; block++) {
    const place = at + 4 * (block >> 2) * stride + 4 * (block & 3);
    if (whole === undefined) {
      const above = place - stride + 4;
      const right = (block & 3) === 3 ? beyond : pixels.subarray(above, above + 4);
      guessSmall(plane, place, small[block] ?? 0, right);
    }
    addInverse(values, 16 * block, pixels, place, stride);
  }
}

function drawColours(
  { u, v }: Planes,
  column: number,
  row: number,
  { colour }: BlockModes,
  values: Int16Array,
): void {
  for (const [plane, first] of [
    [u, 16],
    [v, 20],
  ] as const) {
    const at = plane.at(8 * column, 8 * row);
    guessWhole(plane, at, 8, colour);
    for (let block = 0; block < 4; block++) {
      const place = at + 4 * (block >> 1) * plane.stride + 4 * (block & 1);
      addInverse(values, 16 * (first + block), plane.pixels, place, plane.stride);
    }
  }
}

/** Turns brightness and colours into red, green and blue (ITU-R BT.601), rows below `end`. */
function paint({ y, u, v }: Planes, { width, height, rgb }: Picture, end: number): void {
  const clamped = new Uint8ClampedArray(rgb.buffer, rgb.byteOffset, rgb.length);
  for (let row = 0; row < Math.min(height, end); row++) {
    for (let x = 0; x < width; x++) {
      const light = 1.164 * ((y.pixels[y.at(x, row)] ?? 0) - 16);
      const at = u.at(x >> 1, row >> 1);
      const [blue, red] = [(u.pixels[at] ?? 0) - 128, (v.pixels[at] ?? 0) - 128];
      const to = 3 * (row * width + x);
      clamped[to] = light + 1.596 * red;
      clamped[to + 1] = light - 0.813 * red - 0.391 * blue;
      clamped[to + 2] = light + 2.018 * blue;
    }
  }
}
