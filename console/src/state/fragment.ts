/** The views of the console, in the order of the navigation. */
export const VIEWS = [
  "map",
  "people",
  "groups",
  "money",
  "drive",
  "status",
  "settings",
  "welcome",
] as const;

/** One of the views. */
export type ViewName = (typeof VIEWS)[number];

/** Pages of the settings, in order. */
export const SETTINGS = [
  "look",
  "picture",
  "devices",
  "browsers",
  "recovery",
  "requests",
  "contacts",
  "export",
  "space",
  "logs",
] as const;

/** One of the pages of the settings. */
export type SettingsName = (typeof SETTINGS)[number];

/** Pages about money, in order. */
export const MONEY_PAGES = [
  "communities",
  "payments",
  "requests",
  "receipts",
  "currencies",
  "rates",
  "automatic",
] as const;

/** One of the pages about money. */
export type MoneyPage = (typeof MONEY_PAGES)[number];

/** Parts of the page about a community currency, in order. */
export const COMMUNITY_PARTS = ["account", "market", "members", "rules", "stewards"] as const;

/** One of the parts of the page about a community currency. */
export type CommunityPart = (typeof COMMUNITY_PARTS)[number];

/** What the part of the URL after `#` says. */
export interface Fragment {
  /** Token of the peer's API; only in links that open the console. */
  readonly token: string | undefined;
  /** Code that pairs this browser; only in links of the local network. */
  readonly pair: string | undefined;
  readonly view: ViewName;
  /** Whether a view was asked for; else `view` is the usual one. */
  readonly isAsked: boolean;
  /** Person whose conversation is open, in the people view. */
  readonly person: string | undefined;
  /** Group that is open. */
  readonly group: string | undefined;
  /** Line of money that is open. */
  readonly line: string | undefined;
  /** Community currency that is open, and the part of its page. */
  readonly community: string | undefined;
  readonly part: string | undefined;
  /** Page of the settings or of money, or "about" beside a person or a group. */
  readonly page: string | undefined;
  /** Folder that is open, in the drive. */
  readonly folder: string | undefined;
  /** Where in that folder, names joined by `/`; empty: at its top. */
  readonly path: string;
}

/** Reads `#token=…&view=…` and what belongs to the view; unknown members and views are ignored. */
export function parseFragment(hash: string): Fragment {
  const members = new URLSearchParams(hash.replace(/^#\/?/, ""));
  const token = members.get("token")?.trim() ?? "";
  const view = VIEWS.find((one) => one === members.get("view"));
  const text = (name: string): string | undefined => {
    const found = members.get(name) ?? "";
    return found === "" ? undefined : found;
  };
  return {
    token: token === "" ? undefined : token,
    pair: text("pair"),
    view: view ?? "map",
    isAsked: view !== undefined,
    person: text("with"),
    group: text("group"),
    line: text("line"),
    community: text("community"),
    part: text("part"),
    page: text("page"),
    folder: text("folder"),
    path: members.get("path") ?? "",
  };
}

/** The same place without any token or code. */
export function withoutToken(hash: string): string {
  const members = new URLSearchParams(hash.replace(/^#\/?/, ""));
  members.delete("token");
  members.delete("pair");
  return `#${members.toString()}`;
}

/** The fragment of a view, without any token. */
export function formatFragment(view: ViewName, person?: string): string {
  const members = new URLSearchParams({ view });
  if (person !== undefined) members.set("with", person);
  return `#${members.toString()}`;
}

/** The fragment of the page about a person. */
export function aboutFragment(person: string): string {
  return `${formatFragment("people", person)}&page=about`;
}

/** The fragment of a page of the settings, or of all of them. */
export function settingsFragment(page?: SettingsName): string {
  const view = formatFragment("settings");
  return page === undefined ? view : `${view}&page=${page}`;
}

/** The fragment of a group, or of all of them. */
export function groupFragment(group?: string): string {
  const members = new URLSearchParams({ view: "groups" });
  if (group !== undefined) members.set("group", group);
  return `#${members.toString()}`;
}

/** The fragment of the page about a group: who is in it, and what may be done. */
export function aboutGroupFragment(group: string): string {
  return `${groupFragment(group)}&page=about`;
}

/** The fragment of a line of money, of a page about money, or of all of it. */
export function moneyFragment(where: { line: string } | { page: MoneyPage } | object = {}): string {
  return `#${new URLSearchParams({ view: "money", ...where })}`;
}

/** The fragment of a community currency, of a part of its page, or of all communities. */
export function communityFragment(community?: string, part?: CommunityPart): string {
  const members = new URLSearchParams({ view: "money", page: "communities" });
  if (community !== undefined) members.set("community", community);
  if (part !== undefined) members.set("part", part);
  return `#${members}`;
}

/** The fragment of a folder in the drive. */
export function folderFragment(folder: string, path: string = ""): string {
  const members = new URLSearchParams({ view: "drive", folder });
  if (path !== "") members.set("path", path);
  return `#${members.toString()}`;
}
