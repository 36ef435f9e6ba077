import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MediaError } from "../errors.ts";
import { testPicture } from "../jpeg/picture.fixture.ts";
import { WEBP_CODE_GROUPS_MAX } from "../limits.ts";
import type { Picture } from "../picture.ts";
import { planLayers } from "../plan.ts";
import {
  CLEAR,
  FIVE,
  five,
  GUESSED,
  HALVES,
  halves,
  MANY,
  many,
  NOISY,
  slope,
  TWO,
  two,
} from "./lossless.fixture.ts";
import { stripes } from "./webp.fixture.ts";
import { decodeWebp } from "./webp.ts";

const FILES: readonly (readonly [what: string, file: Uint8Array, picture: Picture])[] = [
  ["guessed pixels", GUESSED, stripes(40, 24)],
  ["noise", NOISY, testPicture(33, 17)],
  ["two colours", TWO, two(37, 19)],
  ["five colours", FIVE, five(37, 19)],
  ["many colours", MANY, many(64, 48)],
  ["two groups of codes", HALVES, halves(64, 48)],
];

/** Writes bits from a byte's lowest on. */
function bitsOf(...fields: readonly (readonly [value: number, count: number])[]): Uint8Array {
  const bits = fields.flatMap(([value, count]) =>
    Array.from({ length: count }, (_, i) => (value >> i) & 1),
  );
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [at, bit] of bits.entries())
    bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (bit << (at & 7));
  return bytes;
}

type Field = readonly [value: number, count: number];

function file(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(20 + body.length);
  bytes.set(new TextEncoder().encode("RIFF    WEBPVP8L"));
  new DataView(bytes.buffer).setUint32(16, body.length, true);
  bytes.set(body, 20);
  return bytes;
}

const head = (width: number, height: number, version = 0): readonly Field[] => [
  ...([
    [0x2f, 8],
    [width - 1, 14],
    [height - 1, 14],
    [0, 1],
    [version, 3],
  ] as const),
];
/** A code of the one symbol. */
const lone = (symbol: number): readonly Field[] => [
  [1, 1],
  [0, 1],
  [1, 1],
  [symbol, 8],
];

describe("a lossless WebP", () => {
  test.each(FILES)("with %s is what libwebp wrote, byte for byte", (_, bytes, picture) => {
    expect(decodeWebp(bytes)).toEqual(picture);
  });

  test("is on white where it is transparent", () => {
    const [seen, whole] = [decodeWebp(CLEAR), slope(40, 10)];
    for (const [at, value] of seen.rgb.entries()) {
      const opaque = (6 * (Math.floor(at / 3) % 40)) / 255;
      const expected = 255 + ((whole.rgb[at] ?? 0) - 255) * opaque;
      expect(Math.abs(value - expected)).toBeLessThan(1);
    }
  });

  test("gets a small picture as coarse layer", () => {
    const padded = new Uint8Array(GUESSED.length + 30_000);
    padded.set(GUESSED);
    const { mediaType, layers } = planLayers(padded, "stripes.webp", "gentle");
    expect(mediaType).toBe("image/webp");
    expect(layers[0]?.role).toBe("preview");
  });

  test("that breaks off shows what is there, or is refused with a MediaError", () => {
    let rows = 0;
    const whole = decodeWebp(GUESSED);
    for (let length = 20; length < GUESSED.length; length += 7) {
      try {
        const { rgb } = decodeWebp(GUESSED.subarray(0, length));
        const end = rgb.findLastIndex((value) => value !== 0) + 1;
        expect(Buffer.compare(rgb.subarray(0, end), whole.rgb.subarray(0, end))).toBe(0);
        expect(end).toBeGreaterThanOrEqual(rows);
        rows = end;
      } catch (error) {
        expect(error).toBeInstanceOf(MediaError);
      }
    }
    expect(rows).toBeGreaterThan(whole.rgb.length / 2);
  });

  test("with bytes changed is refused with a MediaError or decoded to something", () => {
    const change = fc.array(fc.tuple(fc.nat(1_000), fc.nat(255)), { minLength: 1 });
    fc.assert(
      fc.property(fc.nat(FILES.length - 1), change, (which, all) => {
        const bytes = Uint8Array.from(FILES[which]?.[1] ?? GUESSED);
        // Sizes stay as they are.
        for (const [at, value] of all) bytes[25 + (at % (bytes.length - 25))] = value;
        try {
          decodeWebp(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(MediaError);
        }
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  test("of a few bytes may be of one colour", () => {
    const codes = [...lone(20), ...lone(10), ...lone(30), ...lone(255), ...lone(0)];
    const body = bitsOf(...head(5, 4), [0, 1], [0, 1], [0, 1], ...codes);
    expect(decodeWebp(file(body)).rgb).toEqual(
      Uint8Array.from({ length: 60 }, (_, i) => [10, 20, 30][i % 3] ?? 0),
    );
  });

  test("that claims too much is refused", () => {
    const refused = (code: string, ...fields: readonly Field[]): void => {
      const bytes = file(bitsOf(...fields, [0, 64]));
      expect(() => decodeWebp(bytes)).toThrow(expect.objectContaining({ code }));
    };
    refused("too-large", ...head(16_384, 16_384));
    refused("unsupported", ...head(5, 4, 1));
    refused("malformed", [0x2e, 8], [0, 32]);
    // The same change of pixels twice.
    refused("malformed", ...head(5, 4), [1, 1], [2, 2], [1, 1], [2, 2]);
    refused("malformed", ...head(5, 4), [0, 1], [1, 1], [12, 4]);
    // A copy from before the first pixel: the one green symbol is 256, behind 138 and 118 others.
    const lengths: readonly Field[] = [
      [0, 1],
      [0, 4],
      [0, 3],
      [1, 3],
      [0, 3],
      [1, 3],
      [1, 1],
      [0, 3],
    ];
    const copies: readonly Field[] = [
      [1, 2],
      [1, 1],
      [127, 7],
      [1, 1],
      [107, 7],
      [0, 1],
    ];
    const others = [...lone(0), ...lone(0), ...lone(0), ...lone(0)];
    const plain: readonly Field[] = [
      [0, 1],
      [0, 1],
      [0, 1],
    ];
    refused("malformed", ...head(5, 4), ...plain, ...lengths, ...copies, ...others);
    const groups = (count: number): readonly Field[] => {
      const group = count - 1;
      const blocks = [
        ...lone(group & 255),
        ...lone(group >> 8),
        ...lone(0),
        ...lone(0),
        ...lone(0),
      ];
      return [...head(5, 4), [0, 1], [0, 1], [1, 1], [0, 3], [0, 1], ...blocks];
    };
    refused("too-large", ...groups(WEBP_CODE_GROUPS_MAX + 1));
    const most = Array.from({ length: 5 * WEBP_CODE_GROUPS_MAX }, () => lone(0)).flat();
    const bytes = file(bitsOf(...groups(WEBP_CODE_GROUPS_MAX), ...most));
    expect(decodeWebp(bytes)).toMatchObject({ width: 5, height: 4 });
  });
});
