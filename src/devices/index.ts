export { Devices } from "./devices.ts";
export { DevicesError } from "./errors.ts";
export type { LoggedDevice } from "./log/evaluate.ts";
export type { DeviceOrigin } from "./log/op.ts";
export type { DeviceEvent } from "./news.ts";
export type * from "./types.ts";
