import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { must } from "../../src/base/errors.ts";
import { launch, SKIPPED } from "./browser.ts";
import { BUILT, type Daemon, startDaemon } from "./daemon.ts";

/** Why stories of real peers cannot be played here; undefined where they can. */
export const NO_STAGE: string | undefined =
  SKIPPED ?? (BUILT ? undefined : "dist/cli is missing; run 'npm run build' first");

/** What needs another peer's answer may take a while on a busy machine. */
export const PATIENT = { timeout: 60_000 } as const;

/** A browser, and real peers that are linked to the first of them. */
export interface RealStage {
  browser(): Browser;
  /** The peer of that place in the list of names. */
  daemon(at: number): Daemon;
}

/** Sets the stage for the stories of a file; everything ends with it. */
export function setRealStage(...names: readonly string[]): RealStage {
  let browser: Browser | undefined;
  const daemons: Daemon[] = [];
  beforeAll(async () => {
    if (NO_STAGE !== undefined) return;
    browser = await launch();
    for (const name of names) {
      daemons.push(
        await startDaemon(
          name,
          daemons.slice(0, 1).map(({ endpoint }) => endpoint),
        ),
      );
    }
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await Promise.all(daemons.map((daemon) => daemon.stop()));
  });
  return {
    browser: () => must(browser, "the browser has started"),
    daemon: (at) => must(daemons[at], "a peer for each name"),
  };
}

/** In the people view: `host` invites, and `guest` adds them by the link, under a name if one is given. */
export async function meetByLink(host: Page, guest: Page, hostName?: string): Promise<void> {
  await host.getByRole("button", { name: "Invite" }).click();
  const invite = await host.getByLabel("Invite link").inputValue();
  await host.keyboard.press("Escape");
  await guest.getByRole("button", { name: "Add by link" }).click();
  await guest.getByLabel("Their invite link").fill(invite);
  if (hostName !== undefined) await guest.getByLabel("What you call them").fill(hostName);
  await guest.getByRole("button", { name: "Add", exact: true }).click();
}
