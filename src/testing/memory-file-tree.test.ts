import { describe, expect, test } from "vitest";
import { fileTreeSuite } from "./file-tree-suite.ts";
import { MemoryFileTree } from "./memory-file-tree.ts";

fileTreeSuite({ describe, test, expect }, "memory", async () => ({
  tree: new MemoryFileTree(setImmediate),
  dispose: async () => undefined,
}));
