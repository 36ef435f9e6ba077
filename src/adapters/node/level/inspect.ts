import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "../errors.ts";
import { readLog } from "./log-records.ts";
import { tableDamage } from "./tables.ts";

/** A place at which the files of a level database are not as they were written. */
export interface LevelDamage {
  readonly file: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
}

const CURRENT = "CURRENT";

/** The logs of a level database, oldest first. */
export async function logNames(directory: string): Promise<readonly string[]> {
  const names = (await namesIn(directory)).filter((name) => /^\d+\.log$/.test(name));
  return names.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
}

/** The tables of a level database. */
export async function tableNames(directory: string): Promise<readonly string[]> {
  return (await namesIn(directory)).filter((name) => /^\d+\.(ldb|sst)$/.test(name));
}

/**
 * Looks through the files of a level database that is not open. LevelDB itself would leave damaged
 * parts of its logs out, and give out damaged parts of its tables, without a word.
 * @param closedBytes length of the newest log when the database was closed in order, if it was: then nothing can be cut short
 * @throws the system's errors
 */
export async function inspectLevel(
  directory: string,
  closedBytes: number | undefined,
): Promise<readonly LevelDamage[]> {
  const damages: LevelDamage[] = [];
  if (await hasLostItsBeginning(directory)) damages.push({ file: CURRENT, offset: 0 });
  let mayBeTorn = true;
  for (const file of (await logNames(directory)).toReversed()) {
    const log = await readFile(join(directory, file));
    const { damagedAt, tornAt } = readLog(log);
    const isEnd = mayBeTorn && log.length !== closedBytes;
    const offset = damagedAt ?? (isEnd ? undefined : tornAt);
    if (offset !== undefined) damages.push({ file, offset });
    // A log was safe on the disk before the one behind it got its first record.
    if (log.length > 0) mayBeTorn = false;
  }
  for (const file of await tableNames(directory)) {
    const offset = tableDamage(await readFile(join(directory, file)));
    if (offset !== undefined) damages.push({ file, offset });
  }
  return damages;
}

/**
 * Whether there are files of a database, but not the one that names the first to read, or it names none:
 * LevelDB would begin a new database there, and remove them.
 */
async function hasLostItsBeginning(directory: string): Promise<boolean> {
  const names = await namesIn(directory);
  if (!names.some((name) => /^(MANIFEST-)?\d+(\.\w+)?$/.test(name))) return false;
  if (!names.includes(CURRENT)) return true;
  const named = /^(MANIFEST-\d+)\n$/.exec(await readFile(join(directory, CURRENT), "latin1"))?.[1];
  return named === undefined || !names.includes(named);
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  }
}
