import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, utf8 } from "../../base/bytes.ts";
import { MediaError } from "../errors.ts";
import { decodeJpeg } from "../jpeg/decode.ts";
import { testPicture } from "../jpeg/picture.fixture.ts";
import { jpegPicture } from "../jpeg/pixels.ts";
import { PREVIEW_SIDE_MAX } from "../limits.ts";
import { type Picture, shrink } from "../picture.ts";
import { planLayers } from "../plan.ts";
import { picturePreview } from "../plan-picture.ts";
import { COARSE, FINE, SMALL, stripes } from "./webp.fixture.ts";
import { decodeWebp } from "./webp.ts";

/** How like two pictures are, in decibels. */
function likeness(a: Picture, b: Picture): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  let sum = 0;
  for (const [i, value] of a.rgb.entries()) sum += (value - (b.rgb[i] ?? 0)) ** 2;
  return 10 * Math.log10(255 ** 2 / (sum / a.rgb.length));
}

function chunk(kind: string, body: Uint8Array): Uint8Array {
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, body.length, true);
  return concatBytes(utf8(kind), size, body, new Uint8Array(body.length % 2));
}

function riff(...chunks: readonly Uint8Array[]): Uint8Array {
  return concatBytes(utf8("RIFF"), new Uint8Array(4), utf8("WEBP"), ...chunks);
}

/** The key frame of a simple file. */
const frame = FINE.subarray(20);

describe("a lossy WebP", () => {
  test("is decoded to what was encoded, as far as its quality goes", () => {
    // libwebp's own decoder comes to 28.7, 24.6 and 25.5 with its filter.
    expect(likeness(decodeWebp(FINE), stripes(96, 80))).toBeGreaterThan(27);
    expect(likeness(decodeWebp(COARSE), stripes(96, 80))).toBeGreaterThan(23);
    expect(likeness(decodeWebp(SMALL), testPicture(33, 17))).toBeGreaterThan(24);
  });

  test("is found among other chunks, and as the first frame of an animation", () => {
    const plain = decodeWebp(FINE);
    const extended = riff(
      chunk("VP8X", new Uint8Array(10)),
      chunk("ALPH", new Uint8Array(7)),
      chunk("VP8 ", frame),
    );
    const animated = riff(
      chunk("VP8X", new Uint8Array(10)),
      chunk("ANMF", concatBytes(new Uint8Array(16), chunk("VP8 ", frame))),
      chunk("ANMF", concatBytes(new Uint8Array(16), chunk("VP8 ", SMALL.subarray(20)))),
    );
    expect(decodeWebp(extended)).toEqual(plain);
    expect(decodeWebp(animated)).toEqual(plain);
  });

  test("gets a small picture as coarse layer, and comes back bit for bit", () => {
    // Larger than what goes wholly to the top.
    const file = concatBytes(FINE, chunk("XMP ", new Uint8Array(40_000)));
    const { mediaType, layers } = planLayers(file, "stripes.webp", "gentle");
    expect(mediaType).toBe("image/webp");
    const [preview] = layers;
    expect(preview?.role).toBe("preview");
    const seen = jpegPicture(decodeJpeg(preview?.bytes ?? file), PREVIEW_SIDE_MAX);
    expect(likeness(seen, shrink(stripes(96, 80), seen.width))).toBeGreaterThan(15);
    const body = layers.filter(({ role }) => role === "body").map(({ bytes }) => bytes);
    expect(concatBytes(...body)).toEqual(file);
    expect(picturePreview(FINE, 10_000)).toBeDefined();
  });

  test("that breaks off shows what is there, or is refused with a MediaError", () => {
    for (let length = 0; length < SMALL.length; length += 7) {
      try {
        expect(decodeWebp(SMALL.subarray(0, length)).width).toBe(33);
      } catch (error) {
        expect(error).toBeInstanceOf(MediaError);
      }
    }
    // Half of the rows are as they were.
    const [half, whole] = [decodeWebp(FINE.subarray(0, 2_200)), decodeWebp(FINE)];
    expect(half.rgb.subarray(0, 3 * 96 * 32)).toEqual(whole.rgb.subarray(0, 3 * 96 * 32));
    expect(half.rgb.subarray(3 * 96 * 72)).not.toEqual(whole.rgb.subarray(3 * 96 * 72));
  });

  test("with bytes changed is refused with a MediaError or decoded to something", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(SMALL.length - 1), fc.nat(255)), { minLength: 1 }),
        (all) => {
          const bytes = Uint8Array.from(SMALL);
          for (const [at, value] of all) bytes[at] = value;
          try {
            decodeWebp(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(MediaError);
          }
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });

  test("that claims to be huge, and one that is none, are refused", () => {
    const huge = Uint8Array.from(SMALL);
    huge.set([0xff, 0x3f, 0xff, 0x3f], 26);
    expect(() => decodeWebp(huge)).toThrow(expect.objectContaining({ code: "too-large" }));
    expect(() => decodeWebp(riff(chunk("VP8X", frame)))).toThrow(MediaError);
    const follows = Uint8Array.from(SMALL);
    follows[20] = (follows[20] ?? 0) | 1;
    expect(() => decodeWebp(follows)).toThrow(expect.objectContaining({ code: "malformed" }));
  });
});
