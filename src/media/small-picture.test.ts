import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes } from "../base/bytes.ts";
import { decodeJpeg } from "./jpeg/decode.ts";
import { orientationOf } from "./jpeg/exif.ts";
import { testPicture } from "./jpeg/picture.fixture.ts";
import { pictureJpeg } from "./jpeg/picture-jpeg.ts";
import { jpegPicture } from "./jpeg/pixels.ts";
import { MARKER } from "./jpeg/sections.ts";
import { segment } from "./jpeg/write.ts";
import { CAMERA_PIXELS_MAX } from "./limits.ts";
import { smallPicture } from "./small-picture.ts";

const ROOM = 4_096;
const EXIF = [0x45, 0x78, 0x69, 0x66, 0, 0];

/** Camera data with an orientation and a small picture, in either byte order. */
function cameraSegment(small: Uint8Array, little: boolean, orientation = 6): Uint8Array {
  const number = (value: number, bytes: number): number[] => {
    const big = Array.from({ length: bytes }, (_, at) => (value >>> (8 * (bytes - 1 - at))) & 255);
    return little ? big.toReversed() : big;
  };
  const tag = (name: number, type: number, value: number[]): number[] => {
    return [...number(name, 2), ...number(type, 2), ...number(1, 4), ...value];
  };
  const from = 8 + 2 + 12 + 4 + 2 + 24 + 4;
  const tiff = [
    ...(little ? [0x49, 0x49] : [0x4d, 0x4d]),
    ...[...number(42, 2), ...number(8, 4)],
    ...[...number(1, 2), ...tag(0x0112, 3, [...number(orientation, 2), 0, 0]), ...number(26, 4)],
    ...[...number(2, 2), ...tag(0x0201, 4, number(from, 4))],
    ...[...tag(0x0202, 4, number(small.length, 4)), ...number(0, 4)],
  ];
  return segment(MARKER.app1, [...EXIF, ...tiff, ...small]);
}

const inCamera = pictureJpeg(testPicture(160, 120), { quality: 60 });
function photo(extra: Uint8Array): Uint8Array {
  return pictureJpeg(testPicture(640, 480, 2), { quality: 70, extra });
}

test.each([true, false])("a camera's small picture is taken, and stands upright", (little) => {
  const bytes = photo(cameraSegment(inCamera, little));
  const found = smallPicture(bytes.subarray(0, 60_000), false, ROOM);
  expect(found?.isOfCamera).toBe(true);
  const decoded = decodeJpeg(found?.jpeg ?? new Uint8Array(0));
  expect([decoded.frame.width, decoded.frame.height]).toEqual([160, 120]);
  expect(orientationOf(decoded.header)).toBe(6);
  expect(found?.jpeg.length).toBeLessThanOrEqual(ROOM);
});

test("without one, the picture itself is made small where all of it is there", () => {
  for (const bytes of [photo(new Uint8Array(0)), photo(cameraSegment(new Uint8Array(9), true))]) {
    expect(smallPicture(bytes, false, ROOM)).toBeUndefined();
    const found = smallPicture(bytes, true, ROOM);
    expect(found?.isOfCamera).toBe(false);
    const picture = jpegPicture(decodeJpeg(found?.jpeg ?? new Uint8Array(0)), 1_000);
    expect(picture.width / picture.height).toBeCloseTo(4 / 3, 1);
    expect(found?.jpeg.length).toBeLessThanOrEqual(ROOM);
  }
});

test("a small picture of a camera that is large is not decoded", () => {
  const withSize = (width: number, height: number): Uint8Array => {
    const small = inCamera.slice();
    const frame = small.findIndex((byte, at) => byte === 0xff && small[at + 1] === 0xc0);
    small.set([height >> 8, height & 255, width >> 8, width & 255], frame + 5);
    return photo(cameraSegment(small, true));
  };
  expect(smallPicture(withSize(1_024, CAMERA_PIXELS_MAX / 1_024), false, ROOM)).toBeDefined();
  expect(smallPicture(withSize(1_025, CAMERA_PIXELS_MAX / 1_024), false, ROOM)).toBeUndefined();
});

test("there is none of what is no picture, nor in too little room", () => {
  const deflated = new Uint8Array(deflateSync(new Uint8Array(100)));
  for (const bytes of [new Uint8Array(0), deflated, Uint8Array.of(0xff, 0xd8, 0xff)]) {
    expect(smallPicture(bytes, true, ROOM)).toBeUndefined();
  }
  expect(smallPicture(photo(cameraSegment(inCamera, true)), true, 100)).toBeUndefined();
});

test("whatever camera data says, it is a small JPEG or none", () => {
  const bytes = photo(cameraSegment(inCamera, true));
  const change = fc.tuple(fc.nat({ max: 140 }), fc.nat({ max: 255 }));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
      const broken = concatBytes(bytes);
      for (const [at, value] of changes) broken[at] = value;
      const found = smallPicture(broken, false, ROOM);
      expect(found?.jpeg.length ?? 0).toBeLessThanOrEqual(ROOM);
      if (found) expect(decodeJpeg(found.jpeg).complete).toBe(true);
    }),
    { numRuns: 300 },
  );
});
