export type * from "../contract.ts";
export { PREVIEW_HEADER } from "../contract.ts";
export type * from "../contract-gateway.ts";
export { ApiClient, ClientError, type ClientOptions } from "./client.ts";
export type { PeerEvent } from "./events.ts";
