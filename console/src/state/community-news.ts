import { type ReadonlySignal, signal } from "@preact/signals";
import { COALESCE_MS } from "../limits.ts";

const news = signal(0);

/** Changes whenever the peer tells of something new in a community: what was asked of it is out of date then. */
export const communityNews: ReadonlySignal<number> = news;

let soon: ReturnType<typeof setTimeout> | undefined;

/** Tells the page that something is new in a community; many at once are one. */
export function communityChanged(): void {
  if (soon !== undefined) return;
  soon = setTimeout(() => {
    soon = undefined;
    news.value += 1;
  }, COALESCE_MS);
}
