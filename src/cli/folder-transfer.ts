import { createWriteStream } from "node:fs";
import { type FileHandle, mkdir, open, rename, rm, stat, utimes } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import { whyUnread, whyUnwritten } from "../adapters/node/file-words.ts";
import type { FolderEntryBody, FoldersClient } from "../api/client/index.ts";
import { CliError } from "./errors.ts";
import { isOfOnePath, Missed, unreadable, uploadSmall } from "./folder-upload.ts";

/** Files on their way at the same time. */
const AT_ONCE = 8;

/** What was moved between disk and folder. */
export interface Transfer {
  files: number;
  sizeBytes: number;
}

/** Where a transfer goes, and who is told how far it is. */
export interface FolderTarget {
  readonly client: FoldersClient;
  readonly folder: string;
  readonly resolve: boolean;
  onFile(done: number, total: number): void;
}

/** The file's bytes; closes it at their end. */
function body(file: FileHandle): NonNullable<RequestInit["body"]> {
  return Readable.toWeb(file.createReadStream()) as ReadableStream<Uint8Array>;
}

/**
 * Writes a file or directory of this machine into a folder.
 * @param path where it goes; its own name in the folder's root where it is empty
 * @throws CliError("failed") where it cannot be read, or, once all else is stored, something in it
 */
export async function upload(to: FolderTarget, source: string, path: string): Promise<Transfer> {
  const info = await stat(source).catch((cause: unknown) => {
    throw new CliError("failed", `${source} cannot be read: ${whyUnread(cause)}.`, { cause });
  });
  const target = path === "" ? basename(source) : path;
  const total: Transfer = { files: 0, sizeBytes: 0 };
  const onKept = (files: number, sizeBytes: number): void => {
    total.files += files;
    total.sizeBytes += sizeBytes;
    to.onFile(total.files, 0);
  };
  const { client, folder, resolve } = to;
  const missed = new Missed();
  const files = info.isDirectory()
    ? await uploadSmall({ client, folder, resolve, onKept, missed }, source, target)
    : [{ file: source, path: target }];
  await inParallel(files, async ({ file, path: each }) => {
    const handle = await open(file, "r").catch(() => undefined);
    if (handle === undefined) {
      missed.add(unreadable(file));
      return;
    }
    const { mtimeMs } = await handle.stat();
    const options = { modifiedAtMs: mtimeMs, parents: !info.isDirectory(), resolve };
    const entry = await client.put(folder, each, body(handle), options).catch((error: unknown) => {
      if (!(info.isDirectory() && isOfOnePath(error))) throw error;
      missed.add(error.message);
    });
    if (entry !== undefined) onKept(1, entry.sizeBytes);
  });
  missed.check(total.files);
  return total;
}

/** Reads a file, or a folder with all that is in it, onto this machine's disk. */
export async function download(
  from: FolderTarget,
  path: string,
  target: string,
): Promise<Transfer> {
  const total: Transfer = { files: 0, sizeBytes: 0 };
  const entries = await from.client.entries(from.folder, path).catch((error: unknown) => {
    if ((error as { code?: unknown }).code === "conflict") return undefined;
    throw error;
  });
  if (entries === undefined) {
    await downloadFile(from, path, target, undefined, total);
    return total;
  }
  await downloadAll(from, path, target, entries, total);
  return total;
}

async function downloadAll(
  from: FolderTarget,
  path: string,
  target: string,
  entries: readonly FolderEntryBody[],
  total: Transfer,
): Promise<void> {
  await mkdir(target, { recursive: true }).catch((cause: unknown) => {
    const words = `The folder ${target} could not be made: ${whyUnwritten(cause)}. Choose another place with -o.`;
    throw new CliError("failed", words, { cause });
  });
  const files = entries.filter(({ kind }) => kind === "file");
  await inParallel(files, async (entry) => {
    const file = join(target, safeName(entry.name));
    await downloadFile(from, below(path, entry.name), file, entry.modifiedAtMs, total);
  });
  for (const { name, kind } of entries) {
    if (kind !== "folder") continue;
    const inner = await from.client.entries(from.folder, below(path, name));
    await downloadAll(from, below(path, name), join(target, safeName(name)), inner, total);
  }
}

function below(path: string, name: string): string {
  return path === "" ? name : `${path}/${name}`;
}

/** The peer checks names too; what is written to a disk is checked where it is written. */
function safeName(name: string): string {
  if (name !== "" && name !== "." && name !== ".." && !/[/\\\0]/.test(name)) return name;
  throw new CliError("failed", `A name in the folder cannot be written here: ${name}`);
}

async function downloadFile(
  from: FolderTarget,
  path: string,
  target: string,
  modifiedAtMs: number | undefined,
  total: Transfer,
): Promise<void> {
  const response = await from.client.get(from.folder, path);
  if (response.body === null) throw new CliError("failed", "The peer sent no bytes.");
  const partial = `${target}.partial`;
  try {
    const source = Readable.fromWeb(response.body as NodeReadableStream<Uint8Array>);
    const sink = createWriteStream(partial);
    await pipeline(source, sink);
    total.sizeBytes += sink.bytesWritten;
    await rename(partial, target);
  } catch (cause) {
    // Where it cannot be written, nothing can be removed either: the first error says why.
    await rm(partial, { force: true }).catch(() => undefined);
    const words = `${target} could not be written whole: ${whyUnwritten(cause)}. Choose another place with -o.`;
    throw new CliError("failed", words, { cause });
  }
  const heard = response.headers.get("last-modified");
  const atMs = modifiedAtMs ?? (heard === null ? Number.NaN : Date.parse(heard));
  if (Number.isFinite(atMs)) await utimes(target, atMs / 1_000, atMs / 1_000);
  total.files++;
  from.onFile(total.files, 0);
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
