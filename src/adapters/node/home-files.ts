import { open, readFile, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { AdapterError, errorText, systemCode } from "./errors.ts";
import { HOME_FILE_BYTES_MAX } from "./limits.ts";
import { syncDirectory } from "./sync-directory.ts";

/** An `io` error that names the file and what was tried. */
export function homeIoError(doing: string, path: string, error: unknown): AdapterError {
  const code = systemCode(error);
  const advice =
    code === "ENOSPC"
      ? "Free some space on that disk."
      : code === "EACCES" || code === "EPERM" || code === "EROFS"
        ? "Make the directory writable for you, or choose another one with --home DIR."
        : "Check the disk and the directory.";
  return new AdapterError("io", `${doing} ${path} failed (${errorText(error)}). ${advice}`, {
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
