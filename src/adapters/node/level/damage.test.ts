import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClassicLevel } from "classic-level";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RecordWrite } from "../../../ports/index.ts";
import { type NodeRecordStore, openRecordStore } from "../records.ts";
import { readLog, writeLog } from "./log-records.ts";
import { unpackSnappy } from "./snappy.ts";

let base = "";
/** A database with tables, a log with batches over several blocks, and removed records. */
let sample = "";
const expected = new Map<string, string>();

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "damage-"));
  sample = join(base, "sample");
  for (let round = 0; round < 3; round++) {
    const store = await openRecordStore(sample);
    for (let batch = 0; batch < 12; batch++) {
      const writes = batchOf(round, batch);
      await put(store, writes);
      for (const { key, value } of writes) {
        if (value === null) expected.delete(key);
        else expected.set(key, new TextDecoder().decode(value));
      }
    }
    await store.close();
  }
});

afterAll(() => rm(base, { recursive: true }));

function batchOf(round: number, batch: number): RecordWrite[] {
  return Array.from({ length: 40 }, (_, at) => {
    const key = `k/${(round * 7 + batch * 13 + at * 3) % 301}`;
    const isGone = (at + batch) % 11 === 0;
    // Some of it can be packed, some cannot.
    const text = `${round}:${batch}:${at}:${(at * 7919 + batch).toString(36).repeat(at * 4)}`;
    return { key, value: isGone ? null : new TextEncoder().encode(text) };
  });
}

function put(store: NodeRecordStore, batch: readonly RecordWrite[]): Promise<void> {
  return new Promise((resolve, reject) => {
    store.write(batch, (error) => (error === null ? resolve() : reject(error)));
  });
}

function all(store: NodeRecordStore): Promise<Map<string, string>> {
  return new Promise((resolve, reject) => {
    store.scan("", (error, found) => {
      const texts = found.map(({ key, value }) => [key, new TextDecoder().decode(value)] as const);
      if (error === null) resolve(new Map(texts));
      else reject(error);
    });
  });
}

async function damaged(file: string, offset: number, bytes: readonly number[]): Promise<string> {
  const copy = await mkdtemp(join(base, "copy-"));
  await cp(sample, copy, { recursive: true });
  const content = await readFile(join(copy, file));
  for (const [at, byte] of bytes.entries()) {
    const place = (offset + at) % content.length;
    content[place] = (content[place] ?? 0) ^ byte;
  }
  await writeFile(join(copy, file), content);
  return copy;
}

test("a database of tables and a log is read as it was written", async () => {
  const names = await readdir(sample);
  expect(names.filter((name) => name.endsWith(".log"))).toHaveLength(1);
  expect(names.filter((name) => name.endsWith(".ldb"))).toHaveLength(2);
  expect(names).toContain("closed");
  const copy = await damaged("LOCK", 0, []);
  const store = await openRecordStore(copy);
  expect(await all(store)).toEqual(expected);
  expect(await readdir(copy)).not.toContain("closed");
  await store.close();
});

test("damage anywhere is told, or takes nothing away; what is salvaged was written once", async () => {
  const files = (await readdir(sample)).filter((name) => /^(\d+|CURRENT|MANIFEST)/.test(name));
  let told = 0;
  const spoiling = fc.record({
    file: fc.constantFrom(...files),
    offset: fc.nat({ max: 1 << 20 }),
    bytes: fc.array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 40 }),
  });
  await fc.assert(
    fc.asyncProperty(spoiling, async ({ file, offset, bytes }) => {
      const copy = await damaged(file, offset, bytes);
      const opened = await openRecordStore(copy).catch((error: unknown) => error);
      if (!(opened instanceof Error)) {
        const store = opened as NodeRecordStore;
        expect(await all(store)).toEqual(expected);
        await store.close();
        return;
      }
      expect(opened).toMatchObject({ code: "corrupt" });
      expect(opened.message).toContain("--salvage");
      told++;
      expect(await readdir(copy)).toContain("closed");
      // It is told again as long as nothing is done about it.
      await expect(openRecordStore(copy)).rejects.toMatchObject({ code: "corrupt" });
      const store = await openRecordStore(copy, { salvages: true });
      const found = await all(store);
      expect(store.salvaged?.records).toBe(found.size);
      expect(await readdir(store.salvaged?.asideDirectory ?? "")).toContain(file);
      for (const [key, text] of found) {
        const [round = 0, batch = 0] = text.split(":").map(Number);
        expect(batchOf(round, batch).some((write) => write.key === key)).toBe(true);
      }
      await store.close();
      const again = await openRecordStore(copy);
      expect(again.salvaged).toBeUndefined();
      expect(await all(again)).toEqual(found);
      await again.close();
    }),
    { numRuns: 60 },
  );
  expect(told).toBeGreaterThan(35);
});

