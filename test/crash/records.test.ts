import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { openRecordStore } from "../../src/adapters/node/records.ts";
import { Dice, runSeed } from "./dice.ts";

const KILLS = 12;
/** Batches are this large, so that the database writes and merges tables nearly all the time. */
const BATCH_RECORDS = 48;
const RECORD_BYTES = 20_000;
const KEYS = 2_000;
const LIFE_MS_MAX = 900;

const directory = await mkdtemp(join(tmpdir(), "peernet-records-kill-"));
afterAll(() => rm(directory, { recursive: true }));

function keyOf(batch: number, at: number): string {
  return `k/${(batch * BATCH_RECORDS + at) % KEYS}`;
}

/** Writes batches from `first` on until it is killed; its output is the number of each that is safe. */
const WRITER = `
  const [module, directory, first] = process.argv.slice(1);
  const { openRecordStore } = await import(module);
  const store = await openRecordStore(directory);
  process.stdout.write("open\\n");
  let batch = Number(first);
  const next = () => {
    const writes = Array.from({ length: ${BATCH_RECORDS} }, (_, at) => {
      const value = crypto.getRandomValues(Buffer.alloc(${RECORD_BYTES}));
      value.writeUInt32LE(batch);
      return { key: "k/" + ((batch * ${BATCH_RECORDS} + at) % ${KEYS}), value };
    });
    store.write(writes, (error) => {
      if (error !== null) throw error;
      process.stdout.write(batch++ + "\\n");
      next();
    });
  };
  next();`;

/** One life of the writer. @returns the numbers of the batches that it said were safe, after "open" */
async function live(first: number, lifeMs: number): Promise<readonly string[]> {
  const module = pathToFileURL(join(process.cwd(), "dist/adapters/node/records.js")).href;
  const words = ["--input-type=module", "-e", WRITER, module, directory, String(first)];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let complaint = "";
  child.stderr.on("data", (bytes: Buffer) => {
    complaint += bytes.toString();
  });
  await new Promise<void>((resolve) => {
    child.on("close", () => resolve());
    child.stdout.on("data", (bytes: Buffer) => {
      if (output === "") setTimeout(() => child.kill("SIGKILL"), lifeMs);
      output += bytes.toString();
    });
  });
  expect(complaint).toBe("");
  return output.split("\n").slice(0, -1);
}

test(`${KILLS} kills of a process whose database merges tables: it opens again, with all that was safe`, async () => {
  const dice = new Dice(runSeed());
  const newest = new Map<string, number>();
  let next = 1;
  for (let kill = 0; kill < KILLS; kill++) {
    const [open, ...safe] = await live(next, dice.below(LIFE_MS_MAX));
    expect(open).toBe("open");
    for (const batch of safe.map(Number)) {
      for (let at = 0; at < BATCH_RECORDS; at++) newest.set(keyOf(batch, at), batch);
    }
    // What was under way may be there, too: its number is not used again.
    next += safe.length + 1;
  }
  const store = await openRecordStore(directory);
  expect(store.salvaged).toBeUndefined();
  const found = await new Promise<ReadonlyMap<string, number>>((resolve, reject) => {
    store.scan("", (error, records) => {
      if (error !== null) reject(error);
      else
        resolve(
          new Map(
            records.map(({ key, value }) => [key, Buffer.from(value).readUInt32LE()] as const),
          ),
        );
    });
  });
  await store.close();
  expect(next).toBeGreaterThan(KILLS * 2);
  for (const [key, batch] of newest) expect(found.get(key) ?? 0).toBeGreaterThanOrEqual(batch);
}, 120_000);
