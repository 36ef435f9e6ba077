import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "../errors.ts";
import { readLog } from "./log-records.ts";
import { VarintReader } from "./snappy.ts";

/** Which tables a manifest of LevelDB says the database consists of. */
export interface Manifest {
  readonly name: string;
  /** Numbers of the tables that are part of the database. */
  readonly tables: ReadonlySet<number>;
  /** Logs of a lower number are in tables already. */
  readonly logNumber: number;
  /** Where it cannot be read, in bytes from its start; undefined where all can. */
  readonly damagedAt: number | undefined;
  /** Where its last record was cut short: undefined where it was not. */
  readonly tornAt: number | undefined;
}

/** Tags of a version edit, db/version_edit.cc of LevelDB's sources. */
const COMPARATOR = 1;
const LOG_NUMBER = 2;
const NEXT_FILE_NUMBER = 3;
const LAST_SEQUENCE = 4;
const COMPACT_POINTER = 5;
const DELETED_FILE = 6;
const NEW_FILE = 7;
const PREVIOUS_LOG_NUMBER = 9;

/** The name of the manifest in use; undefined where none is named. @throws the system's errors */
async function manifestName(directory: string): Promise<string | undefined> {
  const current = (await readIfThere(join(directory, "CURRENT")))?.toString("latin1") ?? "";
  return /^(MANIFEST-\d+)\n$/.exec(current)?.[1];
}

/**
 * Reads the manifest in use. A process that is killed leaves tables behind that are half written
 * or replaced already; only the manifest tells them from those that must be whole.
 * @returns undefined where there is none, or it holds what is no version edit
 * @throws the system's errors
 */
export async function readManifest(directory: string): Promise<Manifest | undefined> {
  const name = await manifestName(directory);
  if (name === undefined) return undefined;
  const bytes = await readIfThere(join(directory, name));
  if (bytes === undefined) return undefined;
  const { records, damagedAt, tornAt } = readLog(bytes);
  const state: State = { tables: new Set(), logNumber: 0 };
  for (const record of records) if (!applyEdit(record, state)) return undefined;
  return { name, ...state, damagedAt, tornAt };
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** What version edits come to. */
interface State {
  readonly tables: Set<number>;
  logNumber: number;
}

/** Applies one version edit; false where it cannot be read. */
function applyEdit(edit: Uint8Array, state: State): boolean {
  const reader = new VarintReader(edit);
  const skipText = (): void => {
    const sizeBytes = reader.next();
    reader.at += sizeBytes;
    if (reader.at > edit.length) reader.isBroken = true;
  };
  while (reader.at < edit.length && !reader.isBroken) {
    switch (reader.next()) {
      case COMPARATOR:
        skipText();
        break;
      case LOG_NUMBER:
        state.logNumber = reader.next();
        break;
      case NEXT_FILE_NUMBER:
      case LAST_SEQUENCE:
      case PREVIOUS_LOG_NUMBER:
        reader.next();
        break;
      case COMPACT_POINTER:
        reader.next();
        skipText();
        break;
      case DELETED_FILE:
        reader.next();
        state.tables.delete(reader.next());
        break;
      case NEW_FILE:
        reader.next();
        state.tables.add(reader.next());
        reader.next();
        skipText();
        skipText();
        break;
      default:
        return false;
    }
  }
  return !reader.isBroken;
}
