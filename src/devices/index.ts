export { Devices } from "./devices.ts";
export { DevicesError } from "./errors.ts";
export { friendTag } from "./friend-tag.ts";
export { LINK_ENDPOINTS_MAX, REQUEST_LIFE_MS } from "./limits.ts";
export type { LoggedDevice } from "./log/evaluate.ts";
export type { DeviceOrigin } from "./log/op.ts";
export type { DeviceEvent } from "./news.ts";
export type { AddingStatus } from "./pairing/adding.ts";
export { type Joined, Joining, type JoiningEvents } from "./pairing/joining.ts";
export { type DeviceLink, formatDeviceLink, LINK_SECRET_BYTES } from "./pairing/link.ts";
export type { CopiedRecord } from "./pairing/protocol.ts";
export { clearStaged, stagedWrites } from "./pairing/staging.ts";
export type { ApprovalStatus } from "./recovery/approving.ts";
export {
  Collecting,
  type CollectingEvents,
  type GivenShare,
  type Recovered,
} from "./recovery/collecting.ts";
export type { KeptShare } from "./recovery/keeping.ts";
export { type Friend, OWN_SHARES } from "./recovery/sharing.ts";
export type * from "./types.ts";
