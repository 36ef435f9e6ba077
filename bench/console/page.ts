import type { Browser, Page } from "playwright-core";
import { launch, openWatched, SCREENS, type WatchedPage } from "../../test/browser/browser.ts";
import { type FakePeer, startFakePeer } from "../../test/browser/fake-api.ts";
import { type Scene, worldOf } from "../../test/browser/fake-data.ts";

/** A fake peer, which answers at once, so that only the page is measured. */
export function peerIn(scene: Scene): Promise<FakePeer> {
  return startFakePeer(worldOf(scene), 0, "dist/console");
}

/** Does something with a browser and ends it. */
export async function withBrowser<T>(work: (browser: Browser) => Promise<T>): Promise<T> {
  const browser = await launch();
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}

/** Opens a view of a fake peer's console. */
export function openView(
  browser: Browser,
  peer: FakePeer,
  view: string,
  screen: keyof typeof SCREENS = "laptop",
  colorScheme: "light" | "dark" = "light",
): Promise<WatchedPage> {
  return openWatched(browser, `${peer.consoleUrl}&view=${view}`, {
    ...{ viewport: SCREENS[screen], colorScheme, hasTouch: screen === "phone" },
  });
}

/** What a stretch of time cost. */
export interface Frames {
  readonly frames: number;
  readonly seconds: number;
  /** Of the page's main thread, in milliseconds for each frame: the processor's time, not the clock's. */
  readonly cpuMs: number;
  /** Share of frames that came more than 50 ms after the one before. */
  readonly slowPercent: number;
}

const SLOW_MS = 50;

/** Counts frames and the main thread's work while something goes on. */
export async function framesDuring(page: Page, work: () => Promise<void>): Promise<Frames> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const taskMs = async (): Promise<number> => {
    const { metrics } = await session.send("Performance.getMetrics");
    return 1_000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0);
  };
  await page.evaluate(`(() => {
    globalThis.benchFrames = [];
    const note = (at) => {
      if (globalThis.benchFrames === undefined) return;
      globalThis.benchFrames.push(at);
      requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
  })()`);
  const before = await taskMs();
  await work();
  const after = await taskMs();
  const times = await page.evaluate<number[]>(
    "(() => { const found = globalThis.benchFrames; globalThis.benchFrames = undefined; return found; })()",
  );
  await session.detach();
  const gaps = times.slice(1).map((time, at) => time - (times[at] ?? time));
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000;
  return {
    ...{ frames: gaps.length, seconds, cpuMs: (after - before) / Math.max(1, gaps.length) },
    slowPercent: (100 * gaps.filter((gap) => gap > SLOW_MS).length) / Math.max(1, gaps.length),
  };
}
