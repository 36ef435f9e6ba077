import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { concatBytes, equalBytes, utf8 } from "../../../src/base/bytes.ts";
import { displayable, planLayers, restoreFile } from "../../../src/media/index.ts";
import { decodeJpeg } from "../../../src/media/jpeg/decode.ts";
import { testPicture } from "../../../src/media/jpeg/picture.fixture.ts";
import { pictureJpeg } from "../../../src/media/jpeg/picture-jpeg.ts";
import { jpegPicture } from "../../../src/media/jpeg/pixels.ts";
import type { Picture } from "../../../src/media/picture.ts";

/** What a program prints for an input; its errors and warnings are failures. */
function piped(program: string, args: readonly string[], input: Uint8Array): Uint8Array {
  const { status, stdout, stderr } = spawnSync(program, args, { input, maxBuffer: 1 << 28 });
  expect(stderr.toString()).toBe("");
  expect(status).toBe(0);
  return new Uint8Array(stdout);
}

const isThere = ["cjpeg", "djpeg"].every((program) => !spawnSync(program, ["-version"]).error);

const SHAPES: Readonly<Record<string, readonly string[]>> = {
  baseline: [],
  "4:2:2": ["-sample", "2x1"],
  "4:4:0": ["-sample", "1x2"],
  "4:4:4": ["-sample", "1x1"],
  "4:1:1": ["-sample", "4x1"],
  grey: ["-grayscale"],
  RGB: ["-rgb"],
  optimised: ["-optimize"],
  "restart rows": ["-restart", "1"],
  "restart units": ["-restart", "2B"],
  progressive: ["-progressive"],
  "progressive 4:4:4": ["-progressive", "-sample", "1x1"],
  "progressive grey": ["-progressive", "-grayscale"],
  "progressive, restart": ["-progressive", "-restart", "2B"],
  "quality 100": ["-quality", "100", "-sample", "1x1"],
  "progressive, quality 100": ["-quality", "100", "-progressive"],
  "quality 25": ["-quality", "25"],
};

function ppm({ width, height, rgb }: Picture): Uint8Array {
  return concatBytes(utf8(`P6\n${width} ${height}\n255\n`), rgb);
}

/** Pixels of a P6 file. */
function pixels(file: Uint8Array): Uint8Array {
  const head = /^P6\s+\d+\s+\d+\s+255\s/.exec(new TextDecoder().decode(file.subarray(0, 40)));
  return file.subarray(head?.[0].length);
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, at) => sum + Math.abs(value - (b[at] ?? 0)), 0) / a.length;
}

describe.skipIf(!isThere)(
  "libjpeg's programs (skipped where cjpeg and djpeg are not installed)",
  () => {
    test.each(Object.entries(SHAPES))("cjpeg: %s", (_, args) => {
      for (const [width, height] of [
        [203, 161],
        [320, 240],
        [8, 8],
      ] as const) {
        const jpeg = piped("cjpeg", args, ppm(testPicture(width, height)));
        const { layers, mediaType, transform } = planLayers(
          concatBytes(jpeg, new Uint8Array(5_000)),
          "a.jpg",
          "rich",
        );
        const body = layers.filter(({ role }) => role === "body").map(({ bytes }) => bytes);
        expect(transform).toBe("jpeg-rescan");
        const back = restoreFile(transform, concatBytes(...body));
        expect(equalBytes(back.subarray(0, jpeg.length), jpeg)).toBe(true);
        for (let count = 1; count < layers.length; count++) {
          const facts = { mediaType, transform, layerCount: layers.length };
          const shown = displayable(facts, layers.slice(0, count));
          if (shown) piped("djpeg", ["-rgb"], shown.bytes);
        }
      }
    });

    test("djpeg sees the picture that we have encoded, and we see it alike", () => {
      for (const sampling of [
        [1, 1],
        [2, 1],
        [2, 2],
      ] as const) {
        const picture = testPicture(203, 161);
        const jpeg = pictureJpeg(picture, { quality: 95, sampling });
        const theirs = pixels(piped("djpeg", ["-rgb", "-nosmooth"], jpeg));
        const ours = jpegPicture(decodeJpeg(jpeg), 100_000).rgb;
        expect(meanDifference(ours, theirs)).toBeLessThan(1);
        expect(meanDifference(picture.rgb, theirs)).toBeLessThan(6);
      }
    });
  },
);
