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
  | "protocol"
  | "busy"
  | "disk-full"
  | "disk";

/** What the room of groups refuses. */
export class GroupsError extends TypedError<GroupsErrorCode> {
  override readonly name = "GroupsError";
}
