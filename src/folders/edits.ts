import type { TreeWriteOptions } from "../ports/index.ts";
import type { FolderCore } from "./core.ts";
import { CALL_VERSIONS_MAX, REPLACES_MAX } from "./limits.ts";
import { checkPath, type Found, type Lookup, refuse } from "./lookup.ts";
import { isFolderVersion, type PathNode } from "./node.ts";
import type { Operation } from "./operation.ts";
import { isWithin, parentOf } from "./path.ts";
import { type FileContent, type Version, type VersionId, versionName } from "./version.ts";

/** What a file is to hold: parts, or bytes that are small enough for the entry. */
export interface NewFile {
  readonly file: FileContent;
  readonly inline?: Uint8Array;
}

/** A live version and its path below what is moved, copied or removed. */
interface Leaf {
  /** Empty for what is moved itself; else begins with a slash. */
  readonly rest: string;
  readonly version: Version;
}

/** Turns what a caller wants into operations, from the folder as it is at that moment. */
export class Edits {
  readonly #core: FolderCore;
  readonly #lookup: Lookup;

  constructor(core: FolderCore, lookup: Lookup) {
    this.#core = core;
    this.#lookup = lookup;
  }

  /** Whether a write may go ahead. @throws FileTreeError */
  checkWrite(path: string, options: TreeWriteOptions): Found | undefined {
    return this.#checkClean(this.#checkNotRoot(path), path, options);
  }

