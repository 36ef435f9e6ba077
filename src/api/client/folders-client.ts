import type { BatchEntry } from "../batch.ts";
import type {
  FileHistoryBody,
  FolderBatchBody,
  FolderBody,
  FolderConflictsBody,
  FolderEntriesBody,
  FolderEntryBody,
  FolderLinksBody,
  FoldersBody,
} from "../contract-folders.ts";
import { type ApiFetch, type JsonCall, type JsonSend, jsonCall, jsonSend } from "./calls.ts";

/** How a file is written. */
export interface FileWriteOptions {
  readonly modifiedAtMs?: number;
  readonly mediaType?: string;
  /** Make missing folders on the way. */
  readonly parents?: boolean;
  /** In place of all versions that were written at the same time. */
  readonly resolve?: boolean;
}

/** The calls of the local API about folders. A folder is named by id, or by name where it is the only one. */
export class FoldersClient {
  readonly #json: JsonCall;
  readonly #call: JsonSend;
  readonly #fetch: ApiFetch;

  constructor(fetch: ApiFetch) {
    this.#json = jsonCall(fetch);
    this.#call = jsonSend(fetch);
    this.#fetch = fetch;
  }

  async list(): Promise<readonly FolderBody[]> {
    const { folders } = await this.#json<FoldersBody>("GET", "/v1/folders");
    return folders;
  }

  create(name: string): Promise<FolderBody> {
    return this.#json("POST", "/v1/folders", { name });
  }

  /** @param name what to call it here; as the link says without it */
  join(link: string, name?: string): Promise<FolderBody> {
    return this.#json("POST", "/v1/folders", { link, ...(name === undefined ? {} : { name }) });
  }

  /** Keeps the folder here no longer. */
  async leave(folder: string): Promise<void> {
    await this.#fetch("DELETE", pathOf(folder), {});
  }

  links(folder: string): Promise<FolderLinksBody> {
    return this.#json("GET", `${pathOf(folder)}/links`);
  }

  /** What is in a folder of the folder; the empty path is its root. */
  async entries(folder: string, path: string): Promise<readonly FolderEntryBody[]> {
    const { entries } = await this.#json<FolderEntriesBody>(
      "GET",
      `${pathOf(folder)}/entries?path=${encodeURIComponent(path)}`,
    );
    return entries;
  }

  /** Writes a file; answers when all of it is on this peer's disk. */
  async put(
    folder: string,
    path: string,
    body: NonNullable<RequestInit["body"]>,
    options: FileWriteOptions = {},
  ): Promise<FolderEntryBody> {
    const { modifiedAtMs, mediaType, parents, resolve } = options;
    const query = new URLSearchParams({ path });
    if (modifiedAtMs !== undefined) query.set("modifiedAtMs", String(Math.floor(modifiedAtMs)));
    if (mediaType !== undefined) query.set("type", mediaType);
    if (parents === true) query.set("parents", "1");
    if (resolve === true) query.set("resolve", "1");
    const call = `${pathOf(folder)}/files?${query.toString()}`;
    const response = await this.#fetch("PUT", call, { body, duplex: "half" });
    return (await response.json()) as FolderEntryBody;
  }

  /**
   * Writes many small files and folders, parents first; answers when all are on this peer's disk
   * but those that it names. At most `BATCH_ENTRIES_MAX` and `BATCH_BYTES_MAX`.
   */
  async putBatch(
    folder: string,
    entries: readonly BatchEntry[],
    resolve: boolean,
  ): Promise<FolderBatchBody> {
    const call = `${pathOf(folder)}/batch${resolve ? "?resolve=1" : ""}`;
    const { encodeBatch } = await import("../batch.ts");
    const body = encodeBatch(entries) as Uint8Array<ArrayBuffer>;
    const response = await this.#fetch("POST", call, { body });
    return (await response.json()) as FolderBatchBody;
  }

  /** The file's bytes as they come; `content-length` tells how many. */
  get(folder: string, path: string): Promise<Response> {
    return this.#fetch("GET", `${pathOf(folder)}/files?path=${encodeURIComponent(path)}`, {});
  }

  /** Removes a file, or a folder with all that is in it. */
  async remove(folder: string, path: string): Promise<void> {
    const call = `${pathOf(folder)}/files?path=${encodeURIComponent(path)}`;
    await this.#fetch("DELETE", call, {});
  }

  /** Makes a folder inside the folder, and those on the way to it. */
  async makeDirectory(folder: string, path: string): Promise<void> {
    await this.#call("POST", `${pathOf(folder)}/directories`, { path });
  }

  async move(
    folder: string,
    from: string,
    to: string,
    how: { readonly overwrite?: boolean; readonly copy?: boolean } = {},
  ): Promise<void> {
    await this.#call("POST", `${pathOf(folder)}/move`, { from, to, ...how });
  }

  history(folder: string, path: string): Promise<FileHistoryBody> {
    return this.#json("GET", `${pathOf(folder)}/history?path=${encodeURIComponent(path)}`);
  }

  async restore(folder: string, path: string, version: string): Promise<void> {
    await this.#call("POST", `${pathOf(folder)}/restore`, { path, version });
  }

  conflicts(folder: string): Promise<FolderConflictsBody> {
    return this.#json("GET", `${pathOf(folder)}/conflicts`);
  }
}

function pathOf(folder: string): string {
  return `/v1/folders/${encodeURIComponent(folder)}`;
}
