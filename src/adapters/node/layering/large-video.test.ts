import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { concatBytes } from "../../../base/bytes.ts";
import { box } from "../../../media/mp4.ts";
import { testVideo } from "../../../media/video.fixture.ts";
import { limits } from "../../../store/index.ts";
import { largeVideoLooks } from "./large-video.ts";
import { LARGE_VIDEO_BOXES_MAX } from "./limits.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-video-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NOTHING = { coarse: undefined, middle: undefined };

/** A file that begins so and is sparse up to a size. */
function large(name: string, start: Uint8Array, sizeBytes: number): [string, number] {
  const path = join(folder, name);
  writeFileSync(path, start);
  truncateSync(path, Math.max(start.length, sizeBytes));
  return [path, statSync(path).size];
}

/** The box that begins at a byte, made to last to the end of the file. */
function toTheEnd(video: Uint8Array, at: number): Uint8Array {
  const copy = concatBytes(video);
  copy.fill(0, at, at + 4);
  return copy;
}

const video = testVideo();
const ABOVE = limits.LAYERED_BYTES_MAX + 1;

test("a large video shows a picture of it; one that the store looks into itself is left to it", async () => {
  const [path, sizeBytes] = large("a.mp4", video, ABOVE);
  const { coarse, middle } = await largeVideoLooks(path, sizeBytes);
  expect(coarse && box(coarse, "moov")).toBeDefined();
  // There is no sharper one in this video.
  expect(middle).toBeUndefined();
  expect(await largeVideoLooks(path, limits.LAYERED_BYTES_MAX)).toEqual(NOTHING);
});

test("nothing of other files, of damaged ones and of those with too many boxes", async () => {
  const moovAt = 4 + new DataView(video.buffer).getUint32(0);
  const cut = toTheEnd(video.subarray(0, moovAt + 60), moovAt - 4);
  const tiny = Uint8Array.of(0, 0, 0, 8, 0x66, 0x72, 0x65, 0x65);
  const many = new Uint8Array(8 * (LARGE_VIDEO_BOXES_MAX + 1));
  for (let at = 0; at < many.length; at += 8) many.set(tiny, at);
  const ftyp = video.subarray(0, moovAt - 4);
  const odd: readonly (readonly [string, Uint8Array])[] = [
    ["text", new TextEncoder().encode("words words words")],
    ["cut", cut],
    ["many", concatBytes(ftyp, many, video.subarray(ftyp.length))],
    ["empty", new Uint8Array(0)],
  ];
  for (const [name, start] of odd) {
    expect(await largeVideoLooks(...large(name, start, ABOVE)), name).toEqual(NOTHING);
  }
  expect(await largeVideoLooks(join(folder, "gone.mp4"), ABOVE)).toEqual(NOTHING);
});
