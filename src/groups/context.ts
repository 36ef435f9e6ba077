import type { Vouching } from "./log/index.ts";
import type { GroupsOptions } from "./options.ts";

/** What the parts of the room share. */
export interface GroupsContext extends Omit<GroupsOptions, "isLabelTaken" | "events"> {
  readonly vouching: Vouching;
  /** Shows others for whom this device acts. */
  readonly proof: Uint8Array;
  /** Operations that one log may have. */
  readonly opsMax: number;
  /** Operations in one log that do not count. */
  readonly voidOpsMax: number;
}
