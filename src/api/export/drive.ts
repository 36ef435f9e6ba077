import { csv } from "../client/statement-csv.ts";
import type { FolderEntriesBody, FolderLinksBody, FoldersBody } from "../contract-folders.ts";
import type { ObjectsBody } from "../contract-store.ts";
import type { LocalAsk } from "./local.ts";
import { fileNameOf } from "./names.ts";
import { json } from "./talks.ts";
import type { ZipEntry } from "./zip.ts";

/** Files and folders as lists: what there is and by which links, not what is in it. */
export async function* drive(local: LocalAsk): AsyncGenerator<ZipEntry> {
  yield { path: "files/files.csv", content: () => files(local) };
  const { folders } = await local<FoldersBody>("/v1/folders");
  yield {
    path: "folders/folders.json",
    content: async function* () {
      const links = folders.map(async (folder) => {
        const path = `/v1/folders/${encodeURIComponent(folder.id)}/links`;
        return { ...folder, readLink: (await local<FolderLinksBody>(path)).read };
      });
      yield json(await Promise.all(links));
    },
  };
  for (const { name, id } of folders) {
    yield { path: `folders/${fileNameOf(name, id)}.csv`, content: () => tree(local, id) };
  }
}

async function* files(local: LocalAsk): AsyncGenerator<string> {
  yield csv([["name", "bytes", "media type", "stored", "link"]]);
  const { objects } = await local<ObjectsBody>("/v1/objects");
  for (const { name, sizeBytes, mediaType, createdAtMs, link } of objects) {
    const stored = new Date(createdAtMs).toISOString();
    yield `\r\n${csv([[name, String(sizeBytes), mediaType, stored, link]])}`;
  }
}

/** Everything below a folder, its places one by one. */
async function* tree(local: LocalAsk, folder: string): AsyncGenerator<string> {
  yield csv([["path", "kind", "bytes", "changed", "version"]]);
  const places = [""];
  for (let place = places.pop(); place !== undefined; place = places.pop()) {
    const query = new URLSearchParams({ path: place });
    const path = `/v1/folders/${encodeURIComponent(folder)}/entries?${query}`;
    for (const entry of (await local<FolderEntriesBody>(path)).entries) {
      const { name, kind, sizeBytes, modifiedAtMs, etag } = entry;
      const below = place === "" ? name : `${place}/${name}`;
      if (kind === "folder") places.push(below);
      const changed = new Date(modifiedAtMs).toISOString();
      yield `\r\n${csv([[below, kind, String(sizeBytes), changed, etag]])}`;
    }
  }
}
