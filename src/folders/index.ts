export { folderLocateId } from "./capability.ts";
export { FoldersError, type FoldersErrorCode } from "./errors.ts";
export { Folders, type FoldersEvents, type FoldersOptions } from "./folders.ts";
export { READ_PREFIX, WRITE_PREFIX } from "./link.ts";
export type {
  FolderObjects,
  ObjectGetEvents,
  ObjectPutEvents,
  ObjectSink,
  ObjectSource,
  ObjectTrouble,
} from "./objects.ts";
export { cleanPath, isName } from "./path.ts";
export type { FolderTree } from "./tree.ts";
export type * from "./types.ts";
