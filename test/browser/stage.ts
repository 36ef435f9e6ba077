import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import {
  launch,
  openWatched,
  PAGES_CHROMIUM,
  SCREENS,
  SKIPPED,
  type WatchedPage,
} from "./browser.ts";
import { type FakePeer, startFakePeer } from "./fake-api.ts";
import { type Scene, worldOf } from "./fake-data.ts";

/** A browser, and fake peers whose consoles it opens; everything ends with each test. */
export interface Stage {
  /** A peer in a scene. */
  peerOf(scene: Scene): Promise<FakePeer>;
  /** A peer that ends with the test like those of `peerOf`. */
  adopt(peer: FakePeer): void;
  open(
    peer: FakePeer,
    view: string,
    screen?: keyof typeof SCREENS,
    colorScheme?: "light" | "dark",
  ): Promise<WatchedPage>;
  /** The browser itself. */
  browser(): Browser;
}

/** Sets the stage for the tests of a file. */
export function setStage(): Stage {
  let browser: Browser;
  const peers: FakePeer[] = [];
  beforeAll(async () => {
    if (SKIPPED === undefined) browser = await launch(PAGES_CHROMIUM);
  });
  afterEach(async () => {
    for (const context of browser?.contexts() ?? []) await context.close();
    for (const peer of peers.splice(0)) await peer.close();
  });
  afterAll(async () => {
    await browser?.close();
  });
  return {
    browser: () => browser,
    adopt: (peer) => {
      peers.push(peer);
    },
    peerOf: async (scene) => {
      const peer = await startFakePeer(worldOf(scene));
      peers.push(peer);
      return peer;
    },
    open: (peer, view, screen = "laptop", colorScheme = "light") =>
      openWatched(browser, `${peer.consoleUrl}&view=${view}`, {
        viewport: SCREENS[screen],
        colorScheme,
        reducedMotion: "reduce",
        hasTouch: screen === "phone",
      }),
  };
}

/** Whether the page can be scrolled sideways, which it never should. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate("document.documentElement.scrollWidth - innerWidth");
}

/** Parts of the page whose content is broader than they are, so that some of it is out of sight. */
export function cutOff(page: Page): Promise<readonly string[]> {
  return page.evaluate(`[...document.querySelectorAll(".page, .split-list, .dialog")]
    .filter((element) => element.scrollWidth > element.clientWidth)
    .map((element) => element.className + " " + element.scrollWidth)`);
}

/** Names and words that were left so little room that they break after every few letters. */
export function squeezed(page: Page): Promise<readonly string[]> {
  return page.evaluate(`[
    ...[...document.querySelectorAll(".grow, .page-head h2")]
      .map((element) => [element, element.getBoundingClientRect().width])
      .filter(([, width]) => width > 0 && width < 100)
      .map(([element]) => element),
    // One word in two lines.
    ...[...document.querySelectorAll(".card-head h3")].filter(
      (element) =>
        !/\\s/.test(element.textContent.trim()) &&
        element.getBoundingClientRect().height > 1.9 * parseFloat(getComputedStyle(element).fontSize),
    ),
  ].map((element) => element.outerHTML.slice(0, 120))`);
}

/** Names on the map that leave the screen or lie on the legend. */
export function hiddenNames(page: Page): Promise<readonly string[]> {
  return page.evaluate(`(() => {
    const legend = [...document.querySelectorAll(".map-legend span")].map((one) => one.getBoundingClientRect());
    const meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    return [...document.querySelectorAll(".map .label")]
      .map((element) => [element.textContent, element.getBoundingClientRect()])
      .filter(([, box]) => box.width > 0)
      .filter(([, box]) => box.left < 0 || box.right > innerWidth || legend.some((one) => meets(one, box)))
      .map(([name]) => name);
  })()`);
}

/** Smallest side of what a finger must hit, in CSS pixels. */
const TOUCH_MIN = 40;

/** Buttons, rows, fields and links of the navigation that are too small for a finger. */
export function tooSmall(page: Page): Promise<readonly string[]> {
  return page.evaluate(`[...document.querySelectorAll("button, .navigation a, .row, input:not([type=checkbox]), select, summary, label.line")]
    .map((element) => [element, element.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0)
    .filter(([, box]) => Math.min(box.width, box.height) < ${TOUCH_MIN})
    .map(([element]) => element.outerHTML.slice(0, 120))`);
}
