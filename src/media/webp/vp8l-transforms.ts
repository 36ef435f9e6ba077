/** Pixels, alpha, red, green and blue from the highest byte on, and how many make a row. */
export interface Argb {
  readonly width: number;
  readonly pixels: Uint32Array;
}

/** Undoes, in place or anew, what was done to pixels to make them smaller. */
export type Undo = (image: Argb) => Argb;

const OPAQUE = 0xff00_0000;

/** The sum of each byte. */
export function addPixels(a: number, b: number): number {
  const high = ((a & 0xff00_ff00) + (b & 0xff00_ff00)) & 0xff00_ff00;
  return high | (((a & 0x00ff_00ff) + (b & 0x00ff_00ff)) & 0x00ff_00ff);
}

/** The mean of each byte. */
function mean(a: number, b: number): number {
  return (((a ^ b) & 0xfefe_fefe) >>> 1) + (a & b);
}

function ofBytes(byte: (shift: number) => number): number {
  let pixel = 0;
  for (let shift = 0; shift < 32; shift += 8) {
    pixel |= Math.min(255, Math.max(0, byte(shift))) << shift;
  }
  return pixel;
}

function byteOf(pixel: number, shift: number): number {
  return (pixel >>> shift) & 255;
}

function select(left: number, top: number, corner: number): number {
  let [toLeft, toTop] = [0, 0];
  for (let shift = 0; shift < 32; shift += 8) {
    const middle = byteOf(corner, shift);
    toLeft += Math.abs(byteOf(top, shift) - middle);
    toTop += Math.abs(byteOf(left, shift) - middle);
  }
  return toLeft < toTop ? left : top;
}

function addDifference(left: number, top: number, corner: number): number {
  return ofBytes((shift) => byteOf(left, shift) + byteOf(top, shift) - byteOf(corner, shift));
}

function addHalfDifference(a: number, corner: number): number {
  return ofBytes((shift) => {
    const value = byteOf(a, shift);
    return value + Math.trunc((value - byteOf(corner, shift)) / 2);
  });
}

type Guess = (left: number, top: number, right: number, corner: number) => number;

/** Ways to guess a pixel by those around it; `right` is above to the right, `corner` to the left. */
const GUESSES: readonly Guess[] = [
  () => OPAQUE,
  (left) => left,
  (_, top) => top,
  (_, __, right) => right,
  (_, __, ___, corner) => corner,
  (left, top, right) => mean(mean(left, right), top),
  (left, _, __, corner) => mean(left, corner),
  (left, top) => mean(left, top),
  (_, top, __, corner) => mean(corner, top),
  (_, top, right) => mean(top, right),
  (left, top, right, corner) => mean(mean(left, corner), mean(top, right)),
  (left, top, _, corner) => select(left, top, corner),
  (left, top, _, corner) => addDifference(left, top, corner),
  (left, top, _, corner) => addHalfDifference(mean(left, top), corner),
];
const GUESS_OPAQUE: Guess = () => OPAQUE;
const GUESS_LEFT: Guess = (left) => left;
const GUESS_TOP: Guess = (_, top) => top;

/** What stands for the square, of a side of 2 to the `bits`, in which a pixel is. */
export function squareAt(squares: Argb, bits: number, x: number, y: number): number {
  return squares.pixels[(y >> bits) * squares.width + (x >> bits)] ?? 0;
}

function guessAt(squares: Argb, bits: number, x: number, y: number): Guess {
  if (y === 0) return x === 0 ? GUESS_OPAQUE : GUESS_LEFT;
  if (x === 0) return GUESS_TOP;
  return GUESSES[(squareAt(squares, bits, x, y) >> 8) & 15] ?? GUESS_OPAQUE;
}

/** Pixels were differences from a guess, whose way each of these squares tells. */
export function undoGuesses(squares: Argb, bits: number): Undo {
  return (image) => {
    const { width, pixels } = image;
    const pixelAt = (at: number): number => pixels[at] ?? 0;
    for (let at = 0; at < pixels.length; at++) {
      const [x, y, above] = [at % width, Math.floor(at / width), at - width];
      const guess = guessAt(squares, bits, x, y);
      const [right, corner] = [pixelAt(above + 1), pixelAt(above - 1)];
      const guessed = guess(pixelAt(at - 1), pixelAt(above), right, corner);
      pixels[at] = addPixels(pixelAt(at), guessed);
    }
    return image;
  };
}

/** The share of one colour in another, both signed bytes. */
function share(factor: number, colour: number): number {
  return (((factor << 24) >> 24) * ((colour << 24) >> 24)) >> 5;
}

/** Red and blue were made smaller by their likeness to green and red, square by square. */
export function undoLikeness(squares: Argb, bits: number): Undo {
  return (image) => {
    const { width, pixels } = image;
    for (const [at, pixel] of pixels.entries()) {
      const square = squareAt(squares, bits, at % width, Math.floor(at / width));
      const green = byteOf(pixel, 8);
      const red = (byteOf(pixel, 16) + share(square, green)) & 255;
      const blue = byteOf(pixel, 0) + share(square >> 8, green) + share(square >> 16, red);
      pixels[at] = (pixel & 0xff00_ff00) | (red << 16) | (blue & 255);
    }
    return image;
  };
}

/** Green was taken away from red and blue. */
export function undoGreen(image: Argb): Argb {
  const { pixels } = image;
  for (const [at, pixel] of pixels.entries()) {
    const green = byteOf(pixel, 8);
    pixels[at] = addPixels(pixel, (green << 16) | green);
  }
  return image;
}

/** Pixels were places in a table, 2 to the `packed` of them in one. @param width before that */
export function undoTable(table: Uint32Array, packed: number, width: number): Undo {
  const bits = 8 >> packed;
  return (image) => {
    const rows = Math.floor(image.pixels.length / image.width);
    const pixels = new Uint32Array(width * rows);
    for (let at = 0; at < pixels.length; at++) {
      const [x, y] = [at % width, Math.floor(at / width)];
      const from = image.pixels[y * image.width + (x >> packed)] ?? 0;
      const shift = 8 + (x & ((1 << packed) - 1)) * bits;
      pixels[at] = table[(from >>> shift) & ((1 << bits) - 1)] ?? 0;
    }
    return { width, pixels };
  };
}
