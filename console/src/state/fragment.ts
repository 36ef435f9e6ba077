/** The views of the console, in the order of the navigation. */
export const VIEWS = ["map", "people", "drive", "status"] as const;

/** One of the views. */
export type ViewName = (typeof VIEWS)[number];

/** What the part of the URL after `#` says. */
export interface Fragment {
  /** Token of the peer's API; only in links that open the console. */
  readonly token: string | undefined;
  readonly view: ViewName;
  /** Person whose conversation is open, in the people view. */
  readonly person: string | undefined;
}

/** Reads `#token=…&view=…&with=…`; unknown members and views are ignored. */
export function parseFragment(hash: string): Fragment {
  const members = new URLSearchParams(hash.replace(/^#\/?/, ""));
  const token = members.get("token")?.trim() ?? "";
  const person = members.get("with") ?? "";
  return {
    token: token === "" ? undefined : token,
    view: VIEWS.find((view) => view === members.get("view")) ?? "map",
    person: person === "" ? undefined : person,
  };
}

/** The fragment of a view, without any token. */
export function formatFragment(view: ViewName, person?: string): string {
  const members = new URLSearchParams({ view });
  if (person !== undefined) members.set("with", person);
  return `#${members.toString()}`;
}
