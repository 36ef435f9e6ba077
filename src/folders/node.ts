import { must } from "../base/errors.ts";
import { PACK_SPLITS_MAX } from "./limits.ts";
import type { Pack } from "./pack-record.ts";
import { newestFirst, type Version } from "./version.ts";

// Most paths have nothing below and no old versions: they share these.
const NONE: readonly Version[] = [];
/** Key of the bucket that has all of a directory. */
const WHOLE = 1;
const KEY_MAX: number = 2 ** PACK_SPLITS_MAX;

/**
 * Children of one directory, those whose names' hashes end alike: all of a small one. They are
 * on the disk as one pack, and in memory either as that or as nodes.
 */
export class Bucket {
  /** The directory. */
  readonly home: PathNode;
  /** A one and the bits with which the hashes end, the last bit first. */
  readonly key: number;
  readonly nodes: Map<string, PathNode> = new Map();
  /** The disk has a pack of it. */
  isStored = false;
  /** Names of which the disk has records of their own, as earlier versions of Peernet wrote them. */
  records: string[] | undefined;
  /** Until it is read, `nodes` has only those that have something below. */
  #pack: Pack | undefined;

  constructor(home: PathNode, key: number) {
    this.home = home;
    this.key = key;
  }

  get isPacked(): boolean {
    return this.#pack !== undefined;
  }

  /** Names in it. */
  get count(): number {
    return this.#pack?.totals.children ?? this.nodes.size;
  }

  /** Whether further bits of the hashes can tell its children apart. */
  get canSplit(): boolean {
    return this.key < KEY_MAX;
  }

  /** Forgets nodes that the pack has as well. */
  fold(pack: Pack): void {
    for (const [name, node] of this.nodes) if (!node.isDirectory) this.nodes.delete(name);
    this.#pack = pack;
  }

  /** Makes nodes of the pack. */
  unfold(): this {
    const pack = this.#pack;
    if (pack === undefined) return this;
    this.#pack = undefined;
    pack.read((name, live, old) => {
      const node = this.take(name);
      node.live = live;
      if (old.length > 0) node.old = old;
    });
    return this;
  }

  /** Others have what was in it. */
  dissolve(): void {
    this.nodes.clear();
    this.isStored = false;
  }

  /** The child with this name, made where it is not there; does not look into the pack. */
  take(name: string): PathNode {
    let node = this.nodes.get(name);
    if (node === undefined) {
      node = new PathNode(name, this.home);
      this.nodes.set(name, node);
    }
    return node;
  }
}

/** What is right below one path. */
class Directory {
  readonly #home: PathNode;
  readonly #buckets = new Map<number, Bucket>();
  /** Keys of buckets that were split. */
  readonly #split = new Set<number>();

  constructor(home: PathNode) {
    this.#home = home;
  }

  get buckets(): Iterable<Bucket> {
    return this.#buckets.values();
  }

  get(key: number): Bucket {
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      bucket = new Bucket(this.#home, key);
      this.#buckets.set(key, bucket);
      for (let above = key >> 1; above >= WHOLE; above >>= 1) this.#split.add(above);
    }
    return bucket;
  }

  /** The bucket that has this name. */
  of(name: string): Bucket {
    return this.get(this.#split.size === 0 ? WHOLE : this.#keyOf(name));
  }

  split(bucket: Bucket): readonly Bucket[] {
    this.#buckets.delete(bucket.key);
    this.#split.add(bucket.key);
    for (const [name, node] of bucket.nodes) this.of(name).nodes.set(name, node);
    bucket.dissolve();
    return [this.get(2 * bucket.key), this.get(2 * bucket.key + 1)];
  }

  #keyOf(name: string): number {
    let key = WHOLE;
    for (let bits = hashOf(name); this.#split.has(key); bits >>>= 1) key = 2 * key + (bits & 1);
    return key;
  }
}

/** FNV-1a over the units of a text, its bits mixed as MurmurHash3 does at its end. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** One path: what is there, what was there, and what is below. */
export class PathNode {
  readonly name: string;
  readonly parent: PathNode | undefined;
  #directory: Directory | undefined;
  /** Versions that no operation has replaced, in no order. */
  live: readonly Version[] = NONE;
  /** Versions that were replaced, newest first. */
  old: readonly Version[] = NONE;
  /** Live versions below, this path not counted. */
  below = 0;
  /** Wall time of the newest change right below, as its author says; for listings. */
  changedAtMs = 0;

