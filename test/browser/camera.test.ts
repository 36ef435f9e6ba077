import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, openWatched, picture, SCREENS, SKIPPED } from "./browser.ts";
import { INVITE_LINK } from "./fake-api.ts";
import { overflow, setStage, tooSmall } from "./stage.ts";

const { peerOf } = setStage();

let browser: Browser;

beforeAll(async () => {
  // A camera that shows a moving pattern, and somebody who allows it.
  const camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
  if (SKIPPED === undefined) browser = await launch(undefined, camera);
});
afterAll(() => browser?.close());

/** Chromium on Linux reads no codes: this stands in for the part that does. */
const DETECTOR = `globalThis.BarcodeDetector = class {
  async detect(source) {
    if (!(source instanceof HTMLVideoElement) || source.videoWidth === 0) return [];
    globalThis.looks = (globalThis.looks ?? 0) + 1;
    return globalThis.looks < 3 ? [] : [{ rawValue: ${JSON.stringify(INVITE_LINK)} }];
  }
};`;

describe.skipIf(SKIPPED !== undefined)("a code before the camera", { timeout: 120_000 }, () => {
  test("is read while one holds it there, and the camera goes off", async () => {
    const peer = await peerOf("street");
    const { page, faults } = await openWatched(browser, peer.consoleUrl, {
      ...{ viewport: SCREENS.phone, hasTouch: true },
    });
    await page.evaluate(DETECTOR);
    await page.getByRole("link", { name: "People" }).click();
    await page.getByRole("button", { name: "Add by link" }).click();
    await page.getByRole("button", { name: "Scan with the camera" }).click();
    await page.getByLabel("What the camera sees").waitFor();
    await picture(page, "camera-phone");
    expect([await overflow(page), await tooSmall(page)]).toEqual([0, []]);
    const field = page.getByRole("dialog").locator("textarea");
    await expect.poll(() => field.inputValue()).toBe(INVITE_LINK);
    expect(await page.getByLabel("What the camera sees").count()).toBe(0);
    expect(faults).toEqual([]);
  });

  test("is not asked for where the browser reads none, and a camera that is denied is told", async () => {
    const peer = await peerOf("street");
    const { page } = await openWatched(browser, peer.consoleUrl, { viewport: SCREENS.phone });
    await page.getByRole("link", { name: "People" }).click();
    await page.getByRole("button", { name: "Add by link" }).click();
    expect(await page.getByRole("button", { name: "Scan with the camera" }).count()).toBe(0);
    await page.keyboard.press("Escape");
    await page.evaluate(DETECTOR);
    await page.evaluate(
      `navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"))`,
    );
    await page.getByRole("button", { name: "Add by link" }).click();
    await page.getByRole("button", { name: "Scan with the camera" }).click();
    await page.getByText("The browser gives no camera.").waitFor();
    expect(await page.getByLabel("What the camera sees").count()).toBe(0);
  });
});
