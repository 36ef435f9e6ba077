export { allBlocks, getBlock, putBlock, removeBlocks } from "./block-calls.ts";
export { type BlockStoreSubject, blockStoreSuite } from "./block-store-suite.ts";
export { readTreeFile, treeAnswer, treeErrorOf, writeTreeFile } from "./file-tree-calls.ts";
export { type FileTreeSubject, fileTreeSuite } from "./file-tree-suite.ts";
export { ManualClock, testIdentity, testRandom } from "./fixtures.ts";
export { MemoryFileTree } from "./memory-file-tree.ts";
export { type RecordStoreSubject, recordStoreSuite } from "./record-store-suite.ts";
export type { TestApi } from "./suite-api.ts";
export { type TransportPair, transportSuite } from "./transport-suite.ts";
