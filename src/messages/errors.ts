import { TypedError } from "../base/errors.ts";
import { DiskError } from "../ports/index.ts";

/** Why a message was not taken, or could not be opened. */
export class MessagesError extends TypedError<
  | "empty"
  | "too-long"
  | "bad-characters"
  | "unknown-person"
  | "too-many-waiting"
  | "busy"
  | "disk-full"
  | "disk"
  | "bad-file"
  | "unknown-message"
  | "not-member"
  | "too-many-anchors"
  | "too-many-owners"
  | "not-asked"
  | "bad-terms"
  | "bad-carry-file"
  | "protocol"
  | "unreadable"
> {
  override readonly name = "MessagesError";
}

/** What happened and what to do next, in the words of this room; a foreign error is thrown again. */
export function explain(error: unknown): MessagesError {
  if (error instanceof MessagesError) return error;
  if (error !== null && !(error instanceof TypedError)) throw error;
  const cause = error ?? undefined;
  if (error instanceof DiskError && error.code === "full") {
    const words = "The disk is full, so nothing of this was kept. Free some space and try again.";
    return new MessagesError("disk-full", words, { cause });
  }
  if (error instanceof DiskError) {
    return new MessagesError("disk", "The disk failed, so nothing of this was kept.", { cause });
  }
  return new MessagesError("busy", "This could not be taken now. Try again.", { cause });
}
