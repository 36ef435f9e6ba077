import {
  BUNDLES_MAX,
  OLD_VERSIONS_MAX,
  OLD_VERSIONS_TOTAL_MAX,
  PATHS_MAX,
  REMOVED_PATHS_MAX,
} from "./limits.ts";
import { type Bucket, PathNode } from "./node.ts";
import type { Operation } from "./operation.ts";
import type { Pack } from "./pack-record.ts";
import { isSameId, newestFirst, sizeOf, type Version, type VersionId } from "./version.ts";

/** Where an operation stands, and what its entry says of time. */
export interface OperationPlace {
  readonly id: VersionId;
  readonly lamport: number;
  readonly writtenAtMs: number;
}

/** How much a folder may hold in memory; smaller only in tests. */
export interface StateLimits {
  readonly pathsMax: number;
  readonly oldVersionsMax: number;
  readonly oldVersionsTotalMax: number;
  readonly removedPathsMax: number;
  readonly bundlesMax: number;
}

const LIMITS: StateLimits = {
  pathsMax: PATHS_MAX,
  oldVersionsMax: OLD_VERSIONS_MAX,
  oldVersionsTotalMax: OLD_VERSIONS_TOTAL_MAX,
  removedPathsMax: REMOVED_PATHS_MAX,
  bundlesMax: BUNDLES_MAX,
};

/**
 * What a folder holds: per path the versions that nobody's operation has replaced (an
 * observed-remove set, Shapiro et al. 2011). Every operation is applied once and after those that
 * it replaces, so the order of all others does not matter.
 */
export class FolderState {
  readonly root: PathNode = new PathNode("", undefined);
  readonly #limits: StateLimits;
  /** Paths where more than one version is live. */
  readonly conflicted: Set<PathNode> = new Set();
  /** Paths of which only old versions are left, those longest removed first. */
  readonly #removed = new Set<PathNode>();
  /** Paths that changed since they were last taken. */
  readonly #touched = new Set<PathNode>();
  /** Buckets to look at once all packs are there. */
  readonly #urgent: Bucket[] = [];
  /** The directory that was looked for last: of many files put at once, most are in the same. */
  #nearPath = "";
  #near: PathNode | undefined;
  /** Links of closed bundles, by log and number. */
  readonly #bundles = new Map<string, Uint8Array>();
  #paths = 0;
  #oldVersions = 0;
  fileCount = 0;
  sizeBytes = 0;
  lamport = 0;

  constructor(limits: StateLimits = LIMITS) {
    this.#limits = limits;
  }

  /** Paths with anything to remember. */
  get pathCount(): number {
    return this.#paths;
  }

  /** Whether so many further paths and bundles fit. */
  hasRoomFor(count: number): boolean {
    const { pathsMax, bundlesMax } = this.#limits;
    return this.#paths + count <= pathsMax && this.#bundles.size + count <= bundlesMax;
  }

  /** The node of a path, if anything was ever known of it. */
  find(path: string): PathNode | undefined {
    if (path === "") return this.root;
    if (path === this.#nearPath) return this.#near;
    const slash = path.lastIndexOf("/");
    return this.#findDirectory(path, slash)?.find(path.slice(slash + 1));
  }

  /** Nodes may be others from now on: packs take the place of those that nothing is below. */
  forgetNear(): void {
    this.#nearPath = "";
    this.#near = undefined;
  }

  /** What ends before the slash; -1: the root. */
  #findDirectory(path: string, slash: number): PathNode | undefined {
    if (slash < 0) return this.root;
    const near = this.#nearPath;
    if (near.length === slash && path.startsWith(near)) return this.#near;
    let node: PathNode | undefined = this.root;
    // Asked several times for each of many files: `split` takes several times longer.
    for (let from = 0; node !== undefined && from < slash; ) {
      const end = nameEnd(path, from);
      node = node.find(path.slice(from, end));
      from = end + 1;
    }
    if (node === undefined) return undefined;
    this.#nearPath = path.slice(0, slash);
    this.#near = node;
    return node;
  }

