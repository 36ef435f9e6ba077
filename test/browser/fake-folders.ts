import type {
  FileVersionBody,
  FolderBody,
  FolderEntryBody,
} from "../../src/api/contract-folders.ts";
import { ApiError } from "../../src/api/errors.ts";
import type { EventHub } from "../../src/api/event-hub.ts";
import { type Route, route } from "../../src/api/route.ts";
import { schema } from "../../src/wire/index.ts";
import { NOW_MS } from "./fake-time.ts";

/** A folder of the fake peer: what is where, and the versions of some files. */
export interface FakeFolder {
  info: FolderBody;
  /** By path. */
  readonly entries: Map<string, FolderEntryBody>;
  readonly versions: Map<string, FileVersionBody[]>;
  /** Queries of every put, in order. */
  readonly puts: Record<string, string>[];
}

const nameBody = schema.record({
  name: schema.optional(schema.text(64)),
  link: schema.optional(schema.text(512)),
});
const pathBody = schema.record({ path: schema.text(4_096) });
const moveBody = schema.record({ from: schema.text(4_096), to: schema.text(4_096) });
const restoreBody = schema.record({ path: schema.text(4_096), version: schema.text(64) });

/** A file or folder of the fake peer. */
export function fakeEntry(path: string, change: Partial<FolderEntryBody> = {}): FolderEntryBody {
  return {
    ...{ name: path.split("/").at(-1) ?? "", kind: "file", sizeBytes: 1_200 },
    ...{ modifiedAtMs: NOW_MS - path.length * 60_000, etag: "e1", ...change },
  };
}

/** A folder with these entries. */
export function fakeFolder(
  index: number,
  name: string,
  entries: readonly (readonly [string, Partial<FolderEntryBody>])[] = [],
): FakeFolder {
  return {
    info: {
      ...{ id: String(index).padStart(32, "0"), name, mayWrite: true, files: entries.length },
      ...{ sizeBytes: entries.length * 1_200, conflicts: 0, writers: 2, partners: [], missing: 0 },
    },
    entries: new Map(entries.map(([path, change]) => [path, fakeEntry(path, change)])),
    versions: new Map(),
    puts: [],
  };
}

/** A version of a file. */
export function fakeVersion(
  writer: string,
  change: Partial<FileVersionBody> = {},
): FileVersionBody {
  return {
    ...{ version: `${writer}-1-0`, writer, writtenAtMs: NOW_MS, modifiedAtMs: NOW_MS },
    ...{ sizeBytes: 1_200, isCurrent: true, ...change },
  };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** The fake peer's folders. */
export function folderRoutes(folders: FakeFolder[], hub: EventHub): readonly Route[] {
  const find = (path: Readonly<Record<string, string>>): FakeFolder => {
    const found = folders.find(({ info }) => info.id === path["folder"]);
    if (found === undefined) throw new ApiError("not-found", "There is no such folder.");
    return found;
  };
  return [...wholeRoutes(folders, find), ...fileRoutes(find, hub), ...changeRoutes(find)];
}

type Find = (path: Readonly<Record<string, string>>) => FakeFolder;

function wholeRoutes(folders: FakeFolder[], find: Find): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/v1/folders",
      summary: "Folders",
      answers: "FoldersBody",
      handle: () => ({ status: 200, json: { folders: folders.map(({ info }) => info) } }),
    }),
    route({
      method: "POST",
      path: "/v1/folders",
      summary: "Make or join",
      body: nameBody,
      answers: "FolderBody",
      handle: ({ body: { name, link } }) => {
        if (link !== undefined && !link.startsWith("peernet:folder")) {
          throw new ApiError("bad-request", "This is no whole link. Copy it again.");
        }
        const made = fakeFolder(folders.length + 50, name ?? "joined");
        folders.push(made);
        return { status: 201, json: made.info };
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/folders/{folder}",
      summary: "Leave",
      answers: "nothing",
      handle: ({ path }) => {
        folders.splice(folders.indexOf(find(path)), 1);
        return { status: 204 };
      },
    }),
    route({
      method: "GET",
      path: "/v1/folders/{folder}/links",
      summary: "Links",
      answers: "FolderLinksBody",
      handle: ({ path }) => {
        const { id, mayWrite } = find(path).info;
        const write = mayWrite ? `peernet:folder/${id}${id}${id}` : null;
        return { status: 200, json: { write, read: `peernet:folder-read/${id}${id}` } };
      },
    }),
    route({
      method: "GET",
      path: "/v1/folders/{folder}/conflicts",
      summary: "Conflicts",
      answers: "FolderConflictsBody",
      handle: ({ path }) => {
        const torn = [...find(path).versions].map(([at, versions]) => ({
          path: at,
          versions: versions.filter(({ isCurrent }) => isCurrent),
        }));
        return { status: 200, json: { conflicts: torn.filter((one) => one.versions.length > 1) } };
      },
    }),
  ];
}

