import type { FolderCore } from "./core.ts";
import { FoldersError } from "./errors.ts";
import { treeErrorOf } from "./trouble.ts";

const OUT_WORDS =
  "This device was revoked: nobody takes changes from it any more, so it makes none. Use another one.";

/** @throws FoldersError("read-only") on a device that was revoked, whose changes nobody takes */
export function checkStanding({ context }: Pick<FolderCore, "context">): void {
  if (context.isOut?.() === true) throw new FoldersError("read-only", OUT_WORDS);
}

/** @throws FileTreeError("read-only") where nothing in the folder can be changed from here */
export function checkMayWrite(core: Pick<FolderCore, "keys" | "context">, path: string): void {
  if (core.keys.write === undefined) throw treeErrorOf("read-only", path);
  try {
    checkStanding(core);
  } catch (error) {
    if (!(error instanceof FoldersError)) throw error;
    throw treeErrorOf(error, path);
  }
}
