import { open, readFile, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { AdapterError, systemCode } from "./errors.ts";
import { rootCode, whyNoHome } from "./file-words.ts";
import { HOME_FILE_BYTES_MAX } from "./limits.ts";
import { syncDirectory } from "./sync-directory.ts";

/** What to do about the home, by the system's code. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: "Free some space on that disk, then start again.",
  EDQUOT: "Free some of your space on that disk, then start again.",
  EACCES:
    "Work as the user whose home this is, give yourself the right, or choose another directory with --home DIR.",
  EPERM:
    "Work as the user whose home this is, give yourself the right, or choose another directory with --home DIR.",
  EROFS: "Make that disk writable, or choose a directory on another one with --home DIR.",
  EMFILE: "Close other programs, or raise the limit with 'ulimit -n 4096', then start again.",
  ENFILE: "Close other programs, then start again.",
  EIO: "Look after that disk ('dmesg' may tell more), and bring a copy of the home to safety.",
};

/** An `io` error that names the file and what was tried. */
export function homeIoError(doing: string, path: string, error: unknown): AdapterError {
  const code = rootCode(error);
  const advice =
    ADVICE[code] ?? "Look what lies there, or choose another directory with --home DIR.";
  return new AdapterError("io", `${doing} ${path} failed: ${whyNoHome(error)}. ${advice}`, {
    cause: error,
  });
}

/**
 * Replaces a file as a whole: after a crash there is the old or the new content, never a mixture.
 * Only its owner may read it.
 * @throws AdapterError("io")
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    const handle = await open(temporary, "w", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    throw homeIoError("Writing", path, error);
  }
}

/**
 * The text of a small file, or undefined where there is none.
 * @throws AdapterError("io")
 */
export async function readSmall(path: string): Promise<string | undefined> {
  try {
    if ((await stat(path)).size > HOME_FILE_BYTES_MAX) {
      throw new AdapterError("io", `${path} is larger than any file of Peernet.`);
    }
    return await readFile(path, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    if (error instanceof AdapterError) throw error;
    throw homeIoError("Reading", path, error);
  }
}

/** A JSON object with string keys, or undefined where the text is something else. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return value as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
