import type { TypedError } from "../base/errors.ts";
import { DiskError, FileTreeError, type FileTreeErrorCode } from "../ports/index.ts";
import { FoldersError } from "./errors.ts";
import { refuse } from "./lookup.ts";

/** Any trouble of the room, or a word for it, as a caller of a file tree is told of it. */
export function treeErrorOf(trouble: TypedError | FileTreeErrorCode, path: string): FileTreeError {
  if (trouble instanceof FileTreeError) return trouble;
  if (typeof trouble !== "string") {
    const told = new FileTreeError(codeOf(trouble), trouble.message, { cause: trouble });
    return told;
  }
  try {
    refuse(trouble, path);
  } catch (error) {
    if (error instanceof FileTreeError) return error;
    throw error;
  }
}

function codeOf(error: TypedError): FileTreeErrorCode {
  if (error instanceof FoldersError) {
    const { code } = error;
    if (code === "full" || code === "busy" || code === "read-only") return code;
    return "broken";
  }
  return error instanceof DiskError && error.code === "full" ? "full" : "broken";
}