test.each(["CURRENT", "MANIFEST"])(
  "without its %s it is damaged, and not begun anew",
  async (name) => {
    const copy = await damaged("LOCK", 0, []);
    const names = await readdir(copy);
    for (const one of names) if (one.startsWith(name)) await rm(join(copy, one));
    await expect(openRecordStore(copy)).rejects.toMatchObject({ code: "corrupt" });
    const store = await openRecordStore(copy, { salvages: true });
    expect(await all(store)).toEqual(expected);
    await store.close();
  },
);

test("a name in CURRENT that leads elsewhere is damage", async () => {
  const copy = await damaged("CURRENT", 3, [1, 1, 1, 1, 1, 45, 1]);
  await expect(openRecordStore(copy)).rejects.toMatchObject({ code: "corrupt" });
});

test("one damaged batch takes nothing else with it", async () => {
  const [log = ""] = (await readdir(sample)).filter((name) => name.endsWith(".log"));
  const copy = await damaged(log, 300, [1]);
  await expect(openRecordStore(copy)).rejects.toThrow(`${log} from byte 0`);
  const store = await openRecordStore(copy, { salvages: true });
  const found = await all(store);
  const lost = [...expected].filter(([key, text]) => found.get(key) !== text);
  expect(lost.length).toBeLessThanOrEqual(40);
  await store.close();
});

test("a write that was cut short by a crash is no damage; after an orderly end it is", async () => {
  const [log = ""] = (await readdir(sample)).filter((name) => name.endsWith(".log"));
  const { length } = await readFile(join(sample, log));
  for (const cut of [3, 9, 500]) {
    const killed = await damaged(log, 0, []);
    await rm(join(killed, "closed"));
    await truncate(join(killed, log), length - cut);
    await expect(openRecordStore(killed)).resolves.toHaveProperty("salvaged", undefined);
  }
  const rotten = await damaged(log, length - 5, [1]);
  await expect(openRecordStore(rotten)).rejects.toMatchObject({ code: "corrupt" });
});

test("a log that is shorter than it was after an orderly end is damage, even where a record ends", async () => {
  const [log = ""] = (await readdir(sample)).filter((name) => name.endsWith(".log"));
  const content = await readFile(join(sample, log));
  const [first = new Uint8Array()] = readLog(content).records;
  for (const bytes of [0, writeLog([first]).length]) {
    expect(readLog(content.subarray(0, bytes)).tornAt).toBeUndefined();
    const cut = await damaged("LOCK", 0, []);
    await truncate(join(cut, log), bytes);
    await expect(openRecordStore(cut)).rejects.toThrow(`${log} from byte ${bytes}`);
  }
  const gone = await damaged("LOCK", 0, []);
  await rm(join(gone, log));
  await expect(openRecordStore(gone)).rejects.toThrow(`${log} from byte 0`);
  const store = await openRecordStore(gone, { salvages: true });
  expect((await all(store)).size).toBeGreaterThan(0);
  await store.close();
});

test("a mark of an orderly end that outlived the next start says nothing of newer logs", async () => {
  const stale = await damaged("LOCK", 0, []);
  const mark = await readFile(join(stale, "closed"));
  const killed = await openRecordStore(stale);
  await killed.close();
  await writeFile(join(stale, "closed"), mark);
  const store = await openRecordStore(stale);
  expect(await all(store)).toEqual(expected);
  await store.close();
});

test("a kill while the database is begun leaves nothing that is damage", async () => {
  const name = new TextEncoder().encode("leveldb.BytewiseComparator");
  const manifest = writeLog([Uint8Array.of(1, name.length, ...name, 2, 0, 3, 2, 4, 0)]);
  // As DBImpl::NewDB writes them, one after the other, before CURRENT is there.
  const files: readonly (readonly [string, Uint8Array])[] = [
    ["MANIFEST-000001", new Uint8Array()],
    ["MANIFEST-000001", manifest],
    ["000001.dbtmp", new TextEncoder().encode("MANIFEST-000001\n")],
  ];
  const begun = await mkdtemp(join(base, "begun-"));
  for (const [file, content] of files) {
    await writeFile(join(begun, file), content);
    const killed = await mkdtemp(join(base, "killed-"));
    await cp(begun, killed, { recursive: true });
    const store = await openRecordStore(killed);
    await put(store, [{ key: "a", value: Uint8Array.of(1) }]);
    await store.close();
    const again = await openRecordStore(killed);
    expect((await all(again)).size).toBe(1);
    await again.close();
  }
});

