export type { Clock, Timed } from "./clock.ts";
export {
  BLOCK_BYTES_MAX,
  type BlockStore,
  type BlockToPut,
  type DiskCallback,
  DiskError,
  type RecordStore,
  type RecordWrite,
} from "./disk.ts";
export {
  type FileTree,
  FileTreeError,
  type FileTreeErrorCode,
  type TreeCallback,
  type TreeEntry,
  type TreeRange,
  type TreeReadEvents,
  type TreeReader,
  type TreeWriteEvents,
  type TreeWriteOptions,
  type TreeWriter,
} from "./file-tree.ts";
export { type Log, type LogFields, SILENT_LOG } from "./log.ts";
export type { Random } from "./random.ts";
export { type Scanned, scanAll } from "./scan-all.ts";
export type { Endpoint, Transport, TransportEvents } from "./transport.ts";
