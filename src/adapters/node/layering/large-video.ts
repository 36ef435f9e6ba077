import { type FileHandle, open } from "node:fs/promises";
import { BOX_HEAD_BYTES, boxHead, type VideoLooks, videoLooks } from "../../../media/index.ts";
import { limits as storeLimits } from "../../../store/index.ts";
import {
  LARGE_VIDEO_BOXES_MAX,
  LARGE_VIDEO_LOOK_BYTES_MAX,
  LARGE_VIDEO_MOOV_BYTES_MAX,
  LARGE_VIDEO_SHARP_BYTES_MAX,
} from "./limits.ts";

type Still = NonNullable<VideoLooks["still"]>;

/** What a few and what some more fragments show of a file that is too large to be looked into whole. */
export interface LargeLooks {
  readonly coarse: Uint8Array | undefined;
  readonly middle: Uint8Array | undefined;
}

const NOTHING: LargeLooks = { coarse: undefined, middle: undefined };

/**
 * What to show of an MP4 that is larger than what the store looks into: its cover or a picture of it,
 * read from where they lie. Nothing of other files, and where it cannot be read: storing it will say why.
 */
export async function largeVideoLooks(path: string, sizeBytes: number): Promise<LargeLooks> {
  if (sizeBytes <= storeLimits.LAYERED_BYTES_MAX) return NOTHING;
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return NOTHING;
  try {
    const found = await topBoxes(file, sizeBytes);
    if (found?.moov === undefined) return NOTHING;
    const looks = videoLooks(
      { moov: found.moov, ftyp: found.ftyp },
      Math.min(LARGE_VIDEO_LOOK_BYTES_MAX, Math.floor(sizeBytes / 100)),
    );
    const sharp = looks.sharper(Math.min(LARGE_VIDEO_SHARP_BYTES_MAX, Math.floor(sizeBytes / 50)));
    const coarse = looks.cover ?? (await made(file, looks.still));
    return { coarse, middle: await made(file, sharp) };
  } catch {
    return NOTHING;
  } finally {
    await file.close();
  }
}

async function made(file: FileHandle, still: Still | undefined): Promise<Uint8Array | undefined> {
  const sample = still && (await bytesAt(file, still.at, still.sizeBytes));
  return sample?.length === still?.sizeBytes && sample ? still?.build(sample) : undefined;
}

/** What `ftyp`, which must be the first, and `moov` hold. */
async function topBoxes(
  file: FileHandle,
  sizeBytes: number,
): Promise<{ readonly ftyp: Uint8Array; readonly moov: Uint8Array | undefined } | undefined> {
  let ftyp: Uint8Array | undefined;
  let at = 0;
  for (let count = 0; at + 8 <= sizeBytes && count < LARGE_VIDEO_BOXES_MAX; count++) {
    const head = boxHead(await bytesAt(file, at, BOX_HEAD_BYTES));
    if (head === undefined || (ftyp === undefined && head.kind !== "ftyp")) return undefined;
    const length = (head.sizeBytes ?? sizeBytes - at) - head.headBytes;
    if (head.kind === "ftyp" || head.kind === "moov") {
      if (length > LARGE_VIDEO_MOOV_BYTES_MAX) return undefined;
      const inside = await bytesAt(file, at + head.headBytes, length);
      if (ftyp !== undefined && head.kind === "moov") return { ftyp, moov: inside };
      ftyp = inside;
    }
    at += head.headBytes + length;
  }
  return undefined;
}

async function bytesAt(file: FileHandle, at: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.alloc(length);
  let done = 0;
  for (let read = -1; read !== 0 && done < length; done += read) {
    read = (await file.read(bytes, done, length - done, at + done)).bytesRead;
  }
  return bytes.subarray(0, done);
}
