import type { FileTree } from "../../src/ports/file-tree.ts";
import { MemoryFileTree } from "../../src/testing/index.ts";

/** A tree in memory that answers later. */
export function memoryTree(): MemoryFileTree {
  return new MemoryFileTree((action) => setImmediate(action), Date.now);
}

/** A tree that does what another one does, but for some calls. */
export function treeWith(change: Partial<FileTree>, tree: FileTree = memoryTree()): FileTree {
  const names = ["list", "stat", "read", "write", "remove", "makeFolder", "move", "copy"] as const;
  const calls = Object.fromEntries(names.map((name) => [name, tree[name].bind(tree)]));
  return { ...(calls as unknown as FileTree), ...change };
}

/** Waits for something that will come. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
