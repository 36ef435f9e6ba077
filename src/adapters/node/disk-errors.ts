import { DiskError } from "../../ports/index.ts";
import { systemCode } from "./errors.ts";
import { whyNoHome } from "./file-words.ts";

/** Codes by which a system says that nothing more fits. */
const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** The port's error for whatever a file operation threw. */
export function diskError(error: unknown, where: string): DiskError {
  if (error instanceof DiskError) return error;
  if (FULL.has(systemCode(error))) {
    return new DiskError(
      "full",
      `No space is left for ${where}. Free some space on that disk, or lower the quota; Peernet goes on by itself then.`,
      { cause: error },
    );
  }
  return new DiskError(
    "io",
    `Reading or writing ${where} failed: ${whyNoHome(error)}. Check the disk and the directory's permissions.`,
    { cause: error },
  );
}

/** The error of every call after `close`. */
export function closedError(where: string): DiskError {
  return new DiskError("closed", `${where} has been closed.`);
}

/** Runs a callback later, on the event loop, where a defect in it ends the process and hides nowhere. */
export function later(callback: () => void): void {
  setImmediate(callback);
}
