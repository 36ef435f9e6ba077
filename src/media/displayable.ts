import { concatBytes } from "../base/bytes.ts";
import { MediaError } from "./errors.ts";
import { packedPicture } from "./jpeg/packed-file.ts";
import { restoreJpeg } from "./jpeg/restore.ts";
import { isJpeg } from "./jpeg/sections.ts";
import { END } from "./jpeg/write.ts";
import { isTextType, sniff, utf8Prefix } from "./sniff.ts";
import type { PlannedLayer, Transform } from "./types.ts";

/**
 * The file, from all its body layers.
 * @param body their bytes, one after the other
 * @throws MediaError where they are damaged or of a newer version
 */
export function restoreFile(transform: Transform, body: Uint8Array): Uint8Array {
  if (transform === "none") return body;
  if (transform === "jpeg-rescan") return restoreJpeg(body);
  throw new MediaError("unsupported", "The file was stored by a newer Peernet. Please update.");
}

/** Something to show. */
export interface Displayable {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
  /** Whether it is the file itself. */
  readonly exact: boolean;
}

/** What a reader knows of a file before its bytes. */
export interface DisplayFacts {
  readonly mediaType: string;
  readonly transform: Transform;
  /** How many layers there are in all. */
  readonly layerCount: number;
}

/**
 * The best that the first layers of a file show, or undefined where they show nothing.
 * @param layers the first layers, whole, in order: as many as are there
 * @throws MediaError where all are there and the file cannot be restored
 */
export function displayable(
  { mediaType, transform, layerCount }: DisplayFacts,
  layers: readonly Pick<PlannedLayer, "role" | "bytes">[],
): Displayable | undefined {
  const body = concatBytes(
    ...layers.filter(({ role }) => role === "body").map(({ bytes }) => bytes),
  );
  if (layers.length >= layerCount) {
    return { bytes: restoreFile(transform, body), mediaType, exact: true };
  }
  if (body.length > 0 && transform === "jpeg-rescan") {
    return { bytes: packedPicture(body), mediaType, exact: false };
  }
  if (body.length > 0 && mediaType === "image/jpeg" && isJpeg(body)) {
    return { bytes: concatBytes(body, END), mediaType, exact: false };
  }
  if (body.length > 0 && transform === "none" && isTextType(mediaType)) {
    return { bytes: utf8Prefix(body, body.length), mediaType, exact: false };
  }
  const preview = layers.findLast(({ role }) => role === "preview");
  if (!preview) return undefined;
  return { bytes: preview.bytes, mediaType: sniff(preview.bytes, ""), exact: false };
}
