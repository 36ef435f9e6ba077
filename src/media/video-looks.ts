import { MediaError } from "./errors.ts";
import { mp4Cover } from "./mp4.ts";
import { type Mp4Still, mp4Still } from "./mp4-still.ts";
import { picturePreview } from "./plan-picture.ts";

/** What of a video is to be seen before all of it is there. */
export interface VideoLooks {
  /** A small JPEG of its cover. */
  readonly cover: Uint8Array | undefined;
  /** Without a cover: a picture of it, as a video of that picture alone, which a player decodes. */
  readonly still: Mp4Still | undefined;
  /** A picture of it in more room; undefined where it would show hardly more than those. */
  sharper(room: number): Mp4Still | undefined;
}

/**
 * What to show of a video.
 * @param boxes what the file's `moov` and `ftyp` hold
 * @param room bytes for the first thing to see
 */
export function videoLooks(
  { moov, ftyp }: { readonly moov: Uint8Array; readonly ftyp: Uint8Array | undefined },
  room: number,
): VideoLooks {
  const cover = coverOf(moov, room);
  const stillIn = (bytes: number): Mp4Still | undefined => ftyp && mp4Still(moov, ftyp, bytes);
  const still = cover ? undefined : stillIn(room);
  const firstBytes = cover?.length ?? still?.fileBytes ?? 0;
  return {
    cover,
    still,
    sharper: (more) => {
      const sharp = stillIn(more);
      return sharp && sharp.fileBytes >= 2 * firstBytes ? sharp : undefined;
    },
  };
}

function coverOf(moov: Uint8Array, room: number): Uint8Array | undefined {
  const cover = mp4Cover(moov);
  try {
    return cover && picturePreview(cover, room);
  } catch (error) {
    if (error instanceof MediaError) return undefined;
    throw error;
  }
}
