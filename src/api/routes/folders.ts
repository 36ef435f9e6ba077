import type { TreeCallback } from "../../ports/index.ts";
import * as schema from "../../wire/schema.ts";
import type { ApiContext } from "../context.ts";
import type { FolderEntriesBody } from "../contract-folders.ts";
import { ApiError } from "../errors.ts";
import { type Route, route } from "../route.ts";
import { ask, settle, settleDone } from "../wait.ts";
import { makeParents, readFile, writeBatch, writeFile } from "./folder-files.ts";

const PATH_BYTES_MAX = 4_096;
const LINK_BYTES_MAX = 512;
const NAME_BYTES_MAX = 64;

const newFolder = schema.record({
  name: schema.optional(schema.text(NAME_BYTES_MAX)),
  link: schema.optional(schema.text(LINK_BYTES_MAX)),
});
const moveBody = schema.record({
  from: schema.text(PATH_BYTES_MAX),
  to: schema.text(PATH_BYTES_MAX),
  overwrite: schema.optional(schema.boolean),
  copy: schema.optional(schema.boolean),
});
const pathBody = schema.record({ path: schema.text(PATH_BYTES_MAX) });
const restoreBody = schema.record({
  path: schema.text(PATH_BYTES_MAX),
  version: schema.text(64),
});

function folderOf(path: Readonly<Record<string, string>>): string {
  return path["folder"] ?? "";
}

/** Waits for a change of a folder. */
async function change(context: ApiContext, start: (done: TreeCallback<void>) => void) {
  await ask<void>((resolve, reject) => {
    start(settleDone(resolve, reject));
    context.poke();
  });
  return { status: 204 };
}

/** Routes about folders as a whole. */
function wholeFolderRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: "/v1/folders",
      summary: "The folders of this peer",
      answers: "FoldersBody",
      handle: () => ({ status: 200, json: { folders: peer.folders.list() } }),
    }),
    route({
      method: "POST",
      path: "/v1/folders",
      summary: "Make a folder, or take part in one by its link",
      body: newFolder,
      bodyExample: { name: "photos" },
      answers: "FolderBody",
      handle: async ({ body: { name, link } }) => {
        const json = await ask((resolve, reject) => {
          const done = settle(resolve, reject);
          if (link !== undefined) peer.folders.join(link, name, done);
          else if (name !== undefined) peer.folders.create(name, done);
          else throw new ApiError("bad-request", "Give a name for a new folder, or a link.");
          context.poke();
        });
        return { status: 201, json };
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/folders/{folder}",
      summary: "Keep a folder here no longer; others keep theirs",
      answers: "nothing",
      handle: async ({ path }) => {
        await ask<void>((resolve, reject) => {
          peer.folders.forget(folderOf(path), settleDone(resolve, reject));
          context.poke();
        });
        return { status: 204 };
      },
    }),
    route({
      method: "GET",
      path: "/v1/folders/{folder}/links",
      summary: "The links that let others write or read the folder",
      answers: "FolderLinksBody",
      handle: ({ path }) => {
        const { write, read } = peer.folders.links(folderOf(path));
        return { status: 200, json: { write: write ?? null, read } };
      },
    }),
    route({
      method: "GET",
      path: "/v1/folders/{folder}/conflicts",
      summary: "Paths at which versions were written at the same time",
      answers: "FolderConflictsBody",
      handle: ({ path }) => {
        return { status: 200, json: { conflicts: peer.folders.conflicts(folderOf(path)) } };
      },
    }),
  ];
}

