import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeWebp } from "../../src/media/webp/webp.ts";
import { CHROMIUM, launch } from "./browser.ts";

let browser: Browser;

beforeAll(async () => {
  if (CHROMIUM !== undefined) browser = await launch();
});
afterAll(() => browser?.close());

/** Pictures that Chromium paints and writes as lossless WebP, and what it sees in them, on white. */
const PAINT = `(async () => {
  const wave = (x, y) => [128 + 90 * Math.sin(x / 9 + y / 7), 128 + 60 * Math.cos(x / 5), x + y, 255];
  const few = (x, y) => [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]][((x * y) >> 3) % 3];
  const noise = () => [...crypto.getRandomValues(new Uint8Array(3)), 255];
  const clear = (x, y) => [x * 2, y * 2, 100, (x * 5) % 256];
  const text = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const all = [];
  for (const [name, colour] of Object.entries({ wave, few, noise, clear })) {
    for (const [width, height] of [[1, 1], [97, 61], [300, 120]]) {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext("2d");
      const image = context.createImageData(width, height);
      for (let at = 0; at < width * height; at++) {
        image.data.set(colour(at % width, Math.floor(at / width)), 4 * at);
      }
      context.putImageData(image, 0, 0);
      const blob = await canvas.convertToBlob({ type: "image/webp", quality: 1 });
      context.fillStyle = "#fff";
      context.fillRect(0, 0, width, height);
      context.drawImage(await createImageBitmap(blob), 0, 0);
      const file = text(new Uint8Array(await blob.arrayBuffer()));
      const seen = text(context.getImageData(0, 0, width, height).data);
      all.push({ name, width, height, file, seen });
    }
  }
  return all;
})()`;

interface Painted {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly file: string;
  readonly seen: string;
}

describe.skipIf(CHROMIUM === undefined)("a lossless WebP that Chromium wrote", () => {
  test("looks to us as it does to Chromium", async () => {
    const page = await browser.newPage();
    const all = await page.evaluate<readonly Painted[]>(PAINT);
    expect(all).toHaveLength(12);
    for (const { name, width, height, file, seen } of all) {
      const bytes = Buffer.from(file, "base64");
      expect(bytes.includes("VP8L")).toBe(true);
      const picture = decodeWebp(bytes);
      expect(picture).toMatchObject({ width, height });
      const theirs = Buffer.from(seen, "base64");
      let worst = 0;
      for (const [at, value] of picture.rgb.entries()) {
        const their = theirs[4 * Math.floor(at / 3) + (at % 3)] ?? Number.NaN;
        worst = Math.max(worst, Math.abs(value - their));
      }
      // Chromium rounds twice where something shows through.
      expect(worst).toBeLessThanOrEqual(name === "clear" ? 2 : 0);
    }
  });
});
