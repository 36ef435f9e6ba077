import { api } from "./api.ts";
import { keep, recall } from "./kept.ts";
import { go, isFromAfar, place } from "./session.ts";

const KEY = "peernet-welcomed";

/**
 * Leads a new person to the first evening: where the page was opened without a view, the words were
 * not confirmed, nobody was met yet, and it was not put off in this browser. At the peer's machine only:
 * its words are shown nowhere else.
 */
export async function welcomeIfNew(): Promise<void> {
  if (isFromAfar || place.peek().isAsked || recall(KEY) !== undefined) return;
  try {
    const [{ holdsWords, isConfirmed }, { contactCount }] = await Promise.all([
      api().devices.recovery(),
      api().status(),
    ]);
    const isNew = holdsWords && !isConfirmed && contactCount === 0;
    if (isNew && !place.peek().isAsked) go("welcome");
  } catch {
    // A peer that does not answer is told of by the banner.
  }
}

/** Not again in this browser. */
export function endWelcome(): void {
  keep(KEY, "yes");
}
