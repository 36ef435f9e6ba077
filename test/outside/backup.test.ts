import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MOUNTED, type Mounted, openMounted } from "./mounted.ts";
import { Backups, hasProgram } from "./programs.ts";

const LARGE_BYTES = 20_000_000;

describe.each(MOUNTED)("%s", (on) => {
  let mounted: Mounted;
  let backups: Backups;

  beforeEach(async () => {
    mounted = await openMounted(on);
    backups = await Backups.begin(mounted.url, LARGE_BYTES);
  });
  afterEach(async () => {
    await mounted.close();
    await backups.end();
  });

  test.skipIf(!hasProgram("rclone")).each(["other", "owncloud"] as const)(
    "rclone as to %s",
    async (vendor) => {
      const rclone = (...words: string[]) => backups.run(vendor, "rclone", ...words);
      expect(await rclone("copy", "tree", "P:tree")).toMatchObject({ code: 0 });
      const checked = await rclone("check", "--download", "tree", "P:tree");
      expect(checked.text).toContain("0 differences found");
      expect(checked.code).toBe(0);
      expect(await rclone("moveto", "P:tree", "P:moved")).toMatchObject({ code: 0 });
      expect(await rclone("copy", "P:moved", "back")).toMatchObject({ code: 0 });
      expect(backups.isSame("tree", "back")).toBe(true);
      if (vendor === "owncloud") {
        const { text } = await rclone("lsl", "P:moved");
        expect(text).toMatch(/0 2001-02-03 04:05:06\S* empty/);
      }
      expect(await rclone("purge", "P:moved")).toMatchObject({ code: 0 });
      expect((await rclone("lsf", "P:")).text).toBe("");
    },
  );

  test.skipIf(!hasProgram("restic"))("restic backs up, reads all of it, restores", async () => {
    const restic = (...words: string[]) => backups.restic(...words);
    expect(await restic("init")).toMatchObject({ code: 0 });
    expect(await restic("backup", "tree")).toMatchObject({ code: 0 });
    await writeFile(join(backups.folder, "tree", "later"), "more");
    expect(await restic("backup", "tree")).toMatchObject({ code: 0 });
    const checked = await restic("check", "--read-data");
    expect(checked.text).toContain("no errors were found");
    expect(checked.code).toBe(0);
    expect(await restic("forget", "--keep-last", "1", "--prune")).toMatchObject({ code: 0 });
    expect(await restic("restore", "latest", "--target", "back")).toMatchObject({ code: 0 });
    expect(backups.isSame("tree", "back/tree")).toBe(true);
  });
});
