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
  /** Folder that is open, in the drive. */
  readonly folder: string | undefined;
  /** Where in that folder, names joined by `/`; empty: at its top. */
  readonly path: string;
}

/** Reads `#token=…&view=…&with=…&folder=…&path=…`; unknown members and views are ignored. */
export function parseFragment(hash: string): Fragment {
  const members = new URLSearchParams(hash.replace(/^#\/?/, ""));
  const token = members.get("token")?.trim() ?? "";
  const person = members.get("with") ?? "";
  const folder = members.get("folder") ?? "";
  return {
    token: token === "" ? undefined : token,
    view: VIEWS.find((view) => view === members.get("view")) ?? "map",
    person: person === "" ? undefined : person,
    folder: folder === "" ? undefined : folder,
    path: members.get("path") ?? "",
  };
}

/** The fragment of a view, without any token. */
export function formatFragment(view: ViewName, person?: string): string {
  const members = new URLSearchParams({ view });
  if (person !== undefined) members.set("with", person);
  return `#${members.toString()}`;
}

/** The fragment of a folder in the drive. */
export function folderFragment(folder: string, path: string = ""): string {
  const members = new URLSearchParams({ view: "drive", folder });
  if (path !== "") members.set("path", path);
  return `#${members.toString()}`;
}
