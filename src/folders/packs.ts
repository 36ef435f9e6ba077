import { must } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { RecordWrite } from "../ports/index.ts";
import { WireError } from "../wire/index.ts";
import { packKey, pathsPrefix, runKey } from "./keys.ts";
import {
  PACK_CHILDREN_MAX,
  PACKED_PER_BATCH,
  PACKED_PER_CHANGE,
  RUN_BYTES,
  RUN_PATHS_MIN,
  RUNS_MIN,
} from "./limits.ts";
import type { Bucket, PathNode } from "./node.ts";
import { decodeNode, LogNames } from "./node-record.ts";
import {
  decodePack,
  decodeRun,
  encodePack,
  encodeRun,
  noTotals,
  type Pack,
  type PackTotals,
  PathsWriter,
} from "./pack-record.ts";
import { isPath } from "./path.ts";
import type { FolderState } from "./state.ts";
import { sizeOf } from "./version.ts";

/** When runs become packs, and how large those are; smaller only in tests. */
export interface PackLimits {
  readonly childrenMax: number;
  readonly runBytes: number;
  readonly runPathsMin: number;
  readonly runsMin: number;
  readonly perBatch: number;
  readonly perChange: number;
}

const LIMITS: PackLimits = {
  childrenMax: PACK_CHILDREN_MAX,
  runBytes: RUN_BYTES,
  runPathsMin: RUN_PATHS_MIN,
  runsMin: RUNS_MIN,
  perBatch: PACKED_PER_BATCH,
  perChange: PACKED_PER_CHANGE,
};

/**
 * How a folder's paths are on the disk. What changes in one batch is one record, a run. From time
 * to time the directories that changed are written as packs, in place of the runs so far, a few
 * with every batch. Who reads runs after packs, in their order, always has all: a run says all
 * that there is of a path. (A log-structured merge of two levels; O'Neil and others, 1996.)
 */
export class Packs {
  readonly #suite: CryptoSuite;
  readonly #folder: string;
  readonly #state: FolderState;
  readonly #limits: PackLimits;
  readonly #names = new LogNames();
  /** Packs that wait for those of the directories above. */
  #coming: { readonly path: string; readonly key: number; readonly pack: Pack }[] = [];
  /** Buckets whose newest state is only in runs. */
  #changed = new Set<Bucket>();
  /** Those of them that are being packed, and the run with which that began. */
  #packing = new Set<Bucket>();
  #packingSince = 0;
  #firstRun = 1;
  #nextRun = 1;
  /** Paths in all runs, and in those since packing began. */
  #runPaths = 0;
  #newPaths = 0;
  #hasRecords = false;

  constructor(suite: CryptoSuite, folder: string, state: FolderState, limits: PackLimits = LIMITS) {
    this.#suite = suite;
    this.#folder = folder;
    this.#state = state;
    this.#limits = limits;
  }

  /** A pack on the disk. @param rest its key behind the prefix. @throws WireError */
  loadPack(rest: string, value: Uint8Array): void {
    const slash = rest.indexOf("/");
    const [key, path] = [Number.parseInt(rest.slice(0, slash), 16), rest.slice(slash + 1)];
    if (!(key >= 1) || (path !== "" && !isPath(path))) throw new WireError("out-of-range", NOWHERE);
    this.#coming.push({ path, key, pack: decodePack(this.#suite, value, this.#names) });
  }

  /** All packs were loaded. */
  loadedPacks(): void {
    const depth = ({ path }: { readonly path: string }): number =>
      path === "" ? 0 : path.split("/").length;
    const packs = this.#coming.map((each) => ({ ...each, depth: depth(each) }));
    this.#coming = [];
    packs.sort((a, b) => a.depth - b.depth);
    for (const { path, key, pack } of packs) this.#state.loadPack(path, key, pack);
    this.#state.loadedPacks();
  }

