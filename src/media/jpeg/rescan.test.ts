import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, equalBytes } from "../../base/bytes.ts";
import { MediaError } from "../errors.ts";
import { decodeJpeg } from "./decode.ts";
import { packedPicture } from "./packed-file.ts";
import { type CameraOptions, cameraJpeg, progressiveJpeg, testPicture } from "./picture.fixture.ts";
import { pictureJpeg } from "./picture-jpeg.ts";
import { jpegPicture } from "./pixels.ts";
import { rescanJpeg } from "./rescan.ts";
import { restoreJpeg } from "./restore.ts";
import { segment } from "./write.ts";

const halves = (total: number): readonly number[] => [total / 4, total / 2];

/** Packs a JPEG, checks that it comes back, and gives the packed form. */
function packed(jpeg: Uint8Array): {
  readonly bytes: Uint8Array;
  readonly cuts: readonly number[];
} {
  const result = rescanJpeg(jpeg, decodeJpeg(jpeg), halves);
  expect(equalBytes(restoreJpeg(result.bytes), jpeg)).toBe(true);
  return result;
}

const CASES: Readonly<Record<string, CameraOptions>> = {
  "4:2:0": { quality: 80 },
  "4:2:2": { quality: 80, sampling: [2, 1] },
  "4:4:0": { quality: 80, sampling: [1, 2] },
  "4:4:4": { quality: 80, sampling: [1, 1] },
  "4:1:1": { quality: 80, sampling: [4, 1] },
  grey: { quality: 80, grey: true },
  "quality 100": { quality: 100, sampling: [1, 1] },
  "quality 1": { quality: 1 },
  "restart markers": { quality: 70, interval: 3 },
  "a restart marker before each unit": { quality: 70, interval: 1 },
  "one scan for each component": { quality: 70, apart: true },
  "one scan each, with restart markers": { quality: 70, apart: true, interval: 5 },
  "padding with zeros": { quality: 70, padding: false, interval: 2 },
  "noise outside the picture": { quality: 70, noisyEdge: true },
  "data behind the end": { quality: 70, tail: new Uint8Array(5_000).fill(0xff) },
  "much camera data": { quality: 70, extra: segment(0xe1, new Uint8Array(60_000).fill(7)) },
  "a comment and a profile": {
    quality: 70,
    extra: concatBytes(segment(0xfe, [65, 66]), segment(0xe2, new Uint8Array(3_000))),
  },
};

describe("a JPEG is packed and comes back byte for byte", () => {
  test.each(Object.entries(CASES))("%s", (_, options) => {
    for (const [width, height] of [
      [83, 61],
      [64, 48],
      [1, 1],
      [17, 200],
    ] as const) {
      packed(cameraJpeg(testPicture(width, height), options));
    }
  });

  test("progressive", () => {
    for (const sampling of [
      [2, 2],
      [1, 1],
      [2, 1],
    ] as const) {
      packed(progressiveJpeg(testPicture(83, 61), { quality: 85, sampling }));
    }
  });

  test("it gets smaller", () => {
    const jpeg = cameraJpeg(testPicture(400, 300), { quality: 85 });
    expect(packed(jpeg).bytes.length).toBeLessThan(0.95 * jpeg.length);
  });

  test("bulky camera data lies behind the cut", () => {
    const extra = segment(0xe1, new Uint8Array(60_000).fill(7));
    const jpeg = cameraJpeg(testPicture(200, 150), { quality: 85, extra });
    const { bytes, cuts } = rescanJpeg(jpeg, decodeJpeg(jpeg), () => [12_000]);
    expect(cuts[0]).toBeGreaterThan(0);
    expect(cuts[0]).toBeLessThanOrEqual(12_000);
    expect(packedPicture(bytes.subarray(0, cuts[0])).length).toBeLessThan(40_000);
    expect(equalBytes(restoreJpeg(bytes), jpeg)).toBe(true);
  });
});

