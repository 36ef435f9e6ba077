import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { smallPicture } from "../../../media/index.ts";
import {
  LOOK_BYTES_MAX,
  LOOK_FILE_BYTES_MAX,
  LOOK_HEAD_BYTES,
  LOOKS_BYTES_MAX,
  LOOKS_DECODED_MAX,
} from "./limits.ts";

/** A file of the folder. */
export interface LookedFile {
  /** Below the folder, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
}

const PICTURE_NAMES = /\.(jpe?g|png|gif|bmp)$/i;
/** Of the folder's bytes, one in so many may go into its small pictures. */
const SHARE = 200;

/**
 * Small pictures of the pictures in a folder, spread evenly where there is not room for all: what a
 * few fragments show of it besides its list. Those that a camera put in front of the file are taken
 * where there are some; of the others only so many are decoded, as that takes a while.
 * @returns JPEGs by path; what cannot be read or is no picture has none
 */
export async function folderLooks(
  folder: string,
  files: readonly LookedFile[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const looks = new Map<string, Uint8Array>();
  const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let room = Math.min(LOOKS_BYTES_MAX, Math.floor(totalBytes / SHARE));
  let decodes = LOOKS_DECODED_MAX;
  const pictures = files.filter(({ path }) => PICTURE_NAMES.test(path));
  for (const file of evenly(pictures, Math.floor(room / (LOOK_BYTES_MAX / 2)))) {
    const look = await lookAt(join(folder, file.path), file.sizeBytes, decodes > 0);
    if (look === undefined) continue;
    if (!look.isOfCamera) decodes--;
    room -= look.jpeg.length;
    if (room < 0) break;
    looks.set(file.path, look.jpeg);
  }
  return looks;
}

function evenly<T>(all: readonly T[], count: number): readonly T[] {
  if (all.length <= count) return all;
  return all.filter((_, at) => {
    return Math.floor((at * count) / all.length) !== Math.floor(((at - 1) * count) / all.length);
  });
}

async function lookAt(
  path: string,
  sizeBytes: number,
  mayDecode: boolean,
): Promise<ReturnType<typeof smallPicture>> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const head = await beginning(file, Math.min(sizeBytes, LOOK_HEAD_BYTES));
    const found = smallPicture(head, false, LOOK_BYTES_MAX);
    const mayRead = mayDecode && sizeBytes <= LOOK_FILE_BYTES_MAX;
    if (found !== undefined || !mayRead) return found;
    return smallPicture(await beginning(file, sizeBytes), true, LOOK_BYTES_MAX);
  } catch {
    return undefined; // It can still be stored, or the put will say why not.
  } finally {
    await file.close();
  }
}

async function beginning(file: FileHandle, sizeBytes: number): Promise<Uint8Array> {
  const bytes = Buffer.alloc(sizeBytes);
  let length = 0;
  for (let read = -1; read !== 0 && length < sizeBytes; length += read) {
    read = (await file.read(bytes, length, sizeBytes - length, length)).bytesRead;
  }
  return bytes.subarray(0, length);
}
