import { pictureJpeg } from "./jpeg/picture-jpeg.ts";
import { PREVIEW_SIDE_MAX } from "./limits.ts";
import { type Picture, shrink } from "./picture.ts";

/** Sizes and qualities to try, best first. */
const TRIES: readonly (readonly [side: number, quality: number])[] = [
  [PREVIEW_SIDE_MAX, 60],
  [PREVIEW_SIDE_MAX, 40],
  [240, 40],
  [160, 40],
  [112, 35],
  [80, 30],
  [48, 30],
];

/**
 * A small JPEG of a picture in at most `room` bytes, or undefined where none is that small.
 * @param extra segments put into it, an orientation, say
 */
export function thumbnail(
  picture: Picture,
  room: number,
  extra: Uint8Array = new Uint8Array(0),
): Uint8Array | undefined {
  let source = picture;
  for (const [side, quality] of TRIES) {
    // What is far too small to hold the size is not worth the time; a pixel takes a bit at least.
    if ((side * side) / 40 > room) continue;
    source = shrink(source, side);
    const jpeg = pictureJpeg(source, { quality, extra });
    if (jpeg.length <= room) return jpeg;
  }
  return undefined;
}
