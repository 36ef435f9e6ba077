import type { BlockStore, DiskError, Log, RecordStore, RecordWrite } from "../ports/index.ts";
import { WireError } from "../wire/index.ts";
import { removeKeys } from "./block-job.ts";
import { storeErrorOf } from "./disk-errors.ts";
import type { StoreError } from "./errors.ts";
import {
  BLOCK_PREFIX,
  decodeFragment,
  decodeObject,
  decodePending,
  FRAGMENT_PREFIX,
  type FragmentEntry,
  fragmentBlocks,
  leavesKey,
  OBJECT_PREFIX,
  type ObjectEntry,
  PENDING_PREFIX,
} from "./records.ts";

/** Fragments of one object by index. */
export type FragmentShelf = Map<number, FragmentEntry>;

/** What was found on disk at the start. */
export interface Loaded {
  readonly objects: readonly ObjectEntry[];
  readonly fragments: ReadonlyMap<string, FragmentShelf>;
}

interface LoadOptions {
  readonly records: RecordStore;
  readonly blocks: BlockStore;
  readonly log: Log;
  readonly keepsUnknownBlocks?: boolean;
}

type LoadDone = (error: StoreError | undefined, found: Loaded | undefined) => void;

/** Reads objects and fragments, then removes blocks that belong to no fragment. */
export function loadShelf(options: LoadOptions, done: LoadDone): void {
  options.records.scan(OBJECT_PREFIX, (objectError, objectRecords) => {
    if (objectError !== null) return done(storeErrorOf(objectError), undefined);
    options.records.scan(FRAGMENT_PREFIX, (fragmentError, fragmentRecords) => {
      if (fragmentError !== null) return done(storeErrorOf(fragmentError), undefined);
      const objects: ObjectEntry[] = [];
      for (const { key, value } of objectRecords) {
        const root = key.slice(OBJECT_PREFIX.length);
        const object = readable(options.log, key, () => decodeObject(root, value));
        if (object !== undefined) objects.push(object);
      }
      const fragments = new Map<string, FragmentShelf>();
      for (const { key, value } of fragmentRecords) {
        const entry = readable(options.log, key, () => decodeFragment(value));
        const [root = "", index = ""] = key.slice(FRAGMENT_PREFIX.length).split("/");
        if (entry === undefined) continue;
        const shelf = fragments.get(root) ?? new Map<number, FragmentEntry>();
        fragments.set(root, shelf.set(Number(index), entry));
      }
      sweepLeaves(options, fragments, (error) => {
        if (error === null)
          sweep(options, fragments, () => done(undefined, { objects, fragments }));
        else done(storeErrorOf(error), undefined);
      });
    });
  });
}

/** Removes leaf lists that were written for fragments which never came to be. */
function sweepLeaves(
  { records, keepsUnknownBlocks }: LoadOptions,
  fragments: ReadonlyMap<string, FragmentShelf>,
  done: (error: DiskError | null) => void,
): void {
  records.scan(PENDING_PREFIX, (error, found) => {
    // Where records are missing, that of a fragment may be one of them.
    if (error !== null || found.length === 0 || keepsUnknownBlocks === true) {
      done(error);
      return;
    }
    const writes: RecordWrite[] = [];
    for (const { key, value } of found) {
      const [root = ""] = key.slice(PENDING_PREFIX.length).split("/");
      for (const index of decodePending(value)) {
        if (fragments.get(root)?.has(index) === true) continue;
        writes.push({ key: leavesKey(root, index), value: null });
      }
      writes.push({ key, value: null });
    }
    // Where the disk takes nothing they stay, and go at another start.
    records.write(writes, () => done(null));
  });
}

function readable<T>(log: Log, key: string, decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    log.warn("record left out because it is damaged", { key, reason: error.code });
    return undefined;
  }
}

/** Removes blocks without a fragment; leaves out fragments of which blocks are missing. */
function sweep(
  { blocks, log, keepsUnknownBlocks }: LoadOptions,
  fragments: ReadonlyMap<string, FragmentShelf>,
  done: () => void,
): void {
  const blockCounts = new Map<string, number>();
  for (const shelf of fragments.values()) {
    for (const [index, entry] of shelf) blockCounts.set(fragmentBlocks(entry.at, index), 0);
  }
  const leftovers: string[] = [];
  for (const key of blocks.keys(BLOCK_PREFIX)) {
    const owner = key.slice(0, key.lastIndexOf("/") + 1);
    const count = blockCounts.get(owner);
    if (count === undefined) leftovers.push(key);
    else blockCounts.set(owner, count + 1);
  }
  for (const [root, shelf] of fragments) {
    for (const [index, entry] of shelf) {
      if ((blockCounts.get(fragmentBlocks(entry.at, index)) ?? 0) >= entry.stripes) continue;
      log.warn("fragment left out because blocks are missing", { root: root.slice(0, 8), index });
      shelf.delete(index);
    }
  }
  if (keepsUnknownBlocks === true) {
    if (leftovers.length > 0) log.info("store keeps unknown blocks", { blocks: leftovers.length });
    done();
    return;
  }
  if (leftovers.length > 0) log.info("store removes leftovers", { blocks: leftovers.length });
  removeKeys(blocks, log, leftovers, done);
}
