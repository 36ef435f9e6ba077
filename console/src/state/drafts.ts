const KEY = "peernet-drafts";

/** Texts begun and not sent, by conversation, as long as the page is open. */
export const drafts: Map<string, string> = new Map();

/** Keeps them over one new load of the page. */
export function saveDrafts(): void {
  const begun = [...drafts].filter(([, text]) => text !== "");
  if (begun.length > 0) sessionStorage.setItem(KEY, JSON.stringify(begun));
}

/** Takes up those that were kept so. */
export function recallDrafts(): void {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    sessionStorage.removeItem(KEY);
    for (const [talk, text] of kept as [string, string][]) drafts.set(String(talk), String(text));
  } catch {
    // Not of this page: then there are none.
  }
}
