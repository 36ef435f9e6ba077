import { FileTreeError, type FileTreeErrorCode, type TreeEntry } from "../ports/index.ts";
import { ALIAS_MARK, type Alias, aliasesOf, fitWriter } from "./conflict-name.ts";
import type { FolderCore } from "./core.ts";
import type { PathNode } from "./node.ts";
import { cleanPath, nameOf, parentOf } from "./path.ts";
import {
  type FileContent,
  isSameId,
  sizeOf,
  type Version,
  type VersionId,
  versionName,
} from "./version.ts";

/** What has a path. */
export type Found =
  | { readonly kind: "folder"; readonly node: PathNode; readonly name: string }
  | {
      readonly kind: "file";
      readonly node: PathNode;
      readonly name: string;
      readonly version: Version;
      readonly file: FileContent;
      /** Others were written at the same time. */
      readonly isConflict: boolean;
      /** The name is not the path's own but made up to tell versions apart. */
      readonly isAlias: boolean;
    };

/** Answers what is at a path of one folder, versions in conflict included. */
export class Lookup {
  readonly #core: FolderCore;

  constructor(core: FolderCore) {
    this.#core = core;
  }

  /** What has this path. @throws FileTreeError("not-found" | "bad-path") */
  get(path: string): Found {
    return this.find(path) ?? refuse("not-found", path);
  }

  /** What has this path, if anything. @throws FileTreeError("bad-path") */
  find(path: string): Found | undefined {
    return this.findClean(checkPath(path));
  }

  /** The same of a path that was checked. */
  findClean(clean: string): Found | undefined {
    const node = this.#core.state.find(clean);
    if (node?.isThere === true) return shown(node);
    return nameOf(clean).includes(ALIAS_MARK) ? this.#findAlias(clean) : undefined;
  }

  /** A version of a file by its id, whatever the path shows by now. @throws FileTreeError("bad-path") */
  version(path: string, id: VersionId): Found | undefined {
    const node = this.#core.state.find(checkPath(path));
    const isIt = (version: Version): boolean => isSameId(version.id, id);
    const version = node?.live.find(isIt) ?? node?.old.find(isIt);
    if (node === undefined || version?.file === undefined) return undefined;
    const { file } = version;
    const { name, isConflicted: isConflict } = node;
    return { kind: "file", node, name, version, file, isConflict, isAlias: false };
  }

  /** All that a folder shows, in order of names. @throws FileTreeError */
  list(path: string): readonly Found[] {
    const folder = this.get(path);
    if (folder.kind !== "folder") refuse("not-folder", path);
    const found: Found[] = [];
    for (const child of folder.node.children()) {
      if (!child.isThere) continue;
      found.push(shown(child));
      if (child.isConflicted) found.push(...this.#aliases(child).map((a) => hidden(child, a)));
    }
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * The folder in which a path is to be.
   * @param path in clean form
   * @throws FileTreeError("no-parent" | "not-folder")
   */
  checkParent(path: string): void {
    const above = parentOf(path);
    // What it would be found as takes longer, and most files go where others are.
    if (this.#core.state.find(above)?.isFolder === true) return;
    const parent = this.findClean(above);
    if (parent === undefined) refuse("no-parent", path);
    if (parent.kind !== "folder") refuse("not-folder", path);
  }

  /** What the owner of a log is called. */
  writerOf(log: string): string {
    const { logs, context } = this.#core;
    const author = logs.get(log)?.author;
    const name = author === undefined ? undefined : context.nameOf(author);
    return name === undefined ? `device ${log.slice(0, 6)}` : fitWriter(name);
  }

  #aliases(node: PathNode): readonly Alias[] {
    return aliasesOf(node, (log) => this.writerOf(log));
  }

  #findAlias(path: string): Found | undefined {
    const parent = this.#core.state.find(parentOf(path));
    const name = nameOf(path);
    for (const node of this.#core.state.conflicted) {
      if (node.parent !== parent) continue;
      const alias = this.#aliases(node).find((each) => each.name === name);
      if (alias !== undefined) return hidden(node, alias);
    }
    return undefined;
  }
}

/** @throws FileTreeError */
export function refuse(code: FileTreeErrorCode, path: string): never {
  throw new FileTreeError(
    code,
    `${path === "" ? "The folder itself" : `'${path}'`} ${WORDS[code]}`,
  );
}

const WORDS: Readonly<Record<FileTreeErrorCode, string>> = {
  "not-found": "is not there.",
  exists: "is there already.",
  "not-folder": "is not in a folder, or is none itself: a file has that name.",
  "not-file": "is a folder, not a file.",
  "no-parent": "has no folder to be in. Make that folder first.",
  "bad-path": "cannot be the name or place of a file here.",
  conflict: "was changed by somebody else meanwhile. Look at it again.",
  "bad-range": "has no bytes there: the range begins behind its end.",
  full: "does not fit: the disk is full ('peernet doctor' says how much is left), or a limit of the folder is reached.",
  "too-large": "is too much for one call. Do it in parts.",
  busy: "has to wait: too much is going on. Try again soon.",
  unreachable: "is here by name only: nobody within reach has its bytes now.",
  "read-only": "may not be changed: your link lets you read this folder only.",
  broken: "can no longer be read: its bytes are damaged or the folder is closed.",
};

/** The path in clean form. @throws FileTreeError("bad-path") */
export function checkPath(path: string): string {
  return cleanPath(path) ?? refuse("bad-path", path);
}

function shown(node: PathNode): Found {
  const { name } = node;
  const [version] = node.files;
  if (node.isFolder || version?.file === undefined) return { kind: "folder", node, name };
  const isConflict = node.isConflicted;
  return { kind: "file", node, name, version, file: version.file, isConflict, isAlias: false };
}

function hidden(node: PathNode, { name, version }: Alias): Found {
  const file = version.file ?? { modifiedAtMs: 0, mediaType: "", parts: [] };
  return { kind: "file", node, name, version, file, isConflict: true, isAlias: true };
}

/** What a listing says of it. */
export function entryOf(found: Found): TreeEntry {
  if (found.kind === "folder") {
    const { node, name } = found;
    const { changedAtMs } = node;
    const etag = `d-${changedAtMs}-${node.childCount}-${node.below}`;
    return { name, kind: "folder", sizeBytes: 0, modifiedAtMs: changedAtMs, etag };
  }
  const { name, version, file, isConflict } = found;
  return {
    name,
    kind: "file",
    sizeBytes: sizeOf(file),
    modifiedAtMs: file.modifiedAtMs,
    etag: versionName(version.id),
    ...(file.mediaType === "" ? {} : { mediaType: file.mediaType }),
    ...(isConflict ? { conflict: true } : {}),
  };
}
