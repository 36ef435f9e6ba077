import { UPGRADE_MS } from "../limits.ts";
import { say } from "../words/language.ts";
import { saveDrafts } from "./drafts.ts";
import { notify } from "./notices.ts";

const KEY = "peernet-page";

/** The page's own script, whose name changes with what is in it. */
const SCRIPT = /assets\/index-[\w-]+\.js/;

/** The script that a page loads; undefined where it loads none. */
export function scriptOf(text: string): string | undefined {
  return SCRIPT.exec(text)?.[0];
}

/**
 * The peer answers again: where it has another page than this one by now, says so and loads that,
 * once for each version. Texts that were begun are kept.
 */
export async function lookForUpgrade(): Promise<void> {
  const mine = scriptOf(document.querySelector("script")?.src ?? "");
  const theirs = await scriptOfPeer();
  if (mine === undefined || theirs === undefined || mine === theirs) return;
  if (sessionStorage.getItem(KEY) === theirs) return;
  sessionStorage.setItem(KEY, theirs);
  notify("good", say().common.upgraded);
  setTimeout(() => {
    saveDrafts();
    location.reload();
  }, UPGRADE_MS);
}

async function scriptOfPeer(): Promise<string | undefined> {
  try {
    const answer = await fetch("./", { cache: "no-store" });
    return answer.ok ? scriptOf(await answer.text()) : undefined;
  } catch {
    // It is silent again already; the next time it answers, this is asked anew.
    return undefined;
  }
}
