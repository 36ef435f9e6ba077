import type { TypedError } from "../base/errors.ts";
import {
  type DiskError,
  FileTreeError,
  type RecordWrite,
  type TreeCallback,
} from "../ports/index.ts";
import { Bundler } from "./bundler.ts";
import { Contents } from "./chunks/contents.ts";
import { KnownChunks } from "./chunks/known-chunks.ts";
import type { FoldersContext } from "./context.ts";
import { FolderCore } from "./core.ts";
import { Edits } from "./edits.ts";
import { encodeFolder, type FolderRecord } from "./folder-record.ts";
import { Journal } from "./journal.ts";
import { folderKey } from "./keys.ts";
import { checkPath, Lookup, refuse } from "./lookup.ts";
import { FolderTree, type OpenFiles } from "./tree.ts";
import { treeErrorOf } from "./trouble.ts";
import type { ConflictInfo, VersionInfo } from "./types.ts";
import { parseVersionName, sizeOf, type Version, versionName } from "./version.ts";
import type { WriterLog } from "./writer-log.ts";

/** What a folder tells the room. */
export interface FolderEvents {
  /** These logs have new entries on the disk. */
  onKept(folder: Folder, logs: readonly WriterLog[]): void;
}

/** One folder of this peer, with all that reads and changes it. */
export class Folder {
  readonly core: FolderCore;
  readonly journal: Journal;
  readonly tree: FolderTree;
  readonly #lookup: Lookup;
  readonly #edits: Edits;
  readonly #bundler: Bundler;
  #record: FolderRecord;

  constructor(
    context: FoldersContext,
    record: FolderRecord,
    open: OpenFiles,
    events: FolderEvents,
  ) {
    const core = new FolderCore(context, record.keys);
    const journal = new Journal(core, {
      onKept: (logs) => events.onKept(this, logs),
      ownLogWrites: (log) => [this.#writeOf({ ...this.#record, ownLog: log.id })],
      onTrouble: (log, error) => {
        context.log.warn("entries of a folder not taken", { log: log.id, code: error.code });
      },
    });
    this.core = core;
    this.journal = journal;
    this.#record = record;
    this.#lookup = new Lookup(core);
    this.#edits = new Edits(core, this.#lookup);
    this.#bundler = new Bundler(core, (compose, done) => journal.change(compose, done));
    const known = new KnownChunks(core);
    const contents = new Contents(core);
    const parts = { core, journal, known, contents, lookup: this.#lookup, edits: this.#edits };
    this.tree = new FolderTree({ ...parts, bundler: this.#bundler }, open);
  }

  get id(): string {
    return this.core.keys.id;
  }

  get record(): FolderRecord {
    return this.#record;
  }

  /** Reads what the disk knows. */
  load(done: (error: DiskError | null) => void): void {
    this.core.load(this.#record.ownLog, (error) => {
      if (error === null) this.#bundler.load(done);
      else done(error);
    });
  }

  /** The record that makes this folder one of this peer. */
  write(): RecordWrite {
    return this.#writeOf(this.#record);
  }

  /** All versions of a path that are remembered, newest first. @throws FileTreeError */
  history(path: string): readonly VersionInfo[] {
    const found = this.#lookup.find(path);
    const node = found?.node ?? this.core.state.find(checkPath(path));
    const files = [...(node?.files ?? []), ...(node?.old ?? [])];
    const versions = files.filter(({ file }) => file !== undefined);
    if (versions.length === 0) refuse("not-found", path);
    const current = new Set(node?.live);
    return versions.map((version) => this.#describe(version, current.has(version)));
  }

  /** Makes an old version, or one of several, what the path holds; all others become old. */
  restore(path: string, version: string, done: TreeCallback<void>): void {
    this.journal.change(
      () => {
        const id = parseVersionName(version);
        if (id === undefined) throw new FileTreeError("not-found", NO_VERSION);
        return { operations: this.#edits.restore(path, id) };
      },
      (error: TypedError | null) => {
        done(error === null ? null : treeErrorOf(error, path), undefined);
      },
    );
  }

  /** Where versions were written at the same time, in order of paths. */
  conflicts(): readonly ConflictInfo[] {
    const conflicts = [...this.core.state.conflicted].map((node) => ({
      path: node.path,
      versions: node.files.map((version) => this.#describe(version, true)),
    }));
    return conflicts.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  nextDeadlineMs(): number {
    return this.#bundler.nextDeadlineMs();
  }

  tick(): void {
    this.#bundler.tick();
  }

  #writeOf(record: FolderRecord): RecordWrite {
    this.#record = record;
    return { key: folderKey(record.keys.id), value: encodeFolder(record) };
  }

  #describe(version: Version, isCurrent: boolean): VersionInfo {
    const { id, writtenAtMs, file } = version;
    return {
      version: versionName(id),
      writer: this.#lookup.writerOf(id.log),
      writtenAtMs,
      modifiedAtMs: file?.modifiedAtMs ?? 0,
      sizeBytes: file === undefined ? 0 : sizeOf(file),
      isCurrent,
    };
  }
}

const NO_VERSION = "There is no such version. 'history' lists those that are remembered.";
