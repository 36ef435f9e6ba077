import type { TypedError } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { LocalIdentity, PeerId } from "../identity/index.ts";
import type { Clock, FileTree, Log, Random, RecordStore, Timed } from "../ports/index.ts";
import { DiskError, type RecordWrite, type TreeCallback } from "../ports/index.ts";
import type { SessionPort } from "../session/index.ts";
import { WireError } from "../wire/index.ts";
import { FOLDER_KEY_BYTES, writeKeys } from "./capability.ts";
import { HeldBytes } from "./chunks/contents.ts";
import type { FoldersContext } from "./context.ts";
import { FoldersError } from "./errors.ts";
import { Folder } from "./folder.ts";
import { decodeFolder, type FolderRecord } from "./folder-record.ts";
import {
  bundlesPrefix,
  chunkListsPrefix,
  entriesPrefix,
  FOLDERS,
  folderKey,
  logsPrefix,
  openBundlesPrefix,
  packsPrefix,
  pathsPrefix,
  runsPrefix,
} from "./keys.ts";
import { FOLDERS_MAX } from "./limits.ts";
import { formatFolderLink, isFolderName, parseFolderLink } from "./link.ts";
import type { FolderObjects } from "./objects.ts";
import { Sync } from "./sync.ts";
import type { FolderTree } from "./tree.ts";
import type { ConflictInfo, FolderInfo, FolderLinks, VersionInfo } from "./types.ts";

/** What the room tells the peer. */
export interface FoldersEvents {
  /** A folder is new here, its content has changed, or it is gone. */
  onFolderChanged(id: string): void;
}

/** What the room is made of. */
export interface FoldersOptions {
  readonly identity: LocalIdentity;
  readonly suite: CryptoSuite;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly records: RecordStore;
  readonly session: SessionPort;
  readonly objects: FolderObjects;
  /** Whether a peer belongs to a contact or to the same person. */
  readonly isTrusted: (peer: PeerId) => boolean;
  /** What the owner of a device's sign key is called. */
  readonly nameOf: (signKey: Uint8Array) => string | undefined;
  /** Whether this device was revoked by its person: nobody takes what it writes. */
  readonly isOut?: () => boolean;
  readonly events: FoldersEvents;
}

type Done<T> = (error: TypedError | null, value: T | undefined) => void;

/**
 * Folders that several devices write: every version that nobody has replaced is kept and shown,
 * whoever wrote it wherever. Call `load` first.
 */
export class Folders implements Timed {
  readonly #context: FoldersContext;
  readonly #events: FoldersEvents;
  readonly #sync: Sync;
  readonly #folders = new Map<string, Folder>();
  readonly #open = { reads: 0, writes: 0 };
  /** Folders on their way to the disk. */
  readonly #coming = new Set<string>();

  constructor(options: FoldersOptions) {
    const { session, isTrusted, events, ...rest } = options;
    const random = options.random.fork("folders");
    this.#context = { ...rest, random, held: new HeldBytes() };
    this.#events = events;
    const folders = (): Iterable<Folder> => this.#folders.values();
    this.#sync = new Sync(this.#context, { session, isTrusted, folders });
  }

