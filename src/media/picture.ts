import { MediaError } from "./errors.ts";
import { PICTURE_PIXELS_MAX } from "./limits.ts";

/** Pixels, three bytes each (red, green, blue), row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** An empty picture, black. @throws MediaError above PICTURE_PIXELS_MAX or without pixels */
export function emptyPicture(width: number, height: number): Picture {
  if (!(width > 0 && height > 0)) throw new MediaError("malformed", "The picture has no pixels.");
  if (width * height > PICTURE_PIXELS_MAX) {
    throw new MediaError("too-large", `A picture of ${width} x ${height} is not looked into.`);
  }
  return { width, height, rgb: new Uint8Array(3 * width * height) };
}

/** The picture, made smaller where a side is above `side`: the mean of the pixels that fall together. */
export function shrink(picture: Picture, side: number): Picture {
  const { width, height } = picture;
  const factor = Math.max(width, height) / side;
  if (factor <= 1) return picture;
  const small = emptyPicture(
    Math.max(1, Math.round(width / factor)),
    Math.max(1, Math.round(height / factor)),
  );
  for (let y = 0; y < small.height; y++) {
    const rows = span(y, small.height, height);
    for (let x = 0; x < small.width; x++) {
      average(picture, span(x, small.width, width), rows, small.rgb, 3 * (y * small.width + x));
    }
  }
  return small;
}

/** Which of `large` places fall on the one of `small` places, at least one. */
function span(index: number, small: number, large: number): readonly [number, number] {
  const from = Math.floor((index * large) / small);
  return [from, Math.max(from + 1, Math.floor(((index + 1) * large) / small))];
}

function average(
  { width, rgb }: Picture,
  [left, right]: readonly [number, number],
  [top, bottom]: readonly [number, number],
  target: Uint8Array,
  at: number,
): void {
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let y = top; y < bottom; y++) {
    for (let from = 3 * (y * width + left); from < 3 * (y * width + right); from += 3) {
      red += rgb[from] ?? 0;
      green += rgb[from + 1] ?? 0;
      blue += rgb[from + 2] ?? 0;
    }
  }
  const count = (right - left) * (bottom - top);
  target[at] = Math.round(red / count);
  target[at + 1] = Math.round(green / count);
  target[at + 2] = Math.round(blue / count);
}
