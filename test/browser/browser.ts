import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  firefox,
  type Page,
} from "playwright-core";
import { root } from "../tidy/tree.ts";

/** The browser to test with; undefined where there is none. */
export const CHROMIUM: string | undefined = [process.env["CHROMIUM"], "/usr/bin/chromium"].find(
  (path) => path !== undefined && existsSync(path),
);

/**
 * The same engine without windows, which opens a page sooner: for the many
 * pages of made-up peers. The whole browser where it is missing.
 */
export const PAGES_CHROMIUM: string | undefined = [
  process.env["CHROMIUM"],
  "/usr/bin/chromium-headless-shell",
  CHROMIUM,
].find((path) => path !== undefined && existsSync(path));

const FIREFOX: string | undefined = [process.env["FIREFOX"], "/usr/bin/firefox-esr"].find(
  (path) => path !== undefined && existsSync(path),
);

const UNBUILT: string | undefined = existsSync(join(root, "dist", "console", "index.html"))
  ? undefined
  : "dist/console is missing; run 'npm run build' first";

/** Why the browser tests cannot run here; undefined where they can. */
export const SKIPPED: string | undefined =
  CHROMIUM === undefined ? "no Chromium at /usr/bin/chromium, and CHROMIUM names none" : UNBUILT;

/** Screens on which every view must be usable. */
export const SCREENS = {
  phone: { width: 360, height: 740 },
  laptop: { width: 1280, height: 800 },
} as const;

/** How long a page may take to show something, on a busy machine. */
const PATIENCE_MS = 15_000;

/** Why tests in Firefox cannot run here; undefined where they can. */
export const FIREFOX_SKIPPED: string | undefined =
  FIREFOX === undefined ? "no Firefox at /usr/bin/firefox-esr, and FIREFOX names none" : UNBUILT;

/** Starts the browser, or a program that starts it, with everything off that would call home. */
export function launch(
  executablePath: string = CHROMIUM ?? "",
  more: readonly string[] = [],
): Promise<Browser> {
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      ...sandbox,
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...more,
    ],
  });
}

/** Starts the Firefox of the machine. */
export function launchFirefox(): Promise<Browser> {
  const starter = join(root, "test", "browser", "firefox.mjs");
  return firefox.launch({ channel: "moz-firefox", executablePath: starter, headless: true });
}

/** A page, and everything it did that it should not have done. */
export interface WatchedPage {
  readonly page: Page;
  readonly faults: readonly string[];
}

/** Opens a page that is watched for errors, CSP violations and requests to other origins. */
export async function openWatched(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    ...{ locale: "en-GB", timezoneId: "UTC" },
    // What a service worker answers, tests would neither see nor hold back.
    serviceWorkers: "block",
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const faults: string[] = [];
  const origin = new URL(url).origin;
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`thrown: ${error.message}`));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    const asked = request.url();
    const local = asked.startsWith("blob:") || asked.startsWith("data:");
    if (!local && new URL(asked).origin !== origin) faults.push(`request: ${asked}`);
  });
  await page.addInitScript(() => {
    // This runs in the page, where `document` and `console` are the browser's.
    const target = globalThis as unknown as {
      document: { addEventListener(name: string, hear: (event: object) => void): void };
    };
    target.document.addEventListener("securitypolicyviolation", (event) => {
      const { violatedDirective, blockedURI } = event as Record<string, string>;
      console.error(`CSP: ${violatedDirective} ${blockedURI}`);
    });
  });
  await page.goto(url);
  return { page, faults };
}

/** Keeps a picture for people to look at, where PEERNET_PICTURES asks for it: they take their time. */
export async function picture(page: Page, name: string): Promise<void> {
  if (process.env["PEERNET_PICTURES"] === undefined) return;
  const folder = join(root, ".cache", "screenshots");
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