/** Routes about what is in a folder. */
function contentRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: "/v1/folders/{folder}/entries",
      summary: "What is at a path of the folder, its root without one",
      query: { path: "names joined by slashes" },
      answers: "FolderEntriesBody",
      handle: async ({ path, query }) => {
        const entries = await ask<FolderEntriesBody["entries"]>((resolve, reject) => {
          const tree = peer.folders.tree(folderOf(path));
          tree.list(query.get("path") ?? "", settle(resolve, reject));
        });
        return { status: 200, json: { entries } };
      },
    }),
    route({
      method: "GET",
      path: "/v1/folders/{folder}/files",
      summary: "A file's bytes; one range is answered with 206",
      query: { path: "names joined by slashes" },
      answers: "bytes",
      handle: ({ path, query, request, response }) =>
        readFile(context, folderOf(path), query.get("path") ?? "", { request, response }),
    }),
    route({
      method: "PUT",
      path: "/v1/folders/{folder}/files",
      summary: "Write a file from the request's body; answers when it is safe on this disk",
      query: {
        path: "names joined by slashes",
        type: "media type",
        modifiedAtMs: "when it was last changed, milliseconds since 1970",
        ifMatch: "only in place of the version with this etag",
        ifAbsent: "1: only if nothing has the path",
        resolve: "1: in place of all versions that were written at the same time",
        parents: "1: make missing folders on the way",
      },
      answers: "FolderEntryBody",
      handle: async ({ path, query, request }) => ({
        status: 201,
        json: await writeFile(context, folderOf(path), query, request),
      }),
    }),
    route({
      method: "DELETE",
      path: "/v1/folders/{folder}/files",
      summary: "Remove a file, or a folder with all that is in it",
      query: { path: "names joined by slashes" },
      answers: "nothing",
      handle: ({ path, query }) =>
        change(context, (done) =>
          peer.folders.tree(folderOf(path)).remove(query.get("path") ?? "", done),
        ),
    }),
  ];
}

/** Routes that change what is where. */
function moveRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "POST",
      path: "/v1/folders/{folder}/batch",
      summary: "Write many small files and folders at once; the body is described in docs/API.md",
      query: { resolve: "1: in place of all versions that were written at the same time" },
      answers: "FolderBatchBody",
      handle: async ({ path, query, request }) => {
        const resolves = query.get("resolve") === "1";
        const json = await writeBatch(context, folderOf(path), resolves, request);
        return { status: 200, json };
      },
    }),
    route({
      method: "POST",
      path: "/v1/folders/{folder}/directories",
      summary: "Make a folder inside the folder, and those on the way to it",
      body: pathBody,
      bodyExample: { path: "2026/summer" },
      answers: "nothing",
      handle: async ({ path, body }) => {
        await makeParents(context, folderOf(path), `${body.path}/x`);
        return { status: 204 };
      },
    }),
    route({
      method: "POST",
      path: "/v1/folders/{folder}/move",
      summary: "Give a file or folder another path, or put a copy there",
      body: moveBody,
      bodyExample: { from: "a.txt", to: "b.txt", overwrite: false, copy: false },
      answers: "nothing",
      handle: ({ path, body: { from, to, overwrite = false, copy = false } }) =>
        change(context, (done) => {
          const tree = peer.folders.tree(folderOf(path));
          if (copy) tree.copy(from, to, overwrite, done);
          else tree.move(from, to, overwrite, done);
        }),
    }),
  ];
}

/** Routes about old versions. */
function versionRoutes(context: ApiContext): readonly Route[] {
  const { peer } = context;
  return [
    route({
      method: "GET",
      path: "/v1/folders/{folder}/history",
      summary: "The versions of a file that are remembered, newest first",
      query: { path: "names joined by slashes" },
      answers: "FileHistoryBody",
      handle: ({ path, query }) => {
        const versions = peer.folders.history(folderOf(path), query.get("path") ?? "");
        return { status: 200, json: { versions } };
      },
    }),
    route({
      method: "POST",
      path: "/v1/folders/{folder}/restore",
      summary: "Make an old version, or one of several, what the path holds",
      body: restoreBody,
      bodyExample: { path: "a.txt", version: `${"0".repeat(32)}-1-0` },
      answers: "nothing",
      handle: ({ path, body }) =>
        change(context, (done) =>
          peer.folders.restore(folderOf(path), body.path, body.version, done),
        ),
    }),
  ];
}

/** Routes about folders. */
export function folderRoutes(context: ApiContext): readonly Route[] {
  return [
    ...wholeFolderRoutes(context),
    ...contentRoutes(context),
    ...moveRoutes(context),
    ...versionRoutes(context),
  ];
}
