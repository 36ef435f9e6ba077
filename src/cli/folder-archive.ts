import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { TarHeader } from "modern-tar";
import { packTar, type TarSource } from "modern-tar/fs";
import { whyUnread } from "../adapters/node/file-words.ts";
import { folderLooks } from "../adapters/node/layering/looks.ts";
import { CliError } from "./errors.ts";
import {
  FOLDER_FILES_MAX,
  FOLDER_LISTING_BYTES_MAX,
  FOLDER_SMALL_BYTES_MAX,
  FOLDER_SMALL_FILE_BYTES,
} from "./limits.ts";
import type { SourceLayer } from "./source-layer.ts";

/** A file of a folder that is to be stored. */
export interface FolderFile {
  /** Below the folder, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

/** What is in a folder. */
export interface FolderContents {
  readonly files: readonly FolderFile[];
  /** Paths of folders in it, parents first. */
  readonly folders: readonly string[];
  /** Links, sockets and the like, which are not stored. */
  readonly leftOut: readonly string[];
}

/** A folder as layers and their bytes, one after the other. */
export interface FolderArchive {
  readonly layers: readonly SourceLayer[];
  readonly bytes: Readable;
}

/** Bytes behind the last entry of a tar archive (POSIX pax, ustar interchange format). */
const TAR_END_BYTES = 1_024;

/**
 * Lists a folder, everything below it included; the order is that of the names.
 * @throws CliError where it cannot be read or has too many files
 */
export async function listFolder(folder: string): Promise<FolderContents> {
  const files: FolderFile[] = [];
  const folders: string[] = [];
  const leftOut: string[] = [];
  const queue = [""];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    for (const name of await namesIn(join(folder, path))) {
      const below = path === "" ? name : `${path}/${name}`;
      const info = await lstat(join(folder, below)).catch(() => undefined);
      if (info === undefined) continue; // gone since it was listed
      if (info.isDirectory()) {
        folders.push(below);
        queue.push(below);
      } else if (info.isFile()) {
        files.push({ path: below, sizeBytes: info.size, modifiedAtMs: Math.floor(info.mtimeMs) });
      } else {
        leftOut.push(below);
      }
      if (files.length + folders.length > FOLDER_FILES_MAX) {
        const most = `more than ${FOLDER_FILES_MAX} files and folders`;
        throw new CliError("failed", `${folder} has ${most}. Store parts of it one by one.`);
      }
    }
  }
  return { files, folders, leftOut };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    const names: string[] = [];
    for await (const { name } of await opendir(folder)) names.push(name);
    return names.sort();
  } catch (cause) {
    const message = `${folder} cannot be read. Nothing was stored; check who may read it.`;
    throw new CliError("failed", message, { cause });
  }
}

/**
 * The listing that a few fragments show: names, sizes and times, as far as there is room, and small
 * pictures of those that have some.
 * @param looks JPEGs by path
 */
export function listingOf(
  name: string,
  { files, folders }: FolderContents,
  looks: ReadonlyMap<string, Uint8Array> = new Map(),
): Uint8Array {
  const count = filesWithRoom(name, { files, folders, leftOut: [] });
  const listed = files.slice(0, count).map((file) => {
    const look = looks.get(file.path);
    return look ? { ...file, look: Buffer.from(look).toString("base64") } : file;
  });
  return encodeListing(name, { files, folders, leftOut: [] }, listed);
}

function encodeListing(
  name: string,
  { files, folders }: FolderContents,
  listed: readonly FolderFile[],
): Uint8Array {
  const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const facts = { v: 1, kind: "folder", name, fileCount: files.length };
  const text = { ...facts, folderCount: folders.length, totalBytes, files: listed };
  return new TextEncoder().encode(JSON.stringify(text));
}

/** How many files, from the first on, the listing has room for. */
function filesWithRoom(name: string, contents: FolderContents): number {
  const lengthOf = (count: number): number =>
    encodeListing(name, contents, contents.files.slice(0, count)).length;
  let count = contents.files.length;
  for (let length = lengthOf(count); length > FOLDER_LISTING_BYTES_MAX; length = lengthOf(count)) {
    count = Math.max(0, Math.floor((count * FOLDER_LISTING_BYTES_MAX) / length) - 1);
  }
  return count;
}

/**
 * A folder as a tar archive behind its listing, the small files first: what is coarse of a folder
 * is what it holds, then its small files.
 */
export async function archiveFolder(
  folder: string,
  name: string,
  contents: FolderContents,
): Promise<FolderArchive> {
  const listing = listingOf(name, contents, await folderLooks(folder, contents.files));
  const { small, large } = split(contents.files);
  const mtimes = new Map(contents.files.map((file) => [file.path, file.modifiedAtMs]));
  const source = ({ path }: FolderFile): TarSource => ({
    type: "file",
    source: join(folder, path),
    target: path,
    mtime: new Date(mtimes.get(path) ?? 0),
  });
  const folders = contents.folders.map(
    (path): TarSource => ({ type: "content", content: null, target: `${path}/`, mode: 0o755 }),
  );
  const entries = [...folders, ...small.map(source)];
  const first = await bytesOf(packTar(entries, { map: markFolders })).catch((cause: unknown) => {
    const message = `${folder} cannot be read whole: ${whyUnread(cause)}. Nothing was stored; try again.`;
    throw new CliError("failed", message, { cause });
  });
  const smallBytes = first.subarray(0, Math.max(0, first.length - TAR_END_BYTES));
  const rest = packTar(large.map(source));
  const layers: SourceLayer[] = [{ role: "preview", level: "coarse", sizeBytes: listing.length }];
  if (smallBytes.length > 0) {
    layers.push({ role: "body", level: "middle", sizeBytes: smallBytes.length });
  }
  layers.push({ role: "body", level: "full", sizeBytes: undefined });
  return { layers, bytes: Readable.from(oneAfterTheOther(listing, smallBytes, rest)) };
}

function markFolders(header: TarHeader): TarHeader {
  return header.name.endsWith("/") ? { ...header, type: "directory" } : header;
}

/** Small files, as long as all of them together are a small part of the whole. */
function split(files: readonly FolderFile[]): {
  readonly small: readonly FolderFile[];
  readonly large: readonly FolderFile[];
} {
  const total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let room = Math.min(FOLDER_SMALL_BYTES_MAX, Math.max(FOLDER_SMALL_FILE_BYTES, total / 10));
  const small: FolderFile[] = [];
  const large: FolderFile[] = [];
  for (const file of files.toSorted((one, other) => one.sizeBytes - other.sizeBytes)) {
    room -= file.sizeBytes;
    if (room >= 0 && file.sizeBytes <= FOLDER_SMALL_FILE_BYTES) small.push(file);
    else large.push(file);
  }
  return { small, large };
}

async function bytesOf(stream: Readable): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part as Uint8Array);
  return Buffer.concat(parts);
}

async function* oneAfterTheOther(
  listing: Uint8Array,
  small: Uint8Array,
  rest: Readable,
): AsyncGenerator<Uint8Array> {
  yield listing;
  if (small.length > 0) yield small;
  for await (const part of rest) yield part as Uint8Array;
}
