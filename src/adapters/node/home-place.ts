import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "./errors.ts";
import { homeIoError, parseObject, readSmall } from "./home-files.ts";

const NAME = "place.json";
/** Written along with the other one; when the system last changed it is what counts. */
const MARK = "place.mark";

/**
 * Whether a home lies where it lay when it was last used. A file tells which file it is, and when another
 * one was last changed: whoever copies a home makes other files, and whoever puts an old copy back over
 * it changes them, which no program can hide. (On file systems that number files anew now and
 * then, every start may look like a copy: that costs some new keys.)
 * @throws AdapterError("io")
 */
export async function isMoved(directory: string): Promise<boolean> {
  const path = join(directory, NAME);
  const text = await readSmall(path);
  if (text === undefined) return false;
  const place = parseObject(text);
  if (place?.["file"] !== (await factsOf(path)).file) return true;
  const { changed } = await factsOf(join(directory, MARK));
  // Written by a Peernet that had no mark yet.
  return place["changed"] !== undefined && place["changed"] !== changed;
}

/**
 * Writes down where the home lies now.
 * @throws AdapterError("io")
 */
export async function keepPlace(directory: string): Promise<void> {
  const path = join(directory, NAME);
  const mark = join(directory, MARK);
  await writeInPlace(mark, "");
  const { changed } = await factsOf(mark);
  await writeInPlace(path, "");
  const { file } = await factsOf(path);
  await writeInPlace(path, `${JSON.stringify({ file, changed })}\n`);
}

/**
 * From here on the home counts as a copy, until its place is kept again: what it knows may be old.
 * @throws AdapterError("io")
 */
export async function forgetPlace(directory: string): Promise<void> {
  await writeInPlace(join(directory, NAME), `${JSON.stringify({ file: "" })}\n`);
}

/** Not by a new file in place of the old one: its number is what counts. */
async function writeInPlace(path: string, text: string): Promise<void> {
  try {
    const handle = await open(path, "a", 0o600);
    try {
      await handle.truncate(0);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw homeIoError("Writing", path, error);
  }
}

async function factsOf(path: string): Promise<{ readonly file: string; readonly changed: string }> {
  try {
    const { dev, ino, ctimeNs } = await stat(path, { bigint: true });
    return { file: `${dev}:${ino}`, changed: `${ctimeNs}` };
  } catch (error) {
    if (systemCode(error) === "ENOENT") return { file: "", changed: "" };
    throw homeIoError("Reading", path, error);
  }
}
