import type { PeerResources } from "../../adapters/node/resources.ts";
import { Mounts } from "../../adapters/node/webdav/mounts.ts";
import type { ApiContext } from "../../api/index.ts";
import { must, TypedError } from "../../base/errors.ts";
import type { Peer } from "../../peer/index.ts";
import {
  type FileTree,
  FileTreeError,
  type TreeCallback,
  type TreeEntry,
  type TreeRange,
  type TreeReadEvents,
  type TreeReader,
  type TreeWriteEvents,
  type TreeWriteOptions,
  type TreeWriter,
} from "../../ports/index.ts";

/**
 * Opens what was mounted before.
 * @throws DiskError
 */
export async function openMounts(
  { peer, poke }: Pick<ApiContext, "peer" | "poke">,
  resources: PeerResources,
): Promise<Mounts> {
  const mounts = await Mounts.open({
    records: must(resources.records, "the disks are open before the API"),
    log: resources.log,
    poke,
    find: (folder) => {
      const { id, name } = peer.folders.info(folder);
      return { id, name, tree: new FolderById(peer, id) };
    },
  });
  resources.mounts = mounts;
  return mounts;
}

/**
 * The files of a folder, whatever becomes of it: one that was joined again, now for writing, has
 * another tree; one that was forgotten has none.
 */
class FolderById implements FileTree {
  readonly #peer: Pick<Peer, "folders">;
  readonly #id: string;

  constructor(peer: Pick<Peer, "folders">, id: string) {
    this.#peer = peer;
    this.#id = id;
  }

  list(path: string, done: TreeCallback<readonly TreeEntry[]>): void {
    this.#call(done, (tree) => tree.list(path, done));
  }

  stat(path: string, done: TreeCallback<TreeEntry>): void {
    this.#call(done, (tree) => tree.stat(path, done));
  }

  read(path: string, range: TreeRange, events: TreeReadEvents): TreeReader {
    const tree = this.#tree();
    if (!(tree instanceof FileTreeError)) return tree.read(path, range, events);
    const failing = setImmediate(() => events.onError(tree));
    return { pause() {}, resume() {}, abort: () => clearImmediate(failing) };
  }

  write(path: string, options: TreeWriteOptions, events: TreeWriteEvents): TreeWriter {
    const tree = this.#tree();
    if (!(tree instanceof FileTreeError)) return tree.write(path, options, events);
    const failing = setImmediate(() => events.onError(tree));
    return { write: () => true, finish() {}, abort: () => clearImmediate(failing) };
  }

  remove(path: string, done: TreeCallback<void>): void {
    this.#call(done, (tree) => tree.remove(path, done));
  }

  makeFolder(path: string, done: TreeCallback<void>): void {
    this.#call(done, (tree) => tree.makeFolder(path, done));
  }

  move(from: string, to: string, overwrite: boolean, done: TreeCallback<void>): void {
    this.#call(done, (tree) => tree.move(from, to, overwrite, done));
  }

  copy(from: string, to: string, overwrite: boolean, done: TreeCallback<void>): void {
    this.#call(done, (tree) => tree.copy(from, to, overwrite, done));
  }

  #call<T>(done: TreeCallback<T>, call: (tree: FileTree) => void): void {
    const tree = this.#tree();
    if (tree instanceof FileTreeError) done(tree, undefined);
    else call(tree);
  }

  #tree(): FileTree | FileTreeError {
    try {
      return this.#peer.folders.tree(this.#id);
    } catch (cause) {
      if (!(cause instanceof TypedError)) throw cause;
      return new FileTreeError("not-found", cause.message, { cause });
    }
  }
}