  constructor(name: string, parent: PathNode | undefined) {
    this.name = name;
    this.parent = parent;
  }

  /** How many names are or were right below. */
  get childCount(): number {
    let count = 0;
    for (const bucket of this.buckets) count += bucket.count;
    return count;
  }

  /** What is or was right below. */
  *children(): Iterable<PathNode> {
    for (const bucket of this.buckets) yield* bucket.unfold().nodes.values();
  }

  /** The path below with this name, if anything was ever known of it. */
  find(name: string): PathNode | undefined {
    return this.#directory?.of(name).unfold().nodes.get(name);
  }

  /** The path below with this name, made where it is not there. */
  child(name: string): PathNode {
    return this.bucketOf(name).unfold().take(name);
  }

  /** Forgets the path below with this name. */
  removeChild(name: string): void {
    this.#directory?.of(name).unfold().nodes.delete(name);
    if (this.childCount === 0 && !this.isOnDisk) this.#directory = undefined;
  }

  /** Whether something is or was right below. */
  get isDirectory(): boolean {
    return this.#directory !== undefined;
  }

  /** Whether the disk has records of what is or was right below. */
  get isOnDisk(): boolean {
    for (const { isStored, records } of this.buckets) if (isStored || records) return true;
    return false;
  }

  get buckets(): Iterable<Bucket> {
    return this.#directory?.buckets ?? [];
  }

  /** The bucket that has, or would have, the path below with this name. */
  bucketOf(name: string): Bucket {
    this.#directory ??= new Directory(this);
    return this.#directory.of(name);
  }

  /** The bucket of this key, while what is below is read from the disk. */
  bucket(key: number): Bucket {
    this.#directory ??= new Directory(this);
    return this.#directory.get(key);
  }

  /** Makes two buckets of one. */
  split(bucket: Bucket): readonly Bucket[] {
    return must(this.#directory, "a bucket is of a directory").split(bucket);
  }

  /** The whole path; empty for the root. */
  get path(): string {
    if (this.parent === undefined) return "";
    const above = this.parent.path;
    return above === "" ? this.name : `${above}/${this.name}`;
  }

  /** Whether a folder is here: somebody made one, something is in it, or it is the root. */
  get isFolder(): boolean {
    return this.parent === undefined || this.below > 0 || this.live.some(isFolderVersion);
  }

  /** Whether anything is here. */
  get isThere(): boolean {
    return this.parent === undefined || this.below > 0 || this.live.length > 0;
  }

  /** Whether anything is remembered of this path itself. */
  get isRemembered(): boolean {
    return this.live.length + this.old.length > 0;
  }

  /** The files here, newest first; more than one, or one beside a folder, is a conflict. */
  get files(): readonly Version[] {
    const files = this.live.filter((version) => !isFolderVersion(version));
    return files.length < 2 ? files : files.sort(newestFirst);
  }

  /** Whether more is here than one name can show. */
  get isConflicted(): boolean {
    const [only] = this.live;
    if (only === undefined) return false;
    // Without a list of files: asked of each path above whenever a path changes.
    if (this.live.length === 1) return this.below > 0 && !isFolderVersion(only);
    const { files } = this;
    return files.length > 1 || (files.length === 1 && this.isFolder);
  }
}

/** Whether a version is a folder's, not a file's. */
export function isFolderVersion(version: Version): boolean {
  return version.file === undefined;
}
