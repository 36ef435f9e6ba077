import { utf8 } from "../base/bytes.ts";
import { decodeCbor, encodeCbor, schema, WireError } from "../wire/index.ts";
import { MediaError } from "./errors.ts";
import {
  FOLDER_ENTRIES_MAX,
  FOLDER_PATH_BYTES_MAX,
  FOLDER_PATHS_BYTES_MAX,
  FOLDER_PICTURE_BYTES_MAX,
  FOLDER_PICTURES_BYTES_MAX,
} from "./limits.ts";
import { picturePreview } from "./plan-picture.ts";

/** A file of a folder, as its preview shows it. */
export interface FolderEntry {
  /** From the folder, with "/" between names. */
  readonly path: string;
  readonly sizeBytes: number;
  /** A picture of it. */
  readonly preview?: Uint8Array;
}

/** What a folder's preview tells. */
export interface FolderPreview {
  /** Files in the folder, those without an entry included. */
  readonly count: number;
  readonly entries: readonly FolderEntry[];
}

const VERSION = 1;

/** A file: path, size, picture. */
const entrySchema = schema.record({
  p: schema.text(FOLDER_PATH_BYTES_MAX),
  s: schema.integer(0, Number.MAX_SAFE_INTEGER),
  i: schema.optional(schema.bytes(1, FOLDER_PICTURE_BYTES_MAX)),
});

const previewSchema = schema.record({
  v: schema.literal(VERSION),
  n: schema.integer(0, Number.MAX_SAFE_INTEGER),
  e: schema.list(entrySchema, FOLDER_ENTRIES_MAX),
});

/**
 * A folder's preview, canonical CBOR: its tree with sizes and small pictures. Pictures above
 * FOLDER_PICTURE_BYTES_MAX are made smaller; what is beyond the limits of a preview is left out.
 */
export function encodeFolderPreview(entries: readonly FolderEntry[]): Uint8Array {
  const shown: { p: string; s: number; i?: Uint8Array }[] = [];
  let pathBytes = 0;
  let pictureBytes = 0;
  for (const { path, sizeBytes, preview } of entries) {
    const length = utf8(path).length;
    if (length > FOLDER_PATH_BYTES_MAX) continue;
    if (shown.length === FOLDER_ENTRIES_MAX || pathBytes + length > FOLDER_PATHS_BYTES_MAX) break;
    pathBytes += length;
    const picture = preview && pictureBytes < FOLDER_PICTURES_BYTES_MAX && smallPicture(preview);
    const fits = picture && pictureBytes + picture.length <= FOLDER_PICTURES_BYTES_MAX;
    if (fits) pictureBytes += picture.length;
    shown.push({ p: path, s: sizeBytes, ...(fits && { i: picture }) });
  }
  return encodeCbor({ v: VERSION, n: entries.length, e: shown });
}

function smallPicture(preview: Uint8Array): Uint8Array | undefined {
  if (preview.length === 0) return undefined;
  if (preview.length <= FOLDER_PICTURE_BYTES_MAX) return preview;
  try {
    return picturePreview(preview, FOLDER_PICTURE_BYTES_MAX);
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    return undefined;
  }
}

/** @throws MediaError where the bytes are no folder's preview */
export function decodeFolderPreview(bytes: Uint8Array): FolderPreview {
  try {
    const { n, e } = previewSchema(decodeCbor(bytes), "preview");
    const entries = e.map(({ p, s, i }) => ({ path: p, sizeBytes: s, ...(i && { preview: i }) }));
    return { count: n, entries };
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new MediaError("malformed", "The folder's preview is damaged.", { cause });
  }
}
