import { deflateRawSync, deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, utf8 } from "../base/bytes.ts";
import { decodeBmp } from "./bmp.ts";
import { MediaError } from "./errors.ts";
import { decodeGif } from "./gif.ts";
import { inflate, inflateZlib } from "./inflate.ts";
import { testPicture } from "./jpeg/picture.fixture.ts";
import { PICTURE_PIXELS_MAX, PREVIEW_SIDE_MAX } from "./limits.ts";
import { emptyPicture, type Picture, shrink } from "./picture.ts";
import { planLayers } from "./plan.ts";
import { picturePreview } from "./plan-picture.ts";
import { decodePng } from "./png.ts";

function u32(value: number): readonly number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

function chunk(kind: string, body: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.from(u32(body.length)), utf8(kind), body, new Uint8Array(4));
}

/** A PNG whose rows take turns in their filters. */
function png({ width, height, rgb }: Picture): Uint8Array {
  const rows = new Uint8Array(height * (1 + 3 * width));
  const at = (x: number, y: number): number => (x < 0 || y < 0 ? 0 : (rgb[3 * width * y + x] ?? 0));
  for (let y = 0; y < height; y++) {
    const filter = y % 5;
    rows[y * (1 + 3 * width)] = filter;
    for (let x = 0; x < 3 * width; x++) {
      const [left, up, corner] = [at(x - 3, y), at(x, y - 1), x < 3 ? 0 : at(x - 3, y - 1)];
      const guess = left + up - corner;
      const near = [left, up, corner].reduce((best, value) => {
        return Math.abs(guess - value) < Math.abs(guess - best) ? value : best;
      });
      const expected = [0, left, up, (left + up) >> 1, near][filter] ?? 0;
      rows[y * (1 + 3 * width) + 1 + x] = at(x, y) - expected;
    }
  }
  const head = Uint8Array.from([...u32(width), ...u32(height), 8, 2, 0, 0, 0]);
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const data = new Uint8Array(deflateSync(rows));
  return concatBytes(
    signature,
    chunk("IHDR", head),
    chunk("IDAT", data),
    chunk("IEND", new Uint8Array(0)),
  );
}

function bmp({ width, height, rgb }: Picture): Uint8Array {
  const stride = 4 * Math.ceil((3 * width) / 4);
  const bytes = new Uint8Array(54 + stride * height);
  const view = new DataView(bytes.buffer);
  bytes.set(utf8("BM"));
  view.setUint32(10, 54, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(28, 24, true);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let part = 0; part < 3; part++) {
        bytes[54 + (height - 1 - y) * stride + 3 * x + 2 - part] =
          rgb[3 * (y * width + x) + part] ?? 0;
      }
    }
  }
  return bytes;
}

/** The published example of three by five pixels (giflib's documentation). */
const GIF = Uint8Array.from(
  "4749463839610a000a0091000 0ffffffff00000000ff00000021f90400000000002c000000000a000a000002168c2d99872a1cdc33a00275ec95faa8de608c04914c0100 3b"
    .replaceAll(" ", "")
    .match(/../g)
    ?.map((pair) => Number.parseInt(pair, 16)) ?? [],
);

describe("pictures are decoded", () => {
  const picture = testPicture(37, 29);

  test("PNG with all filters", () => {
    expect(decodePng(png(picture))).toEqual(picture);
  });

  test("PNG that breaks off shows its first rows", () => {
    const whole = png(testPicture(200, 200));
    const { rgb } = decodePng(whole.subarray(0, whole.length >> 1));
    expect(rgb.subarray(0, 600)).toEqual(testPicture(200, 200).rgb.subarray(0, 600));
    expect(rgb.at(-1)).toBe(255);
  });

  test("BMP", () => {
    expect(decodeBmp(bmp(picture))).toEqual(picture);
  });

  test("GIF", () => {
    const { width, height, rgb } = decodeGif(GIF);
    expect([width, height]).toEqual([10, 10]);
    const colours = Array.from({ length: 100 }, (_, at) =>
      [...rgb.subarray(3 * at, 3 * at + 3)].join(),
    );
    expect(colours.slice(0, 10)).toEqual([
      ...new Array<string>(5).fill("255,0,0"),
      ...new Array<string>(5).fill("0,0,255"),
    ]);
    expect(colours[44]).toBe("255,255,255");
  });
});

