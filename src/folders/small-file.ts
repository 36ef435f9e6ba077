import { NO_BYTES } from "../base/bytes.ts";
import type { TreeWriteOptions } from "../ports/index.ts";
import type { Bundler } from "./bundler.ts";
import type { Contents } from "./chunks/contents.ts";
import type { KnownChunks } from "./chunks/known-chunks.ts";
import type { FolderCore } from "./core.ts";
import type { Edits, NewFile } from "./edits.ts";
import type { Journal } from "./journal.ts";
import type { Draft } from "./journal-queue.ts";
import { INLINE_BYTES_MAX } from "./limits.ts";
import type { Lookup } from "./lookup.ts";
import { isMediaType } from "./operation.ts";
import { treeErrorOf } from "./trouble.ts";
import type { FileContent, Part } from "./version.ts";

/** What a writer works with. */
export interface WriterParts {
  readonly core: FolderCore;
  readonly bundler: Bundler;
  readonly edits: Edits;
  readonly lookup: Lookup;
  readonly journal: Journal;
  /** What of large files is in the folder already. */
  readonly known: KnownChunks;
  /** Keys of what is new. */
  readonly contents: Contents;
}

/** Where a file goes, and how. */
export interface FilePlace {
  readonly path: string;
  readonly options: TreeWriteOptions;
  /** All versions in conflict are replaced, not only the one shown. */
  readonly resolves: boolean;
}

const TIME_MAX: number = 2 ** 48 - 1;

/** What a file of these parts is. */
export function contentOf(
  { core }: WriterParts,
  options: TreeWriteOptions,
  parts: readonly Part[],
): FileContent {
  const { modifiedAtMs = core.context.clock.wallMs(), mediaType = "" } = options;
  const atMs = Math.min(Math.max(0, Math.floor(modifiedAtMs)), TIME_MAX);
  return { modifiedAtMs: atMs, mediaType: isMediaType(mediaType) ? mediaType : "", parts };
}

/**
 * The change that puts a file below the size of an object: up to 4 KiB it goes into the entry,
 * else into a bundle. @throws FileTreeError
 */
export function smallFile(parts: WriterParts, place: FilePlace, bytes: Uint8Array): Draft {
  const { edits, bundler, core } = parts;
  const { path, options, resolves } = place;
  if (bytes.length <= INLINE_BYTES_MAX) {
    const inline = bytes.length === 0 ? NO_BYTES : bytes;
    const file: NewFile = { file: contentOf(parts, options, []), inline };
    return { operations: edits.write(path, options, file, resolves) };
  }
  // Checked before bytes take a place in a bundle.
  edits.checkWrite(path, options);
  const given = bundler.add(bytes);
  if (given === undefined) throw treeErrorOf("busy", path);
  const { bundle, offset, write } = given;
  const log = core.ownLog?.id ?? "";
  const part: Part = { kind: "bundle", log, bundle, offset, lengthBytes: bytes.length };
  const file: NewFile = { file: contentOf(parts, options, [part]) };
  return { operations: edits.write(path, options, file, resolves), writes: [write] };
}