  /** Reads what is on disk; everything else works only after `done`. */
  load(done: (error: DiskError | null) => void): void {
    this.#context.records.scan(FOLDERS, (error, found) => {
      if (error !== null) {
        done(error);
        return;
      }
      const records: FolderRecord[] = [];
      for (const { key, value } of found) {
        try {
          const record = decodeFolder(this.#context.suite, value);
          if (record !== undefined) records.push(record);
        } catch (cause) {
          if (!(cause instanceof WireError)) throw cause;
          done(new DiskError("corrupt", `The record ${key} is damaged.`, { cause }));
          return;
        }
      }
      this.#loadNext(records, done);
    });
  }

  /** Makes a new folder, which this peer may write. Errors: bad-name, full, disk errors. */
  create(name: string, done: Done<FolderInfo>): void {
    const seed = this.#context.random.bytes(FOLDER_KEY_BYTES);
    const keys = writeKeys(this.#context.suite, seed);
    this.#add({ keys, name, hints: [], ownLog: undefined }, done);
  }

  /**
   * Takes part in a folder by its link. A link for writing opens a folder for writing that could
   * only be read before. Errors: bad-link, bad-name, exists, full, disk errors.
   * @param name what to call it here; as the link says without it
   */
  join(link: string, name: string | undefined, done: Done<FolderInfo>): void {
    let record: FolderRecord;
    try {
      const parsed = parseFolderLink(this.#context.suite, link);
      record = { ...parsed, name: name ?? parsed.name, ownLog: undefined };
    } catch (error) {
      if (!(error instanceof FoldersError)) throw error;
      done(error, undefined);
      return;
    }
    const known = this.#folders.get(record.keys.id);
    if (known === undefined || known.core.keys.write !== undefined || !record.keys.write) {
      this.#add(record, done);
      return;
    }
    this.#close(known);
    this.#write({ ...record, name: known.record.name }, done);
  }

  /** All folders, in order of names. */
  list(): readonly FolderInfo[] {
    const infos = [...this.#folders.values()].map((folder) => this.#describe(folder));
    return infos.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** One folder by id, or by name where only one has it. @throws FoldersError("not-found") */
  info(idOrName: string): FolderInfo {
    return this.#describe(this.#find(idOrName));
  }

  /** The id of the folder that a link leads to, where it is here. */
  idOfLink(link: string): string | undefined {
    try {
      const { id } = parseFolderLink(this.#context.suite, link).keys;
      return this.#folders.has(id) ? id : undefined;
    } catch (error) {
      if (!(error instanceof FoldersError)) throw error;
      return undefined;
    }
  }

  /** The folder's files. @throws FoldersError("not-found") */
  tree(idOrName: string): FileTree {
    return this.#find(idOrName).tree;
  }

  /** As `tree`, for who can also resolve conflicts. @throws FoldersError("not-found") */
  folderTree(idOrName: string): FolderTree {
    return this.#find(idOrName).tree;
  }

  /** What to give to others. @throws FoldersError("not-found") */
  links(idOrName: string): FolderLinks {
    const { keys, name, hints } = this.#find(idOrName).record;
    const link = { keys, name, hints: [this.#context.identity.id, ...hints] };
    return {
      write: keys.write === undefined ? undefined : formatFolderLink(link, true),
      read: formatFolderLink(link, false),
    };
  }

  /** Versions of a path, newest first. @throws FoldersError, FileTreeError */
  history(idOrName: string, path: string): readonly VersionInfo[] {
    return this.#find(idOrName).history(path);
  }

  /** Makes one of those versions what the path holds. @throws FoldersError("not-found") */
  restore(idOrName: string, path: string, version: string, done: TreeCallback<void>): void {
    this.#find(idOrName).restore(path, version, done);
  }

  /** Where versions were written at the same time. @throws FoldersError("not-found") */
  conflicts(idOrName: string): readonly ConflictInfo[] {
    return this.#find(idOrName).conflicts();
  }

  /** Keeps a folder here no longer; others keep theirs. @throws FoldersError("not-found") */
  forget(idOrName: string, done: (error: TypedError | null) => void): void {
    const folder = this.#find(idOrName);
    this.#close(folder);
    this.#events.onFolderChanged(folder.id);
    const { records } = this.#context;
    // The record goes first: what a crash leaves behind is cleared when the folder is joined again.
    records.write([{ key: folderKey(folder.id), value: null }], (error) => {
      if (error === null) this.#clear(folder.id, done);
      else done(error);
    });
  }

  /** Routing has a way to this peer now. */
  peerReachable(peer: PeerId): void {
    this.#sync.peerReachable(peer);
  }

  /** Routing has lost the way to this peer. */
  peerUnreachable(peer: PeerId): void {
    this.#sync.peerUnreachable(peer);
  }

  nextDeadlineMs(): number {
    let next = this.#sync.nextDeadlineMs();
    for (const folder of this.#folders.values()) next = Math.min(next, folder.nextDeadlineMs());
    return next;
  }

  tick(): void {
    for (const folder of this.#folders.values()) folder.tick();
    this.#sync.tick();
  }

  #loadNext(records: FolderRecord[], done: (error: DiskError | null) => void): void {
    const record = records.shift();
    if (record === undefined) {
      this.#sync.open();
      done(null);
      return;
    }
    const folder = this.#make(record);
    folder.load((error) => {
      if (error !== null) {
        done(error);
        return;
      }
      this.#folders.set(folder.id, folder);
      this.#loadNext(records, done);
    });
  }

  #make(record: FolderRecord): Folder {
    return new Folder(this.#context, record, this.#open, {
      onKept: (folder, logs) => {
        this.#sync.grown(folder, logs);
        this.#events.onFolderChanged(folder.id);
      },
    });
  }

  #add(record: FolderRecord, done: Done<FolderInfo>): void {
    const { id } = record.keys;
    const refusal = this.#refusalOf(record);
    if (refusal !== undefined) {
      done(refusal, undefined);
      return;
    }
    this.#coming.add(id);
    // What a crash has left of an earlier stay is half of something: it is all fetched again.
    this.#clear(id, (error) => {
      if (error === null) {
        this.#write(record, done);
        return;
      }
      this.#coming.delete(id);
      done(error, undefined);
    });
  }

  /** Makes the folder one of this peer; what the disk has of it is taken up. */
  #write(record: FolderRecord, done: Done<FolderInfo>): void {
    const { id } = record.keys;
    const folder = this.#make(record);
    this.#coming.add(id);
    const fail = (error: DiskError): void => {
      this.#coming.delete(id);
      done(error, undefined);
    };
    this.#context.records.write([folder.write()], (error) => {
      if (error !== null) {
        fail(error);
        return;
      }
      folder.load((failure) => {
        if (failure !== null) {
          fail(failure);
          return;
        }
        this.#coming.delete(id);
        this.#folders.set(id, folder);
        this.#sync.folderAdded(folder);
        this.#events.onFolderChanged(id);
        done(null, this.#describe(folder));
      });
    });
  }

  #refusalOf({ keys, name }: FolderRecord): FoldersError | undefined {
    if (!isFolderName(name)) return new FoldersError("bad-name", BAD_NAME);
    if (this.#folders.has(keys.id) || this.#coming.has(keys.id)) {
      return new FoldersError("exists", "This folder is here already.");
    }
    if (this.#folders.size + this.#coming.size >= FOLDERS_MAX) {
      return new FoldersError("full", `${FOLDERS_MAX} folders are here. Let go of one first.`);
    }
    return undefined;
  }

  #close(folder: Folder): void {
    folder.journal.close();
    this.#folders.delete(folder.id);
    this.#sync.folderRemoved(folder);
  }

  /** Removes what is left of a folder, one kind of records after the other. */
  #clear(id: string, done: (error: TypedError | null) => void): void {
    const prefixes = [
      ...[logsPrefix, packsPrefix, pathsPrefix, runsPrefix],
      ...[bundlesPrefix, openBundlesPrefix, entriesPrefix, chunkListsPrefix],
    ];
    const next = (): void => {
      const prefix = prefixes.shift();
      if (prefix === undefined) {
        done(null);
        return;
      }
      this.#context.records.scan(prefix(id), (error, found) => {
        const writes = found.map(({ key }): RecordWrite => ({ key, value: null }));
        if (error !== null) done(error);
        else this.#context.records.write(writes, (failure) => (failure ? done(failure) : next()));
      });
    };
    next();
  }

  #find(idOrName: string): Folder {
    const byId = this.#folders.get(idOrName);
    if (byId !== undefined) return byId;
    const named = [...this.#folders.values()].filter(({ record }) => record.name === idOrName);
    const [folder, second] = named;
    if (folder !== undefined && second === undefined) return folder;
    const message =
      folder === undefined
        ? "There is no such folder here. 'peernet folder list' shows those there are."
        : "Several folders have this name. Please give the id that 'peernet folder list' shows.";
    throw new FoldersError("not-found", message);
  }

  #describe(folder: Folder): FolderInfo {
    const { id, record, core } = folder;
    const { state, logs } = core;
    const writers = new Set<string>();
    for (const log of logs.values()) if (log.kept.seq > 0) writers.add(log.author.join());
    return {
      id,
      name: record.name,
      mayWrite: core.keys.write !== undefined && this.#context.isOut?.() !== true,
      files: state.fileCount,
      sizeBytes: state.sizeBytes,
      conflicts: state.conflicted.size,
      writers: writers.size,
      partners: this.#sync.partnersOf(folder),
      missing: this.#sync.missingOf(folder),
    };
  }
}

const BAD_NAME = "A folder's name has 1 to 64 bytes, without slashes and control characters.";
