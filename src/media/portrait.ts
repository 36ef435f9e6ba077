import { MediaError } from "./errors.ts";
import { decodeJpeg } from "./jpeg/decode.ts";
import { orientationOf, orientationSegment } from "./jpeg/exif.ts";
import { jpegPicture } from "./jpeg/pixels.ts";
import { isJpeg } from "./jpeg/sections.ts";
import { PORTRAIT_SIDE_MAX } from "./limits.ts";
import { shrink } from "./picture.ts";
import { decodePicture } from "./plan-picture.ts";
import { pixelsOf } from "./small-picture.ts";
import { sniff } from "./sniff.ts";
import { thumbnail } from "./thumbnail.ts";

/** Pixels of a portrait that somebody else sent: more than any peer makes. */
const PIXELS_MAX: number = 4 * PORTRAIT_SIDE_MAX ** 2;

/**
 * A picture that somebody shows of themselves: a JPEG of up to PORTRAIT_SIDE_MAX pixels a side in at most `room`
 * bytes, made anew from the pixels of a JPEG, PNG, GIF, BMP or WebP. Of what else was in the file only which
 * side is up is kept.
 * @throws MediaError("unsupported" | "malformed" | "too-large") where it cannot be read or made so small
 */
export function portrait(bytes: Uint8Array, room: number): Uint8Array {
  const small = isJpeg(bytes) ? ofJpeg(bytes, room) : ofOther(bytes, room);
  if (small !== undefined) return small;
  throw new MediaError("too-large", `This picture does not fit into ${room} bytes.`);
}

/**
 * The same of a portrait that came from somebody else: nothing of its bytes is handed on.
 * @throws MediaError as `portrait` does, and for anything but a JPEG of few pixels
 */
export function foreignPortrait(bytes: Uint8Array, room: number): Uint8Array {
  if (!isJpeg(bytes)) throw new MediaError("unsupported", "A portrait is a JPEG.");
  if (pixelsOf(bytes) > PIXELS_MAX) {
    throw new MediaError("too-large", "This portrait has more pixels than one may have.");
  }
  return portrait(bytes, room);
}

function ofJpeg(bytes: Uint8Array, room: number): Uint8Array | undefined {
  const decoded = decodeJpeg(bytes);
  const picture = shrink(jpegPicture(decoded, PORTRAIT_SIDE_MAX), PORTRAIT_SIDE_MAX);
  return thumbnail(picture, room, orientationSegment(orientationOf(decoded.header)));
}

function ofOther(bytes: Uint8Array, room: number): Uint8Array | undefined {
  const picture = decodePicture(bytes, sniff(bytes, "picture.bmp"));
  return thumbnail(shrink(picture, PORTRAIT_SIDE_MAX), room);
}