function fileRoutes(find: Find, hub: EventHub): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/v1/folders/{folder}/entries",
      summary: "List",
      answers: "FolderEntriesBody",
      handle: ({ path, query }) => {
        const at = query.get("path") ?? "";
        const { entries } = find(path);
        if (at !== "" && !entries.has(at)) throw new ApiError("not-found", "Nothing is there.");
        const here = [...entries].filter(([inner]) => parentOf(inner) === at);
        return { status: 200, json: { entries: here.map(([, entry]) => entry) } };
      },
    }),
    route({
      method: "GET",
      path: "/v1/folders/{folder}/files",
      summary: "Get",
      answers: "bytes",
      handle: ({ query, response }) => {
        const name = query.get("path")?.split("/").at(-1) ?? "";
        response.writeHead(200, {
          "content-length": 4,
          "content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
        });
        response.end("file");
        return undefined;
      },
    }),
    route({
      method: "PUT",
      path: "/v1/folders/{folder}/files",
      summary: "Put",
      answers: "FolderEntryBody",
      handle: async ({ path, query, request }) => {
        const folder = find(path);
        let sizeBytes = 0;
        for await (const part of request) sizeBytes += (part as Uint8Array).length;
        const { modifiedAtMs: _, ...rest } = Object.fromEntries(query);
        folder.puts.push(rest);
        const at = query.get("path") ?? "";
        for (let up = parentOf(at); up !== ""; up = parentOf(up)) {
          folder.entries.set(up, fakeEntry(up, { kind: "folder", sizeBytes: 0 }));
        }
        folder.entries.set(at, fakeEntry(at, { sizeBytes }));
        hub.emit("folder-changed", { id: folder.info.id });
        return { status: 201, json: folder.entries.get(at) };
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/folders/{folder}/files",
      summary: "Remove",
      answers: "nothing",
      handle: ({ path, query }) => {
        const at = query.get("path") ?? "";
        const { entries } = find(path);
        for (const known of [...entries.keys()]) {
          if (known === at || known.startsWith(`${at}/`)) entries.delete(known);
        }
        return { status: 204 };
      },
    }),
  ];
}

function changeRoutes(find: Find): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/v1/folders/{folder}/directories",
      summary: "Make a folder",
      body: pathBody,
      answers: "nothing",
      handle: ({ path, body }) => {
        const change = { kind: "folder", sizeBytes: 0 } as const;
        find(path).entries.set(body.path, fakeEntry(body.path, change));
        return { status: 204 };
      },
    }),
    route({
      method: "POST",
      path: "/v1/folders/{folder}/move",
      summary: "Move",
      body: moveBody,
      answers: "nothing",
      handle: ({ path, body: { from, to } }) => {
        const { entries } = find(path);
        if (entries.has(to)) throw new ApiError("conflict", `Something is called ${to} already.`);
        const moved = entries.get(from);
        entries.delete(from);
        if (moved !== undefined) entries.set(to, fakeEntry(to, { ...moved, name: to }));
        return { status: 204 };
      },
    }),
    route({
      method: "GET",
      path: "/v1/folders/{folder}/history",
      summary: "History",
      answers: "FileHistoryBody",
      handle: ({ path, query }) => {
        const versions = find(path).versions.get(query.get("path") ?? "");
        return { status: 200, json: { versions: versions ?? [fakeVersion("Lena")] } };
      },
    }),
    route({
      method: "POST",
      path: "/v1/folders/{folder}/restore",
      summary: "Restore",
      body: restoreBody,
      answers: "nothing",
      handle: ({ path, body }) => {
        const { versions, entries } = find(path);
        const known = versions.get(body.path) ?? [];
        versions.set(
          body.path,
          known.map((one) => ({ ...one, isCurrent: one.version === body.version })),
        );
        for (const [at, entry] of [...entries]) {
          if (entry.conflict !== true) continue;
          if (at === body.path) entries.set(at, { ...entry, conflict: false });
          else entries.delete(at);
        }
        return { status: 204 };
      },
    }),
  ];
}