  #checkClean(
    clean: string,
    path: string,
    { ifMatch, ifAbsent }: TreeWriteOptions,
  ): Found | undefined {
    this.#lookup.checkParent(clean);
    const there = this.#lookup.findClean(clean);
    if (ifMatch !== undefined) {
      const isSame = there?.kind === "file" && versionName(there.version.id) === ifMatch;
      if (!isSame) refuse("conflict", path);
    }
    if (ifAbsent === true && there !== undefined) refuse("exists", path);
    if (there?.kind === "folder") refuse("not-file", path);
    return there;
  }

  /**
   * Puts a file. It replaces the version that the name shows, and no other: who wrote at the same
   * time keeps theirs. `resolves`: it replaces them all. @throws FileTreeError
   */
  write(path: string, options: TreeWriteOptions, file: NewFile, resolves = false): Operation[] {
    const clean = this.#checkNotRoot(path);
    const there = this.#checkClean(clean, path, options);
    if (there?.kind !== "file") return [putOf(clean, NONE, file)];
    if (there.isAlias) {
      const removal = removals(there.node.path, [there.version.id]);
      return [putOf(clean, NONE, file), ...removal];
    }
    const replaced = resolves ? there.node.files : [there.version];
    const ids = replaced.map(({ id }) => id);
    const replaces = ids.slice(0, REPLACES_MAX);
    return [putOf(clean, replaces, file), ...removals(clean, ids.slice(REPLACES_MAX))];
  }

  /** Makes a folder. @throws FileTreeError */
  makeFolder(path: string): Operation[] {
    const clean = checkPath(path);
    if (this.#lookup.find(clean) !== undefined) refuse("exists", path);
    this.#lookup.checkParent(clean);
    return [{ kind: "put", path: clean, replaces: [], file: undefined }];
  }

  /** Makes a folder where none is. @throws FileTreeError */
  ensureFolder(path: string): Operation[] {
    return this.#lookup.find(path)?.kind === "folder" ? [] : this.makeFolder(path);
  }

  /** Removes what the path shows, a folder with all that is in it. @throws FileTreeError */
  remove(path: string): Operation[] {
    this.#checkNotRoot(path);
    return this.#removeAll(this.#lookup.get(path));
  }

  /** Gives a file or folder another path. @throws FileTreeError */
  move(from: string, to: string, overwrite: boolean): Operation[] {
    if (checkPath(from) === checkPath(to)) {
      this.#lookup.get(from);
      return [];
    }
    const copied = this.copy(from, to, overwrite);
    return [...copied, ...this.#removeAll(this.#lookup.get(from))];
  }

  /** Puts a file or folder at a second path; its bytes stay where they are. @throws FileTreeError */
  copy(from: string, to: string, overwrite: boolean): Operation[] {
    const [source, target] = [this.#checkNotRoot(from), this.#checkNotRoot(to)];
    const found = this.#lookup.get(source);
    if (isWithin(source, target) || isWithin(target, source)) refuse("bad-path", to);
    const there = this.#lookup.find(target);
    if (there !== undefined && !overwrite) refuse("exists", to);
    this.#lookup.checkParent(target);
    const leaves = this.#leaves(found);
    // A path that grows too long for its new place is found before anything is written.
    for (const { rest } of leaves) checkPath(target + rest);
    return [
      ...(there === undefined ? [] : this.#removeAll(there)),
      ...leaves.map(({ rest, version: { file } }): Operation => {
        return { kind: "put", path: target + rest, replaces: [], file };
      }),
    ];
  }

  /** Lets an old version, or one of several, be what the path holds from now on. */
  restore(path: string, id: VersionId): Operation[] {
    const clean = this.#checkNotRoot(path);
    const node = this.#core.state.find(clean);
    const isIt = (version: Version): boolean => versionName(version.id) === versionName(id);
    const version = [...(node?.live ?? []), ...(node?.old ?? [])].find(isIt);
    if (node === undefined || version?.file === undefined) refuse("not-found", path);
    // A folder that was removed comes back with what is restored into it.
    if (this.#lookup.find(parentOf(clean))?.kind === "file") refuse("not-folder", path);
    const ids = node.files.map((each) => each.id);
    const replaces = ids.slice(0, REPLACES_MAX);
    return [
      { kind: "put", path: clean, replaces, file: version.file },
      ...removals(clean, ids.slice(REPLACES_MAX)),
    ];
  }

  #removeAll(found: Found): Operation[] {
    if (found.kind === "file") return removals(found.node.path, [found.version.id]);
    const byPath = new Map<string, VersionId[]>();
    for (const { rest, version } of this.#leaves(found)) {
      const ids = byPath.get(rest) ?? [];
      byPath.set(rest, ids);
      ids.push(version.id);
    }
    const base = found.node.path;
    return [...byPath].flatMap(([rest, ids]) => removals(base + rest, ids));
  }

  /** All live versions of what was found, folders before what is in them. */
  #leaves(found: Found): readonly Leaf[] {
    if (found.kind === "file") return [{ rest: "", version: found.version }];
    const leaves: Leaf[] = [];
    const visit = (node: PathNode, rest: string): void => {
      if (leaves.length > CALL_VERSIONS_MAX) refuse("too-large", found.name);
      for (const version of node.live) {
        // A file that is in conflict with the folder itself is not part of the folder.
        if (rest !== "" || isFolderVersion(version)) leaves.push({ rest, version });
      }
      for (const child of node.children()) {
        if (child.isThere) visit(child, `${rest}/${child.name}`);
      }
    };
    visit(found.node, "");
    if (leaves.length > CALL_VERSIONS_MAX) refuse("too-large", found.name);
    return leaves;
  }

  #checkNotRoot(path: string): string {
    const clean = checkPath(path);
    return clean === "" ? refuse("bad-path", path) : clean;
  }
}

const NONE: readonly VersionId[] = [];

/** Member by member: spread, V8 copies each member by its name. */
function putOf(path: string, replaces: readonly VersionId[], { file, inline }: NewFile): Operation {
  if (inline === undefined) return { kind: "put", path, replaces, file };
  return { kind: "put", path, replaces, file, inline };
}

/** Operations that remove versions of one path, however many. */
function removals(path: string, ids: readonly VersionId[]): Operation[] {
  const operations: Operation[] = [];
  for (let at = 0; at < ids.length; at += REPLACES_MAX) {
    operations.push({ kind: "remove", path, replaces: ids.slice(at, at + REPLACES_MAX) });
  }
  return operations;
}
