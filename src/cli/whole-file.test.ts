import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { writeWholeFile } from "./whole-file.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-whole-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The disk that is full at once. */
const FULL = "/dev/full";

describe("a small file that is written as a whole", () => {
  test("takes the place of the one before, and only its owner reads it", async () => {
    const path = join(folder, "letters.carry");
    writeFileSync(path, "old", { mode: 0o644 });
    writeFileSync(`${path}.partial`, "of a run that was killed", { mode: 0o644 });
    await writeWholeFile(path, "new");
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(statSync(path).mode & 0o077).toBe(0);
    expect(readdirSync(folder)).toEqual(["letters.carry"]);
  });

  test("leaves the one before, where it cannot be written", async () => {
    const path = join(folder, "kept.carry");
    writeFileSync(path, "old");
    // Nothing can be written here: it is a folder that is not empty.
    mkdirSync(join(`${path}.partial`, "x"), { recursive: true });
    await expect(writeWholeFile(path, "new")).rejects.toThrow();
    expect(readFileSync(path, "utf8")).toBe("old");
  });

  test("leaves a symbolic link, and writes what it leads to", async () => {
    const real = join(folder, "real");
    writeFileSync(real, "old");
    symlinkSync(real, join(folder, "link"));
    await writeWholeFile(join(folder, "link"), "new");
    expect(readFileSync(real, "utf8")).toBe("new");
  });

  test.skipIf(!existsSync(FULL))(
    "says what hinders a device, and writes it as it stands",
    async () => {
      await expect(writeWholeFile(FULL, "new")).rejects.toMatchObject({ code: "ENOSPC" });
      expect(existsSync(`${FULL}.partial`)).toBe(false);
    },
  );
});
