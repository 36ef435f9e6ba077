import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { logNames } from "./inspect.ts";

/** LevelDB leaves files alone that it does not know. */
const NAME = "closed";

/** Notes that a level database was closed in order, and how long its newest log is. */
export async function writeClosedMark(directory: string): Promise<void> {
  const newest = (await logNames(directory)).at(-1);
  if (newest === undefined) return;
  const { size } = await stat(join(directory, newest));
  await writeFile(join(directory, NAME), `${newest} ${size}\n`, { flush: true });
}

/** The length that the newest log had when the database was closed in order; undefined where it was not. */
export async function readClosedMark(directory: string): Promise<number | undefined> {
  const text = await readFile(join(directory, NAME), "utf8").catch(() => "");
  const [file, size] = text.trim().split(" ");
  const newest = (await logNames(directory)).at(-1);
  return newest !== undefined && file === newest ? Number(size) : undefined;
}

/** From here on the database is open. */
export async function removeClosedMark(directory: string): Promise<void> {
  await rm(join(directory, NAME), { force: true });
}
