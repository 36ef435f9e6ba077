import { newestFirst, type Version } from "./version.ts";

/** One path: what is there, what was there, and what is below. */
export class PathNode {
  readonly name: string;
  readonly parent: PathNode | undefined;
  readonly children: Map<string, PathNode> = new Map();
  /** Versions that no operation has replaced, in no order. */
  live: Version[] = [];
  /** Versions that were replaced, newest first. */
  old: Version[] = [];
  /** Live versions below, this path not counted. */
  below = 0;
  /** Wall time of the newest change right below, as its author says; for listings. */
  changedAtMs = 0;

  constructor(name: string, parent: PathNode | undefined) {
    this.name = name;
    this.parent = parent;
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