describe("previews of pictures", () => {
  test("a large PNG gets a small and a sharper picture", () => {
    const bytes = png(testPicture(900, 700));
    const { layers } = planLayers(bytes, "a.png", "rich");
    expect(layers.map(({ level, role }) => [level, role])).toEqual([
      [1, "preview"],
      [2, "preview"],
      [3, "body"],
    ]);
    expect(layers[1]?.bytes.length).toBeGreaterThan(layers[0]?.bytes.length ?? 0);
  });

  test("shrinking keeps the shape", () => {
    const { width, height } = shrink(testPicture(1_000, 500), PREVIEW_SIDE_MAX);
    expect([width, height]).toEqual([PREVIEW_SIDE_MAX, PREVIEW_SIDE_MAX / 2]);
    expect(shrink(testPicture(10, 20), PREVIEW_SIDE_MAX)).toEqual(testPicture(10, 20));
    expect(shrink(testPicture(2_000, 1), 100)).toMatchObject({ width: 100, height: 1 });
  });

  test("a preview keeps to its room", () => {
    const bytes = png(testPicture(300, 300));
    expect(picturePreview(bytes, 4_096)?.length).toBeLessThanOrEqual(4_096);
    expect(picturePreview(bytes, 50)).toBeUndefined();
  });
});

describe("bombs are refused", () => {
  test("pixels at the limit and one row above", () => {
    const [width, height] = [10_000, PICTURE_PIXELS_MAX / 10_000];
    expect(emptyPicture(width, height).rgb.length).toBe(3 * PICTURE_PIXELS_MAX);
    expect(() => emptyPicture(width, height + 1)).toThrow(MediaError);
    expect(() => emptyPicture(0, 5)).toThrow(MediaError);
  });

  test("a PNG that announces more pixels than it may", () => {
    const bytes = png(testPicture(2, 2));
    bytes.set(u32(60_000), 16);
    bytes.set(u32(60_000), 20);
    expect(() => decodePng(bytes)).toThrow(MediaError);
    const plan = planLayers(concatBytes(bytes, new Uint8Array(5_000)), "bomb.png", "rich");
    expect(plan.layers).toHaveLength(1);
    expect(plan.note).toContain("60000 x 60000");
  });

  test("deflated data up to the size and one byte above", () => {
    const packed = new Uint8Array(deflateRawSync(new Uint8Array(100_000)));
    expect(inflate(packed, 100_000)).toHaveLength(100_000);
    expect(() => inflate(packed, 99_999)).toThrow(MediaError);
    expect(inflate(packed, 99_999, true).length).toBeLessThanOrEqual(99_999);
  });
});

test("inflation gives back what zlib has deflated", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), fc.nat(9), (parts, level) => {
      const bytes = concatBytes(...parts, ...parts);
      const raw = new Uint8Array(deflateRawSync(bytes, { level }));
      expect([...inflate(raw, bytes.length)]).toEqual([...bytes]);
      const zlib = new Uint8Array(deflateSync(bytes, { level }));
      expect([...inflateZlib(zlib, bytes.length)]).toEqual([...bytes]);
    }),
  );
});

test("damaged pictures are refused by a MediaError, or show something", () => {
  const sources = [png(testPicture(20, 20)), bmp(testPicture(20, 20)), GIF];
  const decoders = [decodePng, decodeBmp, decodeGif];
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 });
  fc.assert(
    fc.property(fc.nat(2), changes, fc.nat(3_000), (index, damage, cut) => {
      const bytes = (sources[index] ?? GIF).slice(0, cut);
      // The sizes stay: what large ones do is tested above, and takes its time.
      for (const [at, value] of damage)
        if (bytes.length > 30) bytes[30 + (at % (bytes.length - 30))] = value;
      try {
        decoders[index]?.(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(MediaError);
      }
    }),
    { numRuns: 300 },
  );
});