  /** The link of a closed bundle: read key and root. */
  bundle(log: string, number: number): Uint8Array | undefined {
    return this.#bundles.get(`${log}/${number}`);
  }

  /** Takes an operation. Everything that it replaces has been applied before. */
  apply(operation: Operation, place: OperationPlace): void {
    this.lamport = Math.max(this.lamport, place.lamport);
    if (operation.kind === "bundle") {
      this.addBundle(place.id.log, operation.bundle, operation.link);
      return;
    }
    const { path, replaces } = operation;
    const node = operation.kind === "put" ? this.#ensure(path) : this.find(path);
    if (node === undefined) return;
    const wasRemembered = node.isRemembered;
    for (const id of replaces) this.#replace(node, id);
    if (operation.kind === "put") {
      const { id, lamport, writtenAtMs } = place;
      // Member by member: V8 makes objects of one shape of that, and reads them many times faster.
      this.#addLive(node, { id, lamport, writtenAtMs, file: operation.file });
    }
    this.#settle(node, wasRemembered, place.writtenAtMs);
  }

  /** Where a closed bundle is; the first word of its writer counts. */
  addBundle(log: string, number: number, link: Uint8Array): void {
    const key = `${log}/${number}`;
    if (!this.#bundles.has(key)) this.#bundles.set(key, link);
  }

  /**
   * Takes a pack of children of a directory as it is on the disk, without reading it. Packs of a
   * directory come before those of what is below it. @throws WireError where it is damaged
   */
  loadPack(path: string, key: number, pack: Pack): void {
    let home = this.root;
    // Not read, as `find` would: what is deeper is a node all the same.
    if (path !== "") for (const name of path.split("/")) home = home.bucketOf(name).take(name);
    const bucket = home.bucket(key);
    bucket.isStored = true;
    bucket.fold(pack);
    this.forgetNear();
    const { paths, live, old, files, sizeBytes, lamport, changedAtMs, isUrgent } = pack.totals;
    this.#paths += paths;
    this.#oldVersions += old;
    this.fileCount += files;
    this.sizeBytes += sizeBytes;
    this.lamport = Math.max(this.lamport, lamport);
    home.changedAtMs = Math.max(home.changedAtMs, changedAtMs);
    for (let above: PathNode | undefined = home; above; above = above.parent) above.below += live;
    if (isUrgent === 1) this.#urgent.push(bucket);
  }

  /** All packs are there: conflicts and removed paths in them become known. */
  loadedPacks(): void {
    for (const bucket of this.#urgent.splice(0)) {
      for (const node of bucket.unfold().nodes.values()) {
        this.#judge(node);
        if (isRemoved(node)) this.#removed.add(node);
      }
    }
    this.#touched.clear();
  }

  /** Puts back what a record says of a path, in place of what was there. */
  load(path: string, live: readonly Version[], old: readonly Version[]): PathNode {
    const node = this.#ensure(path);
    const wasRemembered = node.isRemembered;
    for (const version of node.live) this.#count(node, version, -1);
    node.live = [];
    for (const version of live) this.#addLive(node, version);
    this.#oldVersions += old.length - node.old.length;
    node.old = old;
    let writtenAtMs = 0;
    for (const version of [...live, ...old]) {
      this.lamport = Math.max(this.lamport, version.lamport);
      writtenAtMs = Math.max(writtenAtMs, version.writtenAtMs);
    }
    this.#settle(node, wasRemembered, writtenAtMs);
    this.#touched.clear();
    return node;
  }

  /** Whether a bucket must be looked at whenever the folder is read. */
  isUrgent({ nodes }: Bucket): boolean {
    if (this.conflicted.size + this.#removed.size === 0) return false;
    for (const node of nodes.values()) {
      if (isRemoved(node) || this.conflicted.has(node)) return true;
    }
    return false;
  }

  /** Forgets a directory of which neither memory nor disk has anything left. */
  tidy(directory: PathNode): void {
    if (this.find(directory.path) === directory) this.#prune(directory);
  }

  /** The paths that changed since the last call. */
  takeTouched(): readonly PathNode[] {
    const touched = [...this.#touched];
    this.#touched.clear();
    return touched;
  }

  #replace(node: PathNode, id: VersionId): void {
    const replaced = node.live.find((version) => isSameId(version.id, id));
    if (replaced === undefined) return;
    node.live = node.live.filter((version) => version !== replaced);
    this.#count(node, replaced, -1);
    this.#remember(node, replaced);
  }

  #addLive(node: PathNode, version: Version): void {
    node.live = [...node.live, version];
    this.#count(node, version, 1);
  }

  #count(node: PathNode, version: Version, sign: 1 | -1): void {
    if (version.file !== undefined) {
      this.fileCount += sign;
      // Totals of packs end at 2^53-1, so less may be there than is taken away.
      this.sizeBytes = Math.max(0, this.sizeBytes + sign * sizeOf(version.file));
    }
    for (let above = node.parent; above !== undefined; above = above.parent) {
      above.below += sign;
      this.#judge(above);
    }
  }

