import { TypedError } from "../base/errors.ts";

/** Why something about a group was refused. */
export type GroupsErrorCode =
  | "bad-op"
  | "bad-signature"
  | "bad-checkpoint"
  | "gap"
  | "stranger"
  | "full"
  | "bad-name"
  | "bad-link"
  | "expired"
  | "exists"
  | "not-found"
  | "not-member"
  | "not-allowed"
  | "unknown-person"
  | "forked"
  | "stale"
  | "protocol"
  | "busy"
  | "disk-full"
  | "disk";

/** What the room of groups refuses. */
export class GroupsError extends TypedError<GroupsErrorCode> {
  override readonly name = "GroupsError";
}

/** What a peer is told that sends what nobody asked for. */
export function notDue(): GroupsError {
  return new GroupsError("protocol", "A frame came that was not due.");
}
