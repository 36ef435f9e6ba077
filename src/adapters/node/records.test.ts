import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { DiskError, RecordStore, RecordWrite } from "../../ports/index.ts";
import type { RecordDatabase } from "./record-database.ts";
import { openRecordStore } from "./records.ts";

/** A database that counts, and fails like a level database when told to. */
class SpoiledDatabase implements RecordDatabase {
  readonly batches: (readonly RecordWrite[])[] = [];
  failure: Error | undefined;
  gate: Promise<void> = Promise.resolve();

  async write(writes: readonly RecordWrite[]): Promise<void> {
    await this.gate;
    if (this.failure !== undefined) throw this.failure;
    this.batches.push(writes);
  }

  async scan(): Promise<{ key: string; value: Uint8Array }[]> {
    return this.batches.flat().map(({ key }) => ({ key, value: new Uint8Array(0) }));
  }

  async close(): Promise<void> {
    this.batches.push([]);
  }
}

function levelError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

const FULL = levelError("LEVEL_IO_ERROR", "IO error: 000003.log: No space left on device");

function write(store: RecordStore, ...keys: string[]): Promise<DiskError | null> {
  const batch = keys.map((key) => ({ key, value: new Uint8Array(1) }));
  return new Promise((done) => store.write(batch, done));
}

function scan(store: RecordStore): Promise<string[]> {
  return new Promise((done, fail) =>
    store.scan("", (error, found) =>
      error === null ? done(found.map(({ key }) => key)) : fail(error),
    ),
  );
}

describe("group commit", () => {
  test("batches that arrive while one is written share the next flush, in order", async () => {
    const database = new SpoiledDatabase();
    const store = await openRecordStore("test", { open: async () => database });
    let free: () => void = () => undefined;
    database.gate = new Promise((done) => {
      free = done;
    });
    const all = Array.from({ length: 30 }, (_, i) => write(store, `k${i}`));
    free();
    await Promise.all(all);
    expect(database.batches.length).toBeLessThanOrEqual(2);
    expect(database.batches.flat().map(({ key }) => key)).toEqual(
      Array.from({ length: 30 }, (_, i) => `k${i}`),
    );
  });

  test("a group has a ceiling", async () => {
    const database = new SpoiledDatabase();
    const store = await openRecordStore("test", { open: async () => database });
    const batch = Array.from({ length: 6_000 }, (_, i) => `k${i}`);
    await Promise.all([write(store, ...batch), write(store, ...batch), write(store, ...batch)]);
    expect(database.batches.map(({ length }) => length)).toEqual([6_000, 6_000, 6_000]);
  });
});

describe("a full disk", () => {
  test("refuses, goes on reading, and is tried again once there is space", async () => {
    const first = new SpoiledDatabase();
    const databases = [first, new SpoiledDatabase()];
    let opened = 0;
    let freeBytes = 0;
    const store = await openRecordStore("test", {
      open: async () => databases[opened++] ?? first,
      freeBytes: async () => freeBytes,
    });
    await write(store, "a");
    first.failure = FULL;
    expect((await write(store, "b"))?.code).toBe("full");
    expect((await write(store, "c"))?.code).toBe("full");
    expect(opened).toBe(1);
    expect(await scan(store)).toEqual(["a"]);
    freeBytes = 1 << 30;
    expect(await write(store, "d")).toBe(null);
    expect(opened).toBe(2);
    expect(databases[1]?.batches.flat().map(({ key }) => key)).toEqual(["d"]);
    await store.close();
  });

  test("other failures are told as what they are", async () => {
    const database = new SpoiledDatabase();
    const open = async () => database;
    const store = await openRecordStore("test", { open, freeBytes: async () => 1 << 30 });
    database.failure = levelError("LEVEL_IO_ERROR", "IO error: Input/output error");
    expect((await write(store, "a"))?.code).toBe("io");
    database.failure = levelError("LEVEL_CORRUPTION", "Corruption: bad block");
    expect((await write(store, "a"))?.code).toBe("corrupt");
    database.failure = undefined;
    // Damage does not pass: nothing is written any more.
    expect((await write(store, "a"))?.code).toBe("corrupt");
  });
});

describe("real files", () => {
  test("damage is told with what to do, and nothing is changed", async () => {
    const directory = await mkdtemp(join(tmpdir(), "peernet-records-"));
    const store = await openRecordStore(directory);
    await write(store, "a");
    await store.close();
    await writeFile(join(directory, "CURRENT"), "MANIFEST-999999\n");
    const before = (await readdir(directory)).filter((name) => !name.startsWith("LOG"));
    const refused = openRecordStore(directory);
    await expect(refused).rejects.toMatchObject({ name: "DiskError", code: "corrupt" });
    await expect(refused).rejects.toThrow("put it back");
    expect((await readdir(directory)).filter((name) => !name.startsWith("LOG"))).toEqual(before);
    await rm(directory, { recursive: true });
  });

  test("after close every call says so, and what was asked before is done", async () => {
    const directory = await mkdtemp(join(tmpdir(), "peernet-records-"));
    const store = await openRecordStore(directory);
    const last = write(store, "a");
    await store.close();
    expect(await last).toBe(null);
    expect((await write(store, "b"))?.code).toBe("closed");
    await expect(scan(store)).rejects.toMatchObject({ code: "closed" });
    const again = await openRecordStore(directory);
    expect(await scan(again)).toEqual(["a"]);
    await again.close();
    await rm(directory, { recursive: true });
  });
});
