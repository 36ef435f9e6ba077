import { MediaError } from "./errors.ts";
import { decodeJpeg } from "./jpeg/decode.ts";
import { cameraThumbnail, orientationOf, orientationSegment } from "./jpeg/exif.ts";
import { parseFrame } from "./jpeg/frame.ts";
import { jpegPicture } from "./jpeg/pixels.ts";
import { isFrame, isJpeg, MARKER, type Section, sectionAt } from "./jpeg/sections.ts";
import { CAMERA_PIXELS_MAX, PREVIEW_SIDE_MAX } from "./limits.ts";
import { picturePreview } from "./plan-picture.ts";
import { thumbnail } from "./thumbnail.ts";

/** How a small picture of a file can be had. */
export interface SmallPicture {
  /** A JPEG, upright where the file says how. */
  readonly jpeg: Uint8Array;
  /** Whether the camera had put one beside the picture, which takes a hundredth of the time. */
  readonly isOfCamera: boolean;
}

/**
 * A small picture of a JPEG, PNG, GIF, BMP or WebP in at most `room` bytes, for lists of files.
 * @param bytes the file's beginning or all of it
 * @param isWhole whether that is all of it; otherwise only what the camera put in front is looked at
 * @returns undefined where there is none
 */
export function smallPicture(
  bytes: Uint8Array,
  isWhole: boolean,
  room: number,
): SmallPicture | undefined {
  const ofCamera = orNothing(() => cameraPicture(bytes, room));
  if (ofCamera !== undefined) return { jpeg: ofCamera, isOfCamera: true };
  if (!isWhole) return undefined;
  const jpeg = orNothing(() => picturePreview(bytes, room));
  return jpeg && { jpeg, isOfCamera: false };
}

function cameraPicture(bytes: Uint8Array, room: number): Uint8Array | undefined {
  if (!isJpeg(bytes)) return undefined;
  const header = headerOf(bytes);
  const small = cameraThumbnail(header);
  if (small === undefined || pixelsOf(small) > CAMERA_PIXELS_MAX) return undefined;
  // Decoded and written anew: what a camera puts there may be as large as it likes, and anything.
  const picture = jpegPicture(decodeJpeg(small), PREVIEW_SIDE_MAX);
  return thumbnail(picture, room, orientationSegment(orientationOf(header)));
}

/** How many pixels a JPEG says that it has. @throws MediaError where that makes no sense */
export function pixelsOf(jpeg: Uint8Array): number {
  const found = headerOf(jpeg).find(({ marker }) => isFrame(marker));
  if (found === undefined) return 0;
  const { width, height } = parseFrame(found.marker, found.payload);
  return width * height;
}

/** The segments before the first scan, as far as they are there. */
function headerOf(bytes: Uint8Array): readonly Section[] {
  const header: Section[] = [];
  for (let at = 0; at < bytes.length; ) {
    const section = orNothing(() => sectionAt(bytes, at));
    if (section === undefined || section.marker === MARKER.scan) break;
    header.push(section);
    at = section.to;
  }
  return header;
}

function orNothing<T>(make: () => T | undefined): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof MediaError) return undefined;
    throw error;
  }
}
