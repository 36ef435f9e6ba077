import { type ReadonlySignal, signal } from "@preact/signals";
import type { EventBodies } from "../../../src/api/client/index.ts";
import { COALESCE_MS } from "../limits.ts";

const news = signal(0);

/** Changes whenever the peer tells of anything but progress: it has then mostly written to its log as well. */
export const eventNews: ReadonlySignal<number> = news;

let soon: ReturnType<typeof setTimeout> | undefined;

/** Tells the page that something happened on the peer; many at once are one. */
export function somethingHappened(name: keyof EventBodies): void {
  if (name === "progress" || soon !== undefined) return;
  soon = setTimeout(() => {
    soon = undefined;
    news.value += 1;
  }, COALESCE_MS);
}
