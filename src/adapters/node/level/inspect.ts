import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "../errors.ts";
import { readLog } from "./log-records.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { tableDamage } from "./tables.ts";

/** A place at which the files of a level database are not as they were written. */
export interface LevelDamage {
  readonly file: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
}

const CURRENT = "CURRENT";
const OF_A_DATABASE = /^(MANIFEST-)?\d+(\.\w+)?$/;

/** The logs of a level database, oldest first. */
export async function logNames(directory: string): Promise<readonly string[]> {
  const names = (await namesIn(directory)).filter((name) => /^\d+\.log$/.test(name));
  return names.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
}

/**
 * The tables that a level database consists of. Others may lie beside them, half written or replaced
 * already when the process was killed: LevelDB removes those. Where the manifest cannot be read, all.
 */
export async function tableNames(directory: string): Promise<readonly string[]> {
  const all = (await namesIn(directory)).filter((name) => /^\d+\.(ldb|sst)$/.test(name));
  const manifest = await readManifest(directory);
  if (manifest === undefined || manifest.damagedAt !== undefined) return all;
  return all.filter((name) => manifest.tables.has(Number.parseInt(name, 10)));
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
  const files = (await namesIn(directory)).filter((name) => OF_A_DATABASE.test(name));
  const manifest = await readManifest(directory);
  if (manifest !== undefined) damages.push(...manifestDamages(manifest, closedBytes !== undefined));
  // LevelDB would begin a new database there, and remove them.
  else if (files.length > 0) damages.push({ file: CURRENT, offset: 0 });
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

/** After an orderly end the manifest has no half record either. */
function manifestDamages(manifest: Manifest, isClosed: boolean): LevelDamage[] {
  const { name: file, damagedAt, tornAt } = manifest;
  const offset = damagedAt ?? (isClosed ? tornAt : undefined);
  return offset === undefined ? [] : [{ file, offset }];
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  }
}