  /** The record of one path, as earlier versions wrote them. @throws WireError */
  loadRecord(path: string, value: Uint8Array): void {
    if (!isPath(path)) throw new WireError("out-of-range", NOWHERE);
    const { live, old } = decodeNode(value, this.#names);
    const bucket = bucketOf(this.#state.load(path, live, old));
    bucket.records ??= [];
    bucket.records.push(path);
    this.#changed.add(bucket);
    this.#hasRecords = true;
  }

  /** What changed together once; in their order. @throws WireError */
  loadRun(number: string, value: Uint8Array): void {
    const run = Number.parseInt(number, 16);
    if (!(run >= 1)) throw new WireError("out-of-range", NOWHERE);
    if (this.#nextRun === 1) this.#firstRun = run;
    this.#nextRun = run + 1;
    const lamport = decodeRun(value, this.#names, (path, live, old) => {
      if (!isPath(path)) throw new WireError("out-of-range", NOWHERE);
      this.#changed.add(bucketOf(this.#state.load(path, live, old)));
      this.#runPaths++;
    });
    this.#state.lamport = Math.max(this.#state.lamport, lamport);
  }

  /** What the paths that changed since the last call add to a batch of records. */
  addTo(writes: RecordWrite[]): void {
    const touched = this.#state.takeTouched();
    if (touched.length === 0) return;
    this.#addRuns(touched, writes);
    if (this.#packing.size === 0 && this.#isTime()) {
      this.#packing = this.#changed;
      this.#changed = new Set();
      this.#packingSince = this.#nextRun;
      this.#newPaths = 0;
      this.#hasRecords = false;
    }
    if (this.#packing.size > 0) this.#addPacks(touched.length, writes);
  }

  #isTime(): boolean {
    const enough = Math.max(this.#limits.runPathsMin, this.#state.pathCount / 32);
    const isMuch =
      this.#runPaths >= enough || this.#nextRun - this.#firstRun >= this.#limits.runsMin;
    return isMuch || this.#hasRecords;
  }

  #addRuns(touched: readonly PathNode[], writes: RecordWrite[]): void {
    let run = new PathsWriter();
    const end = (): void => {
      if (run.length === 0) return;
      writes.push({
        key: runKey(this.#folder, this.#nextRun++),
        value: encodeRun(this.#state.lamport, run),
      });
      run = new PathsWriter();
    };
    for (const node of touched) {
      run.add(node.path, node.live, node.old);
      this.#changed.add(bucketOf(node));
      if (run.length >= this.#limits.runBytes) end();
    }
    end();
    this.#runPaths += touched.length;
    this.#newPaths += touched.length;
  }

  #addPacks(changes: number, writes: RecordWrite[]): void {
    let room = Math.max(this.#limits.perBatch, this.#limits.perChange * changes);
    for (const bucket of this.#packing) {
      if (room <= 0) return;
      this.#packing.delete(bucket);
      room -= 1 + bucket.count;
      this.#pack(bucket, writes);
    }
    for (let run = this.#firstRun; run < this.#packingSince; run++) {
      writes.push({ key: runKey(this.#folder, run), value: null });
    }
    this.#firstRun = this.#packingSince;
    this.#runPaths = this.#newPaths;
  }

  #pack(bucket: Bucket, writes: RecordWrite[]): void {
    // Nothing has changed since it was packed.
    if (bucket.isPacked) return;
    const { home, key, nodes } = bucket;
    const folder = this.#folder;
    for (const path of bucket.records ?? []) {
      writes.push({ key: pathsPrefix(folder) + path, value: null });
    }
    bucket.records = undefined;
    if (nodes.size > this.#limits.childrenMax && bucket.canSplit) {
      if (bucket.isStored) writes.push({ key: packKey(folder, key, home.path), value: null });
      for (const half of home.split(bucket)) this.#pack(half, writes);
      return;
    }
    const totals = noTotals();
    const paths = new PathsWriter();
    for (const node of nodes.values()) {
      if (!node.isRemembered) continue;
      paths.add(node.name, node.live, node.old);
      add(totals, node);
    }
    if (totals.paths === 0) {
      if (bucket.isStored) writes.push({ key: packKey(folder, key, home.path), value: null });
      bucket.isStored = false;
      this.#state.tidy(home);
      return;
    }
    totals.children = nodes.size;
    totals.lamport = this.#state.lamport;
    totals.changedAtMs = home.changedAtMs;
    totals.isUrgent = this.#state.isUrgent(bucket) ? 1 : 0;
    const value = encodePack(this.#suite, totals, paths);
    writes.push({ key: packKey(folder, key, home.path), value });
    bucket.isStored = true;
    // Conflicts and removed paths are known as nodes, which must stay the same.
    if (totals.isUrgent === 1) return;
    bucket.fold(decodePack(this.#suite, value, this.#names));
    this.#state.forgetNear();
  }
}

function bucketOf(node: PathNode): Bucket {
  return must(node.parent, "the root itself is never changed").bucketOf(node.name);
}

function add(totals: PackTotals, { live, old }: PathNode): void {
  totals.paths++;
  totals.live += live.length;
  totals.old += old.length;
  for (const { file } of live) {
    if (file === undefined) continue;
    totals.files++;
    // Lengths are what writers say: together they may be more than a record can hold.
    totals.sizeBytes = Math.min(Number.MAX_SAFE_INTEGER, totals.sizeBytes + sizeOf(file));
  }
}

const NOWHERE = "A path that cannot be.";