/** Mean squared difference of the pictures of two JPEGs. */
function difference(a: Uint8Array, b: Uint8Array): number {
  const [one, other] = [a, b].map((bytes) => jpegPicture(decodeJpeg(bytes), 100_000).rgb);
  const squares = one?.reduce((sum, value, at) => sum + (value - (other?.[at] ?? 0)) ** 2, 0);
  return (squares ?? 0) / (one?.length ?? 1);
}

describe("what lies before a cut shows the whole picture", () => {
  test("the more, the nearer to the original", () => {
    const jpeg = cameraJpeg(testPicture(240, 180), { quality: 90 });
    const { bytes, cuts } = packed(jpeg);
    const [coarse, finer] = cuts.map((cut) => {
      return difference(packedPicture(bytes.subarray(0, cut)), jpeg);
    });
    expect(coarse).toBeLessThan(400);
    expect(finer).toBeLessThan(coarse ?? 0);
    expect(difference(packedPicture(bytes), jpeg)).toBe(0);
  });

  test("where the first parts do not fit there is no cut", () => {
    const jpeg = cameraJpeg(testPicture(83, 61), { quality: 80 });
    expect(rescanJpeg(jpeg, decodeJpeg(jpeg), () => [10]).cuts).toEqual([0]);
  });
});

describe("JPEGs that cannot come back are refused", () => {
  const jpeg = cameraJpeg(testPicture(83, 61), { quality: 80, interval: 4 });

  test.each([
    ["cut short", (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 100)],
    ["without an end", (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 2)],
    [
      "with stuffing before a marker",
      (bytes: Uint8Array) => concatBytes(bytes.subarray(0, -2), Uint8Array.of(0xff, 0xff, 0xd9)),
    ],
  ])("%s", (_, change) => {
    const bytes = change(jpeg);
    expect(() => rescanJpeg(bytes, decodeJpeg(bytes), halves)).toThrow(MediaError);
  });
});

/** Runs code that may refuse what it is given, but in no other way than by a MediaError. */
function mayRefuse(code: () => unknown): void {
  try {
    code();
  } catch (error) {
    expect(error).toBeInstanceOf(MediaError);
  }
}

describe("damage is refused, whatever it is", () => {
  const options = { numRuns: 60 };
  const sources = [
    cameraJpeg(testPicture(50, 40), { quality: 60, interval: 4 }),
    progressiveJpeg(testPicture(50, 40), { quality: 60 }),
    pictureJpeg(testPicture(50, 40), { quality: 60 }),
  ];
  const packedSources = sources.map((jpeg) => packed(jpeg).bytes);
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 });

  function damaged(
    bytes: Uint8Array | undefined,
    changes: readonly (readonly [number, number])[],
    cut: number,
  ): Uint8Array {
    const copy = bytes?.slice(0, cut % (bytes.length + 1)) ?? new Uint8Array(0);
    for (const [at, value] of changes) if (copy.length > 0) copy[at % copy.length] = value;
    return copy;
  }

  test("of a JPEG", () => {
    fc.assert(
      fc.property(fc.nat(2), damage, fc.nat(), fc.boolean(), (index, changes, cut, isCut) => {
        const source = sources[index];
        const bytes = damaged(source, changes, isCut ? cut : (source?.length ?? 0));
        mayRefuse(() => {
          const decoded = decodeJpeg(bytes);
          jpegPicture(decoded, 32);
          const result = rescanJpeg(bytes, decoded, halves);
          expect(equalBytes(restoreJpeg(result.bytes), bytes)).toBe(true);
        });
      }),
      options,
    );
  });

  test("of a packed JPEG", () => {
    fc.assert(
      fc.property(fc.nat(2), damage, fc.nat(), fc.boolean(), (index, changes, cut, isCut) => {
        const source = packedSources[index];
        const bytes = damaged(source, changes, isCut ? cut : (source?.length ?? 0));
        mayRefuse(() => restoreJpeg(bytes));
        mayRefuse(() => packedPicture(bytes));
      }),
      options,
    );
  });
});
