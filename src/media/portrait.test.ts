import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { concatBytes, utf8 } from "../base/bytes.ts";
import type { MediaError } from "./errors.ts";
import { decodeJpeg } from "./jpeg/decode.ts";
import { testPicture } from "./jpeg/picture.fixture.ts";
import { pictureJpeg } from "./jpeg/picture-jpeg.ts";
import { MARKER } from "./jpeg/sections.ts";
import { segment } from "./jpeg/write.ts";
import { PORTRAIT_SIDE_MAX } from "./limits.ts";
import { foreignPortrait, portrait } from "./portrait.ts";

const ROOM = 16_384;
const SECRET = "taken at home, 52.5200 N 13.4050 E";

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as MediaError).code;
  }
  return "none";
}

/** A JPEG of so many pixels, with words of the camera in it. */
function photo(width: number, height: number): Uint8Array {
  const extra = concatBytes(
    segment(MARKER.app1, [...utf8(`Exif\0\0${SECRET}`)]),
    segment(0xfe, [...utf8(SECRET)]),
  );
  return pictureJpeg(testPicture(width, height, 2), { quality: 80, extra });
}

/** The same JPEG, saying that it has so many pixels. */
function withSize(jpeg: Uint8Array, width: number, height: number): Uint8Array {
  const changed = jpeg.slice();
  const frame = changed.findIndex((byte, at) => byte === 0xff && changed[at + 1] === 0xc0);
  changed.set([height >> 8, height & 255, width >> 8, width & 255], frame + 5);
  return changed;
}

test("is small, and holds nothing of the file but its pixels", () => {
  for (const [width, height] of [
    [640, 480],
    [480, 640],
    [1_024, 32],
    [30, 30],
  ] as const) {
    const made = portrait(photo(width, height), ROOM);
    const { frame } = decodeJpeg(made);
    expect(made.length).toBeLessThanOrEqual(ROOM);
    expect(Math.max(frame.width, frame.height)).toBe(
      Math.min(PORTRAIT_SIDE_MAX, Math.max(width, height)),
    );
    expect(frame.width / frame.height).toBeCloseTo(width / height, 0);
    expect(Buffer.from(made).includes("52.5200")).toBe(false);
  }
});

test("fits into little room, or says that it does not", () => {
  const bytes = photo(640, 480);
  expect(portrait(bytes, 2_048).length).toBeLessThanOrEqual(2_048);
  expect(codeOf(() => portrait(bytes, 100))).toBe("too-large");
});

test("is made of pictures alone", () => {
  const deflated = new Uint8Array(deflateSync(new Uint8Array(100)));
  const svg = utf8("<svg xmlns='http://www.w3.org/2000/svg'/>");
  for (const bytes of [new Uint8Array(0), deflated, svg, Uint8Array.of(0xff, 0xd8, 0xff)]) {
    expect(codeOf(() => portrait(bytes, ROOM))).not.toBe("none");
    expect(codeOf(() => foreignPortrait(bytes, ROOM))).not.toBe("none");
  }
});

test("of somebody else is a JPEG of few pixels, and made anew", () => {
  const theirs = photo(PORTRAIT_SIDE_MAX, PORTRAIT_SIDE_MAX);
  expect(foreignPortrait(theirs, ROOM)).not.toEqual(theirs);
  expect(Buffer.from(foreignPortrait(theirs, ROOM)).includes("52.5200")).toBe(false);
  const side = 2 * PORTRAIT_SIDE_MAX;
  expect(codeOf(() => foreignPortrait(photo(side, side), ROOM))).toBe("none");
  const large = withSize(theirs, side + 1, side);
  expect(codeOf(() => foreignPortrait(large, ROOM))).toBe("too-large");
  expect(codeOf(() => foreignPortrait(withSize(theirs, 65_535, 65_535), ROOM))).toBe("too-large");
  const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  expect(codeOf(() => foreignPortrait(png, ROOM))).toBe("unsupported");
});
