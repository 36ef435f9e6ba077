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

/** What is noted when a level database is closed in order. */
export interface ClosedMark {
  /** Its newest log. */
  readonly log: string;
  /** How long that was. */
  readonly sizeBytes: number;
}

const CURRENT = "CURRENT";
/** What holds records. A first start that is killed before CURRENT is there leaves a manifest, and none of these. */
const OF_RECORDS = /^\d+\.(log|ldb|sst)$/;

/** The logs of a level database, oldest first. */
export async function logNames(directory: string): Promise<readonly string[]> {
  const names = (await namesIn(directory)).filter((name) => /^\d+\.log$/.test(name));
  return names.sort((a, b) => numberOf(a) - numberOf(b));
}

function numberOf(name: string): number {
  return Number.parseInt(name, 10);
}

/**
 * The tables that a level database consists of. Others may lie beside them, half written or replaced
 * already when the process was killed: LevelDB removes those. Where the manifest cannot be read, all.
 */
export async function tableNames(directory: string): Promise<readonly string[]> {
  const all = (await namesIn(directory)).filter((name) => /^\d+\.(ldb|sst)$/.test(name));
  const manifest = await readManifest(directory);
  if (manifest === undefined || manifest.damagedAt !== undefined) return all;
  return all.filter((name) => manifest.tables.has(numberOf(name)));
}

/**
 * Looks through the files of a level database that is not open. LevelDB itself would leave damaged
 * parts of its logs out, and give out damaged parts of its tables, without a word.
 * @param mark what was noted when the database was closed in order, if it was: then nothing can be cut short
 * @throws the system's errors
 */
export async function inspectLevel(
  directory: string,
  mark: ClosedMark | undefined,
): Promise<readonly LevelDamage[]> {
  const damages: LevelDamage[] = [];
  const names = await namesIn(directory);
  const logs = await logNames(directory);
  const manifest = await readManifest(directory);
  const closed = isOutdated(mark, manifest, logs) ? undefined : mark;
  if (manifest !== undefined) damages.push(...manifestDamages(manifest, closed !== undefined));
  // LevelDB would begin a new database there, and remove them.
  else if (names.some((name) => name === CURRENT || OF_RECORDS.test(name))) {
    damages.push({ file: CURRENT, offset: 0 });
  }
  if (closed !== undefined && !logs.includes(closed.log)) {
    damages.push({ file: closed.log, offset: 0 });
  }
  let mayBeTorn = closed === undefined;
  for (const file of logs.toReversed()) {
    const log = await readFile(join(directory, file));
    const { damagedAt, tornAt } = readLog(log);
    const offset = damagedAt ?? (mayBeTorn ? undefined : tornAt) ?? cutAt(file, log, closed);
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

/** Whether the database was opened again since: then a newer log was begun, or the manifest is done with this one. */
function isOutdated(
  mark: ClosedMark | undefined,
  manifest: Manifest | undefined,
  logs: readonly string[],
): boolean {
  if (mark === undefined) return true;
  const number = numberOf(mark.log);
  const newest = logs.at(-1);
  const isBehind = newest !== undefined && numberOf(newest) > number;
  return isBehind || (manifest !== undefined && manifest.logNumber > number);
}

/** Where a log is not as long as it was at an orderly end; undefined where it is. */
function cutAt(
  file: string,
  { length }: Uint8Array,
  closed: ClosedMark | undefined,
): number | undefined {
  if (file !== closed?.log || length === closed.sizeBytes) return undefined;
  return Math.min(length, closed.sizeBytes);
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
