import { TypedError } from "../base/errors.ts";

/** What may go wrong with folders as a whole; what goes wrong with a path is a `FileTreeError`. */
export type FoldersErrorCode =
  | "bad-link"
  | "bad-name"
  | "not-found"
  | "exists"
  | "read-only"
  | "full"
  | "busy"
  | "disk"
  | "protocol"
  | "forked"
  | "gap"
  | "bad-entry";

/** What the room of folders refuses. */
export class FoldersError extends TypedError<FoldersErrorCode> {
  override readonly name = "FoldersError";
}