test("a table that nothing names yet, half written when the process was killed, is no damage", async () => {
  const [table = ""] = (await readdir(sample)).filter((name) => name.endsWith(".ldb"));
  const content = await readFile(join(sample, table));
  for (const bytes of [0, 17, 4_096, content.length - 1]) {
    const killed = await damaged("LOCK", 0, []);
    await rm(join(killed, "closed"));
    await writeFile(join(killed, "000901.ldb"), content.subarray(0, bytes));
    const store = await openRecordStore(killed);
    expect(store.salvaged).toBeUndefined();
    expect(await all(store)).toEqual(expected);
    await store.close();
  }
});

test("a table that the manifest names must be whole and there", async () => {
  const [table = ""] = (await readdir(sample)).filter((name) => name.endsWith(".ldb"));
  const { length } = await readFile(join(sample, table));
  const cut = await damaged("LOCK", 0, []);
  await truncate(join(cut, table), length - 1);
  await expect(openRecordStore(cut)).rejects.toThrow(table);
  const gone = await damaged("LOCK", 0, []);
  await rm(join(gone, table));
  await expect(openRecordStore(gone)).rejects.toMatchObject({ code: "corrupt" });
});

test("a manifest whose last record is cut is no damage after a kill, and is after an orderly end", async () => {
  const [manifest = ""] = (await readdir(sample)).filter((name) => name.startsWith("MANIFEST"));
  const half = Uint8Array.of(1, 2, 3, 4, 200, 0, 1, 9, 9);
  const killed = await damaged("LOCK", 0, []);
  await rm(join(killed, "closed"));
  await writeFile(join(killed, manifest), half, { flag: "a" });
  const store = await openRecordStore(killed);
  expect(await all(store)).toEqual(expected);
  await store.close();
  const rotten = await damaged("LOCK", 0, []);
  await writeFile(join(rotten, manifest), half, { flag: "a" });
  await expect(openRecordStore(rotten)).rejects.toThrow(manifest);
});

test("a salvage that was killed is ended, or begun anew", async () => {
  const copy = await damaged("LOCK", 0, []);
  await cp(copy, `${copy}-new`, { recursive: true });
  const store = await openRecordStore(copy);
  expect(await readdir(base)).not.toContain(`${copy}-new`);
  await store.close();
  await cp(copy, `${copy}-new`, { recursive: true });
  await rm(copy, { recursive: true });
  const other = await openRecordStore(copy);
  expect(await all(other)).toEqual(expected);
  await other.close();
});

test("logs that are written here are read by LevelDB, and the other way round", async () => {
  const sizes = [1, 20, 32_761, 32_754, 7, 100_000, 3];
  const records = sizes.map((size, at) => new Uint8Array(size).fill(at + 1));
  const read = readLog(writeLog(records));
  expect(read.records.map(({ length, 0: first }) => [length, first])).toEqual(
    sizes.map((size, at) => [size, at + 1]),
  );
  expect([read.damagedAt, read.tornAt]).toEqual([undefined, undefined]);
  const level = new ClassicLevel(join(base, "plain"), { valueEncoding: "utf8" });
  await level.put("a", "x".repeat(70_000));
  await level.put("b", "y");
  await level.close();
  const [log = ""] = (await readdir(join(base, "plain"))).filter((name) => name.endsWith(".log"));
  expect(readLog(await readFile(join(base, "plain", log))).records).toHaveLength(2);
});

test("what is no Snappy is refused", () => {
  const text = [0x0a, 0x04, 0x61, 0x62, 0x11, 0x02];
  expect(new TextDecoder().decode(unpackSnappy(Uint8Array.from(text)))).toBe("ababababab");
  expect(unpackSnappy(Uint8Array.of(0x0a, 0x04, 0x61, 0x62))).toBeUndefined();
  expect(unpackSnappy(Uint8Array.of(0x0a, 0x04, 0x61, 0x62, 0x11, 0x09))).toBeUndefined();
  expect(unpackSnappy(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f))).toBeUndefined();
});
