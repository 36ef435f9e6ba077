import { decodeBmp } from "./bmp.ts";
import { MediaError } from "./errors.ts";
import { decodeGif } from "./gif.ts";
import { decodeJpeg } from "./jpeg/decode.ts";
import { pictureJpeg } from "./jpeg/picture-jpeg.ts";
import { type Picture, shrink } from "./picture.ts";
import { jpegThumbnail } from "./plan-jpeg.ts";
import { type PlanRequest, previewRoom, secondRoom, withPreviews } from "./plan-parts.ts";
import { decodePng } from "./png.ts";
import { sniff } from "./sniff.ts";
import { thumbnail } from "./thumbnail.ts";
import type { LayerPlan } from "./types.ts";
import { decodeWebp } from "./webp/webp.ts";

/** Sizes and qualities of the second, sharper preview, best first. */
const SHARP: readonly (readonly [side: number, quality: number])[] = [
  [2_048, 85],
  [2_048, 65],
  [1_280, 65],
  [1_280, 45],
  [800, 45],
];

/** A PNG, GIF, BMP or WebP: a small picture of it, and a sharper one where the profile has room for it. */
export function planPicture(request: PlanRequest): LayerPlan {
  const picture = decodePicture(request.bytes, request.mediaType);
  const first = thumbnail(picture, previewRoom(request));
  if (!first) return withPreviews(request, [], "The file is too small for a preview.");
  const second = sharper(picture, secondRoom(request, first.length));
  return withPreviews(request, [first, second]);
}

function sharper(picture: Picture, room: number): Uint8Array | undefined {
  for (const [side, quality] of SHARP) {
    const pixels = Math.min(side, picture.width) * Math.min(side, picture.height);
    // A picture takes a sixteenth of a byte for each pixel at the very least.
    if (pixels / 16 > room) continue;
    const jpeg = pictureJpeg(shrink(picture, side), { quality });
    if (jpeg.length <= room) return jpeg;
  }
  return undefined;
}

/**
 * A small picture of a picture file in at most `room` bytes; undefined where none is that small.
 * @throws MediaError where it cannot be read
 */
export function picturePreview(bytes: Uint8Array, room: number): Uint8Array | undefined {
  const type = sniff(bytes, "picture.bmp");
  if (type === "image/jpeg") return jpegThumbnail(decodeJpeg(bytes), room);
  return thumbnail(decodePicture(bytes, type), room);
}

/** The pixels of a PNG, GIF, BMP or WebP. @throws MediaError where it cannot be read, or is of another type */
export function decodePicture(bytes: Uint8Array, type: string): Picture {
  if (type === "image/png") return decodePng(bytes);
  if (type === "image/gif") return decodeGif(bytes);
  if (type === "image/bmp") return decodeBmp(bytes);
  if (type === "image/webp") return decodeWebp(bytes);
  throw new MediaError("unsupported", `Pictures of type ${type} are not looked into.`);
}