  /** Keeps the newest old versions of a path; once the folder has too many, only one of this path. */
  #remember(node: PathNode, version: Version): void {
    const { oldVersionsMax, oldVersionsTotalMax } = this.#limits;
    const keep = this.#oldVersions >= oldVersionsTotalMax ? 1 : oldVersionsMax;
    const old = [...node.old, version].sort(newestFirst).slice(0, keep);
    this.#oldVersions += old.length - node.old.length;
    node.old = old;
  }

  #settle(node: PathNode, wasRemembered: boolean, writtenAtMs: number): void {
    this.#touched.add(node);
    this.#judge(node);
    if (node.parent !== undefined) {
      node.parent.changedAtMs = Math.max(node.parent.changedAtMs, writtenAtMs);
    }
    if (node.isRemembered !== wasRemembered) this.#paths += wasRemembered ? -1 : 1;
    if (this.#removed.size > 0) this.#removed.delete(node);
    if (isRemoved(node)) this.#removed.add(node);
    for (const oldest of this.#removed) {
      if (this.#removed.size <= this.#limits.removedPathsMax) break;
      this.#forget(oldest);
    }
    this.#prune(node);
  }

  #forget(node: PathNode): void {
    this.#removed.delete(node);
    // So that what is above is read: it is asked whether anything of it is left.
    this.find(node.path);
    this.#oldVersions -= node.old.length;
    node.old = [];
    this.#paths--;
    this.#touched.add(node);
    this.#prune(node);
  }

  /** A path that comes into conflict by what is below it, or out of it, counts as changed. */
  #judge(node: PathNode): void {
    if (node.isConflicted) {
      if (this.conflicted.has(node)) return;
      this.conflicted.add(node);
      this.#touched.add(node);
    } else if (this.conflicted.size > 0 && this.conflicted.delete(node)) {
      this.#touched.add(node);
    }
  }

  #ensure(path: string): PathNode {
    const slash = path.lastIndexOf("/");
    const directory = this.#findDirectory(path, slash);
    if (directory !== undefined) return directory.child(path.slice(slash + 1));
    let node = this.root;
    for (let from = 0; from <= path.length; ) {
      const end = nameEnd(path, from);
      node = node.child(path.slice(from, end));
      from = end + 1;
    }
    return node;
  }

  #prune(from: PathNode): void {
    let node = from;
    while (node.parent !== undefined && !node.isRemembered && node.childCount === 0) {
      if (node.isOnDisk) return;
      node.parent.removeChild(node.name);
      this.forgetNear();
      node = node.parent;
    }
  }
}

/** Where the name ends that begins at `from`. */
function nameEnd(path: string, from: number): number {
  const slash = path.indexOf("/", from);
  return slash < 0 ? path.length : slash;
}

/** Whether only old versions are left. */
function isRemoved({ live, old }: PathNode): boolean {
  return live.length === 0 && old.length > 0;
}
