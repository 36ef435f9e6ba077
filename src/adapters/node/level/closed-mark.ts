import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ClosedMark, logNames } from "./inspect.ts";

/** LevelDB leaves files alone that it does not know. */
const NAME = "closed";

/** Notes that a level database was closed in order, and how long its newest log is. */
export async function writeClosedMark(directory: string): Promise<void> {
  const newest = (await logNames(directory)).at(-1);
  if (newest === undefined) return;
  const { size } = await stat(join(directory, newest));
  await writeFile(join(directory, NAME), `${newest} ${size}\n`, { flush: true });
}

/** Reads what was noted when the database was closed in order; undefined where it was not. */
export async function readClosedMark(directory: string): Promise<ClosedMark | undefined> {
  const text = await readFile(join(directory, NAME), "utf8").catch(() => "");
  const [, log, size] = /^(\d+\.log) (\d+)\n$/.exec(text) ?? [];
  return log === undefined ? undefined : { log, sizeBytes: Number(size) };
}

/** From here on the database is open. */
export async function removeClosedMark(directory: string): Promise<void> {
  await rm(join(directory, NAME), { force: true });
}
