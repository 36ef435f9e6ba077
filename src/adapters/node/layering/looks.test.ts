import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { concatBytes } from "../../../base/bytes.ts";
import { testPicture } from "../../../media/jpeg/picture.fixture.ts";
import { pictureJpeg } from "../../../media/jpeg/picture-jpeg.ts";
import {
  LOOK_BYTES_MAX,
  LOOK_FILE_BYTES_MAX,
  LOOKS_BYTES_MAX,
  LOOKS_DECODED_MAX,
} from "./limits.ts";
import { folderLooks } from "./looks.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-looks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const jpeg = pictureJpeg(testPicture(96, 64), { quality: 30 });
/** Files that say that they are large, so that there is room. */
function pictures(count: number, sizeBytes = 1 << 20): { path: string; sizeBytes: number }[] {
  return Array.from({ length: count }, (_, at) => {
    const path = `${String(at).padStart(4, "0")}.jpg`;
    writeFileSync(join(folder, path), jpeg);
    return { path, sizeBytes };
  });
}

test("pictures get a small one, other files and what is no picture none", async () => {
  writeFileSync(join(folder, "text.txt"), "words");
  writeFileSync(join(folder, "odd.png"), "no picture");
  const others = ["text.txt", "odd.png", "gone.jpg"].map((path) => ({ path, sizeBytes: 1 << 20 }));
  const looks = await folderLooks(folder, [...pictures(2), ...others]);
  expect([...looks.keys()]).toEqual(["0000.jpg", "0001.jpg"]);
  for (const look of looks.values()) expect(look.length).toBeLessThanOrEqual(LOOK_BYTES_MAX);
});

test("so many pictures are decoded and no more, and none above a size", async () => {
  expect((await folderLooks(folder, pictures(LOOKS_DECODED_MAX))).size).toBe(LOOKS_DECODED_MAX);
  expect((await folderLooks(folder, pictures(LOOKS_DECODED_MAX + 1))).size).toBe(LOOKS_DECODED_MAX);
  expect((await folderLooks(folder, pictures(1, LOOK_FILE_BYTES_MAX))).size).toBe(1);
  expect((await folderLooks(folder, pictures(1, LOOK_FILE_BYTES_MAX + 1))).size).toBe(0);
});

test("all together stay small beside the folder, spread over it", async () => {
  expect((await folderLooks(folder, pictures(3, jpeg.length))).size).toBe(0);
  const looks = await folderLooks(folder, pictures(200, 10_000));
  const bytes = concatBytes(...looks.values()).length;
  expect(bytes).toBeLessThanOrEqual(Math.min(LOOKS_BYTES_MAX, (200 * 10_000) / 200));
  expect(Number(([...looks.keys()].at(-1) ?? "").slice(0, 4))).toBeGreaterThan(100);
});
