import { newestFirst, type Version } from "./version.ts";

// Most paths have nothing below and no old versions: they share these.
const NONE: readonly Version[] = [];
const NO_CHILDREN: ReadonlyMap<string, PathNode> = new Map();

/** One path: what is there, what was there, and what is below. */
export class PathNode {
  readonly name: string;
  readonly parent: PathNode | undefined;
  #children: Map<string, PathNode> | undefined;
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

  /** What is or was right below, by name. */
  get children(): ReadonlyMap<string, PathNode> {
    return this.#children ?? NO_CHILDREN;
  }

  /** The path below with this name, made where it is not there. */
  child(name: string): PathNode {
    this.#children ??= new Map();
    let child = this.#children.get(name);
    if (child === undefined) {
      child = new PathNode(name, this);
      this.#children.set(name, child);
    }
    return child;
  }

  /** Forgets the path below with this name. */
  removeChild(name: string): void {
    this.#children?.delete(name);
    if (this.#children?.size === 0) this.#children = undefined;
  }

  /** The whole path; empty for the root. */
  get path(): string {
    const names: string[] = [];
    for (let node: PathNode = this; node.parent !== undefined; node = node.parent) {
      names.push(node.name);
    }
    return names.reverse().join("/");
  }

  /** Whether a folder is here: somebody made one, something is in it, or it is the root. */
  get isFolder(): boolean {
    return this.parent === undefined || this.below > 0 || this.live.some(isFolderVersion);
  }

  /** Whether anything is here. */
  get isThere(): boolean {
    return this.parent === undefined || this.below > 0 || this.live.length > 0;
  }

  /** The files here, newest first; more than one, or one beside a folder, is a conflict. */
  get files(): readonly Version[] {
    const files = this.live.filter((version) => !isFolderVersion(version));
    return files.length < 2 ? files : files.sort(newestFirst);
  }

  /** Whether more is here than one name can show. */
  get isConflicted(): boolean {
    if (this.live.length === 0 || (this.live.length === 1 && this.below === 0)) return false;
    const { files } = this;
    return files.length > 1 || (files.length === 1 && this.isFolder);
  }
}

/** Whether a version is a folder's, not a file's. */
export function isFolderVersion(version: Version): boolean {
  return version.file === undefined;
}
