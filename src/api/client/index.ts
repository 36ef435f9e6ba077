export type * from "../contract.ts";
export { FOLDER_MEDIA_TYPE, MEDIA_TYPE_HEADER, PREVIEW_HEADER } from "../contract.ts";
export type * from "../contract-folders.ts";
export type * from "../contract-gateway.ts";
export type * from "../contract-mounts.ts";
export type * from "../contract-store.ts";
export { ApiClient, ClientError, type ClientOptions, type ObjectWriteOptions } from "./client.ts";
export type { PeerEvent } from "./events.ts";
export type { FileWriteOptions, FoldersClient } from "./folders-client.ts";
