import type { Page } from "playwright-core";
import { longTalk, MANY } from "../../test/browser/long-talk.ts";
import { type BenchRow, benchRow } from "../row.ts";
import { type Frames, framesDuring, openView, peerIn, withBrowser } from "./page.ts";

const MAP_MS = 4_000;
const WHEEL_PX = 900;
const WHEELS = 160;

/** The map of 2,000 peers and the conversation of 10,000 messages, as they move. */
export function motionRows(): Promise<BenchRow[]> {
  return withBrowser(async (browser) => {
    const city = await peerIn("city");
    const street = await peerIn("street");
    street.world.messages = longTalk();
    try {
      const map = await openView(browser, city, "map");
      await map.page.locator(".big-map").waitFor();
      const canvas = map.page.locator(".big-map");
      const peers = await canvas.getAttribute("data-peers");
      const links = await canvas.getAttribute("data-links");
      const moved = await framesDuring(map.page, () => drag(map.page));
      await map.page.context().close();
      const chat = await openView(browser, street, "people");
      await chat.page.getByRole("link", { name: "Anna" }).click();
      await chat.page.getByText(`message ${MANY - 1}`).waitFor();
      const scrolled = await framesDuring(chat.page, () => wheel(chat.page));
      const rows = await chat.page.locator(".window-row").count();
      return [...mapRows(moved, `${peers} peers, ${links} links`), ...scrollRows(scrolled, rows)];
    } finally {
      await city.close();
      await street.close();
    }
  });
}

function mapRows(moved: Frames, what: string): BenchRow[] {
  const note = `${what}, dragged while the layout runs in its worker; drawn without a graphics card`;
  return [
    { ...benchRow("console.map.fps", moved.frames / moved.seconds, "frames/s"), note },
    { ...benchRow("console.map.frame.ms", moved.cpuMs, "ms"), note: "the main thread's own time" },
  ];
}

function scrollRows(scrolled: Frames, rows: number): BenchRow[] {
  const note = `${WHEELS} turns of a wheel by ${WHEEL_PX} pixels through ${MANY} messages, older ones being fetched; ${rows} of them in the page at the end`;
  return [
    { ...benchRow("console.scroll.frame.ms", scrolled.cpuMs, "ms"), note },
    {
      ...benchRow("console.scroll.slow.percent", scrolled.slowPercent, "%"),
      note: "frames more than 50 ms after the one before, by the clock",
    },
  ];
}

/** Moves the map all the time, as a hand would. */
async function drag(page: Page): Promise<void> {
  const box = await page.locator(".big-map").boundingBox();
  const [x, y] = [(box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  const endMs = performance.now() + MAP_MS;
  for (let turn = 0; performance.now() < endMs; turn += 1) {
    await page.mouse.move(x + 80 * Math.sin(turn / 9), y + 60 * Math.cos(turn / 7));
  }
  await page.mouse.up();
}

async function wheel(page: Page): Promise<void> {
  const box = await page.locator(".messages").boundingBox();
  await page.mouse.move((box?.x ?? 0) + 100, (box?.y ?? 0) + 100);
  for (let turn = 0; turn < WHEELS; turn += 1) {
    await page.mouse.wheel(0, -WHEEL_PX);
    await page.waitForTimeout(16);
  }
}
