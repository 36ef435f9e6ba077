import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { FILE_RING_FILES } from "../adapters/node/limits.ts";
import { FOLDER_BATCH_BYTES, FOLDER_READ_ALONE_FILES, FOLDER_SMALL_FILE_BYTES } from "./limits.ts";
import { type SmallFile, SmallFileReader } from "./small-file-reader.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "peernet-small-files-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(name: string, bytes: Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

describe("a reader of small files", () => {
  test("keeps the bytes of each while many more are read", () => {
    const reader = new SmallFileReader();
    const count = Math.ceil((2.5 * FOLDER_BATCH_BYTES) / 50_000);
    const written = Array.from({ length: count }, (_, i) => new Uint8Array(50_000 + i).fill(i + 1));
    const read = written.map((bytes, i) => reader.read(fileOf(`${i}`, bytes), `tree/${i}`));
    for (const [index, entry] of read.entries()) {
      expect(entry).toMatchObject({ path: `tree/${index}`, modifiedAtMs: expect.any(Number) });
      const isSame =
        typeof entry !== "string" &&
        Buffer.compare(entry.bytes ?? Buffer.of(), written[index] ?? Buffer.of()) === 0;
      expect(isSame).toBe(true);
    }
  });

  test("tells the largest small file from one that is too large", () => {
    const reader = new SmallFileReader();
    const largest = fileOf("largest", new Uint8Array(FOLDER_SMALL_FILE_BYTES - 1));
    expect(reader.read(largest, "a")).toMatchObject({ path: "a" });
    const large = fileOf("large", new Uint8Array(FOLDER_SMALL_FILE_BYTES));
    expect(reader.read(large, "a")).toBe("large");
  });

  test("reads an empty file, and one of the system that says it is empty", () => {
    const reader = new SmallFileReader();
    const empty = reader.read(fileOf("empty", new Uint8Array(0)), "a");
    expect(empty).toMatchObject({ bytes: new Uint8Array(0) });
    const status = reader.read("/proc/self/status", "b");
    if (process.platform === "linux") {
      expect(typeof status !== "string" && (status.bytes?.length ?? 0) > 100).toBe(true);
    }
  });

  test("says of what is not there, or no file, that it cannot be read", () => {
    const reader = new SmallFileReader();
    expect(reader.read(join(folder, "nothing"), "a")).toBe("unreadable");
    expect(reader.read(folder, "a")).toBe("unreadable");
  });

  test("reads all of many in their order, whatever is between them, with or without a ring", () => {
    const [count, sizeMax] = [FOLDER_READ_ALONE_FILES + 5 * FILE_RING_FILES, 60_000];
    const odd = join(folder, "odd");
    mkdirSync(odd);
    const large = fileOf("large among many", new Uint8Array(FOLDER_SMALL_FILE_BYTES));
    const places = Array.from({ length: count }, (_, i) => {
      const path = `many/${i}`;
      if (i % 50 === 9) return { file: odd, path };
      if (i % 50 === 19) return { file: join(folder, "nothing"), path };
      if (i % 50 === 29) return { file: large, path };
      const bytes = new Uint8Array(i % 50 === 39 ? 0 : (i * 977) % sizeMax).fill(i);
      return { file: fileOf(`many ${i}`, bytes), path };
    });
    const opened = (): number =>
      process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
    const told = (read: SmallFile): string =>
      typeof read === "string"
        ? read
        : `${read.path} ${read.modifiedAtMs} ${read.bytes?.length} ${read.bytes?.[0]} ${read.bytes?.at(-1)}`;
    const readAll = (): readonly string[] => {
      const reader = new SmallFileReader();
      const found: SmallFile[] = [];
      let last = (): readonly SmallFile[] => [];
      for (let first = 0; first < count; first += FILE_RING_FILES) {
        const next = reader.start(places.slice(first, first + FILE_RING_FILES));
        found.push(...last());
        last = next;
      }
      return [...found, ...last()].map(told);
    };
    const together = readAll();
    const before = opened();
    expect(readAll()).toEqual(together);
    // The rings' own.
    expect(opened() - before).toBeLessThanOrEqual(2);
    vi.stubEnv("PEERNET_FFI", "off");
    expect(readAll()).toEqual(together);
    const alone = new SmallFileReader();
    expect(places.map(({ file, path }) => told(alone.read(file, path)))).toEqual(together);
    expect(together.filter((each) => each === "large")).toHaveLength(Math.ceil((count - 29) / 50));
    expect([together[9], together[19], together[29]]).toEqual([
      "unreadable",
      "unreadable",
      "large",
    ]);
    expect(together[40]).toMatch(/^many\/40 \d+ 39080 40 40$/);
    vi.unstubAllEnvs();
  });
});
