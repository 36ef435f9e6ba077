import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "./errors.ts";
import { homeIoError, parseObject, readSmall } from "./home-files.ts";

const NAME = "place.json";

/**
 * Whether a home lies where it lay when it was last used. A file tells which file it is; whoever
 * copies a home, or puts an old copy back, makes another file of it. (On file systems that number
 * files anew now and then, every start may look like a copy: that costs some new keys.)
 * @throws AdapterError("io")
 */
export async function isMoved(directory: string): Promise<boolean> {
  const path = join(directory, NAME);
  const text = await readSmall(path);
  if (text === undefined) return false;
  return parseObject(text)?.["file"] !== (await fileName(path));
}

/**
 * Writes down where the home lies now.
 * @throws AdapterError("io")
 */
export async function keepPlace(directory: string): Promise<void> {
  const path = join(directory, NAME);
  try {
    // Not by a new file in place of the old one: its number is what counts.
    const handle = await open(path, "a", 0o600);
    try {
      const { dev, ino } = await handle.stat({ bigint: true });
      await handle.truncate(0);
      await handle.writeFile(`${JSON.stringify({ file: `${dev}:${ino}` })}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw homeIoError("Writing", path, error);
  }
}

async function fileName(path: string): Promise<string> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return "";
    throw homeIoError("Reading", path, error);
  }
}
