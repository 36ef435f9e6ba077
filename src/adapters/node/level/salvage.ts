import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { RecordWrite } from "../../../ports/index.ts";
import { RECORD_GROUP_WRITES_MAX } from "../limits.ts";
import { openLevel } from "../record-database.ts";
import { logNames, tableNames } from "./inspect.ts";
import { readLog } from "./log-records.ts";
import { VarintReader } from "./snappy.ts";
import { pairsOfTable } from "./tables.ts";

/** Number of the write, value or null where the record was removed. */
interface Kept {
  readonly number: bigint;
  readonly value: Uint8Array | null;
}

/** The newest that is known of each record. */
class Readable {
  readonly kept: Map<string, Kept> = new Map();
  readonly #utf8 = new TextDecoder();

  take(key: Uint8Array, number: bigint, value: Uint8Array | null): void {
    const name = this.#utf8.decode(key);
    const before = this.kept.get(name);
    if (before === undefined || before.number <= number) this.kept.set(name, { number, value });
  }

  /** LevelDB's write batch, db/write_batch.cc of its sources: number of the first write, count, writes. */
  takeBatch(batch: Uint8Array): void {
    if (batch.length < 12) return;
    let number = new DataView(batch.buffer, batch.byteOffset).getBigUint64(0, true);
    const reader = new VarintReader(batch, 12);
    const slice = (): Uint8Array => {
      const length = reader.next();
      reader.at += length;
      if (reader.at > batch.length) reader.isBroken = true;
      return batch.slice(reader.at - length, reader.at);
    };
    while (reader.at < batch.length) {
      const isValue = batch[reader.at++] === 1;
      const key = slice();
      const value = isValue ? slice() : null;
      if (reader.isBroken) return;
      this.take(key, number++, value);
    }
  }

  takeTable(table: Uint8Array): void {
    for (const { key, value } of pairsOfTable(table)) {
      const end = key.length - 8;
      if (end < 0) continue;
      const mark = new DataView(key.buffer, key.byteOffset).getBigUint64(end, true);
      const isValue = (mark & 0xffn) === 1n;
      this.take(key.subarray(0, end), mark >> 8n, isValue ? value.slice() : null);
    }
  }
}

/**
 * Makes a level database anew out of what can be read in a damaged one: of each record the newest
 * that is readable, which may be older than the newest that was. The damaged one is kept beside it.
 * A call that was cut short can be made again.
 * @param asideDirectory where the damaged one goes; there must be nothing
 * @returns how many records there are now
 * @throws what the system and classic-level throw; the damaged database is where it was then
 */
export async function salvageLevel(directory: string, asideDirectory: string): Promise<number> {
  const readable = new Readable();
  for (const name of await tableNames(directory)) {
    readable.takeTable(await readFile(join(directory, name)));
  }
  for (const name of await logNames(directory)) {
    for (const batch of readLog(await readFile(join(directory, name))).records) {
      readable.takeBatch(batch);
    }
  }
  const writes: RecordWrite[] = [];
  for (const [key, { value }] of readable.kept) if (value !== null) writes.push({ key, value });
  const fresh = freshOf(directory);
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true, mode: 0o700 });
  const level = await openLevel(fresh);
  try {
    for (let at = 0; at < writes.length; at += RECORD_GROUP_WRITES_MAX) {
      await level.write(writes.slice(at, at + RECORD_GROUP_WRITES_MAX));
    }
  } finally {
    await level.close();
  }
  await rename(directory, asideDirectory);
  await rename(fresh, directory);
  return writes.length;
}

/** Ends what a salvage that was killed had begun: only a finished one has moved the damaged database away. */
export async function finishSalvage(directory: string): Promise<void> {
  const fresh = freshOf(directory);
  if (!existsSync(fresh)) return;
  if (existsSync(directory)) await rm(fresh, { recursive: true });
  else await rename(fresh, directory);
}

function freshOf(directory: string): string {
  return `${directory}-new`;
}
