import type {
  FileVersionBody,
  FolderConflictsBody,
  FolderEntryBody,
} from "../../../src/api/client/index.ts";
import { LISTING_ROWS_MAX } from "../limits.ts";
import { say } from "../words/language.ts";
import { api } from "./api.ts";
import type { Dropped } from "./dropped.ts";
import { notify } from "./notices.ts";
import { Resource } from "./resource.ts";
import { enqueue, getFile, send } from "./transfers.ts";
import { resources } from "./views.ts";

/** A path in a folder, one name further. */
export function below(path: string, name: string): string {
  return path === "" ? name : `${path}/${name}`;
}

/** The path without its last name. */
export function above(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** The names of a path, each with the path that leads to it. */
export function steps(path: string): readonly { readonly name: string; readonly path: string }[] {
  const names = path === "" ? [] : path.split("/");
  return names.map((name, at) => ({ name, path: names.slice(0, at + 1).join("/") }));
}

/** One version of a file that several people changed at the same time. */
export interface RivalVersion extends FileVersionBody {
  /** Where its bytes are to be had; undefined where that cannot be told for sure. */
  readonly path: string | undefined;
}

/** A file that several people changed at the same time. */
export interface Rivals {
  readonly path: string;
  readonly name: string;
  readonly versions: readonly RivalVersion[];
}

/** What is at a place of a folder. */
export interface Listing {
  /** Folders first, then by name; at most LISTING_ROWS_MAX. */
  readonly entries: readonly FolderEntryBody[];
  /** How many there are. */
  readonly count: number;
  readonly rivals: readonly Rivals[];
}

/** Puts an answer of the peer into the order and shape in which it is shown. */
export function listingOf(
  path: string,
  entries: readonly FolderEntryBody[],
  conflicts: FolderConflictsBody["conflicts"],
): Listing {
  const order = (entry: FolderEntryBody): number => (entry.kind === "folder" ? 0 : 1);
  const sorted = entries.toSorted(
    (one, other) => order(one) - order(other) || one.name.localeCompare(other.name),
  );
  const here = conflicts.filter((conflict) => above(conflict.path) === path);
  return {
    entries: sorted.slice(0, LISTING_ROWS_MAX),
    count: entries.length,
    rivals: here.map((conflict) => ({
      path: conflict.path,
      name: conflict.path.slice(path === "" ? 0 : path.length + 1),
      versions: conflict.versions.map((version) => ({
        ...version,
        path: placeOf(path, entries, version),
      })),
    })),
  };
}

/** Versions beside the newest have names of their own; they are known by time and size. */
function placeOf(
  path: string,
  entries: readonly FolderEntryBody[],
  version: FileVersionBody,
): string | undefined {
  const fitting = entries.filter(
    (entry) =>
      entry.conflict === true &&
      entry.sizeBytes === version.sizeBytes &&
      entry.modifiedAtMs === version.modifiedAtMs,
  );
  const [only] = fitting;
  return only !== undefined && fitting.length === 1 ? below(path, only.name) : undefined;
}

/** The place that is open. */
let open:
  | { readonly id: string; readonly path: string; readonly listing: Resource<Listing> }
  | undefined;

/** What is at a place of a folder, kept fresh while it is watched. */
export function listingAt(id: string, path: string): Resource<Listing> {
  if (open?.id === id && open.path === path) return open.listing;
  const listing = new Resource(async () => {
    const entries = await api().folders.entries(id, path);
    const isTorn = entries.some(({ conflict }) => conflict === true);
    const conflicts = isTorn ? (await api().folders.conflicts(id)).conflicts : [];
    return listingOf(path, entries, conflicts);
  }, 15_000);
  open = { id, path, listing };
  return listing;
}

/** Tells that a folder has changed; undefined: any of them may have. */
export function folderChanged(id?: string): void {
  if (id === undefined || open?.id === id) open?.listing.invalidate();
}

/** Changes something and shows what came of it. */
export async function changeFolder(id: string, change: () => Promise<void>): Promise<void> {
  await change();
  resources.folders.invalidate();
  if (open?.id === id) await open.listing.refresh();
}

/** Puts what was dropped or chosen into a folder, one file after the other. */
export function putInto(id: string, path: string, { files, folders, isCut }: Dropped): void {
  if (isCut) {
    notify("bad", say().drive.folders.firstTaken(files.length));
  }
  const filled = new Set(files.flatMap((file) => steps(above(file.path)).map((step) => step.path)));
  const empty = folders.filter((folder) => !filled.has(folder));
  for (const folder of empty) {
    enqueue(folder, 0, async () => {
      await changeFolder(id, () => api().folders.makeDirectory(id, below(path, folder)));
    });
  }
  for (const { path: inner, file } of files) {
    const query = new URLSearchParams({ path: below(path, inner), parents: "1" });
    if (file.lastModified > 0) query.set("modifiedAtMs", String(Math.floor(file.lastModified)));
    if (file.type !== "") query.set("type", file.type);
    const call = `/v1/folders/${encodeURIComponent(id)}/files?${query.toString()}`;
    enqueue(inner, file.size, async (transfer) => {
      await send(transfer, call, file);
      folderChanged(id);
      resources.folders.invalidate();
    });
  }
}

/** Gets a file of a folder and hands it to the browser. */
export function getFrom(id: string, path: string): void {
  const name = path.slice(path.lastIndexOf("/") + 1);
  getFile(name, () => api().folders.get(id, path));
}
