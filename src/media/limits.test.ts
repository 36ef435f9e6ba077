import { describe, expect, test } from "vitest";
import { concatBytes } from "../base/bytes.ts";
import { MediaError } from "./errors.ts";
import { decodeJpeg } from "./jpeg/decode.ts";
import { emptyCoefficients, frameOf } from "./jpeg/frame.ts";
import { cameraJpeg, progressiveParts, testPicture } from "./jpeg/picture.fixture.ts";
import { rescanJpeg } from "./jpeg/rescan.ts";
import { END, frameSegment, START, segment, writeScan } from "./jpeg/write.ts";
import {
  JPEG_BLOCK_VISITS_MAX,
  JPEG_HEADER_BYTES_MAX,
  JPEG_SAMPLES_MAX,
  JPEG_SCANS_MAX,
  MEDIA_BYTES_MAX,
  OUTLINE_LINES_MAX,
} from "./limits.ts";
import { planLayers } from "./plan.ts";
import { textPreview } from "./text.ts";

describe("limits hold at their value and not one above", () => {
  test("samples of a JPEG", () => {
    const grey = [{ id: 1, h: 1, v: 1, quantisation: 0 }];
    const side = JPEG_SAMPLES_MAX / 8_000;
    expect(frameOf(false, 8_000, side, grey).unitsWide).toBe(1_000);
    expect(() => frameOf(false, 8_000, side + 1, grey)).toThrow(MediaError);
  });

  test("scans of a JPEG", () => {
    const { start, mean, band, end } = progressiveParts(testPicture(16, 16), { quality: 50 });
    const jpeg = (scans: number): Uint8Array => {
      return concatBytes(start, mean, ...new Array<Uint8Array>(scans - 1).fill(band), end);
    };
    expect(decodeJpeg(jpeg(JPEG_SCANS_MAX)).scans).toHaveLength(JPEG_SCANS_MAX);
    expect(() => decodeJpeg(jpeg(JPEG_SCANS_MAX + 1))).toThrow("too many scans");
  });

  test("blocks that scans visit: a small file cannot keep us busy", () => {
    const frame = frameOf(true, 8_000, 8_000, [{ id: 1, h: 1, v: 1, quantisation: 0 }]);
    const nothing = emptyCoefficients(frame);
    const scan = (first: number): Uint8Array => {
      const components = [{ index: 0, dc: 0, ac: 0 }];
      return writeScan(frame, nothing, { components, first, last: 5 * first, high: 0, low: 0 });
    };
    const [mean, band] = [scan(0), scan(1)];
    const start = concatBytes(START, frameSegment(frame), mean);
    const scans = JPEG_BLOCK_VISITS_MAX / 1_000_000;
    const jpeg = (count: number): Uint8Array => {
      return concatBytes(start, ...new Array<Uint8Array>(count - 1).fill(band), END);
    };
    expect(jpeg(scans).length).toBeLessThan(200_000);
    expect(decodeJpeg(jpeg(scans)).complete).toBe(true);
    expect(() => decodeJpeg(jpeg(scans + 1))).toThrow("too many scans");
  });

  test("camera data in the coarse layer", () => {
    const packed = (extraBytes: number): number => {
      const extra = segment(0xe1, new Uint8Array(extraBytes - 4).fill(9));
      const jpeg = cameraJpeg(testPicture(64, 64), { quality: 50, extra });
      return rescanJpeg(jpeg, decodeJpeg(jpeg), () => [20_000]).cuts[0] ?? 0;
    };
    const [at, above] = [packed(JPEG_HEADER_BYTES_MAX), packed(JPEG_HEADER_BYTES_MAX + 1)];
    expect(at - above).toBe(JPEG_HEADER_BYTES_MAX);
  });

  test("bytes of a file", () => {
    const file = new Uint8Array(MEDIA_BYTES_MAX + 1);
    expect(planLayers(file, "a.bin", "rich").note).toContain("too large");
    const plan = planLayers(file.subarray(1), "a.bin", "rich");
    expect(plan.note).not.toContain("too large");
    expect(plan.layers[0]?.bytes.buffer).toBe(file.buffer);
  });

  test("headings of an outline", () => {
    const headings = (count: number): number => {
      const text = Array.from({ length: count }, (_, at) => `# ${at}\n${"words ".repeat(50)}\n`);
      const shown = new TextDecoder().decode(textPreview(text.join(""), 20_000));
      return shown.slice(shown.indexOf("…")).split("# ").length - 1;
    };
    expect(headings(OUTLINE_LINES_MAX)).toBe(OUTLINE_LINES_MAX);
    expect(headings(OUTLINE_LINES_MAX + 1)).toBe(OUTLINE_LINES_MAX);
  });
});
