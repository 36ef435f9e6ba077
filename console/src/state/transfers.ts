import { type Signal, signal } from "@preact/signals";
import {
  type ApiErrorBody,
  FOLDER_MEDIA_TYPE,
  MEDIA_TYPE_HEADER,
  type ObjectBody,
} from "../../../src/api/client/index.ts";
import { OBJECT_NAME_CHARS_MAX, PROGRESS_EVERY_MS, TRANSFERS_MAX } from "../limits.ts";
import { say } from "../words/language.ts";
import { api } from "./api.ts";
import { ConsoleError, wordsOf } from "./errors.ts";
import { fileNameOf } from "./file-name.ts";
import { clipMiddle } from "./format.ts";
import { notify } from "./notices.ts";
import { type PutChoice, putChoice, putQuery } from "./put-options.ts";
import { refusalWords } from "./refusal.ts";
import { token } from "./session.ts";
import { resources } from "./views.ts";

/** A file on its way into the drive or out of it. */
export interface Transfer {
  readonly id: number;
  readonly kind: "put" | "get";
  readonly name: string;
  readonly state: "waiting" | "running" | "done" | "failed";
  readonly doneBytes: number;
  /** Undefined while nobody knows. */
  readonly totalBytes: number | undefined;
  readonly error: string | undefined;
}

/** Transfers of this page, the newest first. */
export const transfers: Signal<readonly Transfer[]> = signal([]);

let lastId = 0;
let queue: Promise<void> = Promise.resolve();
const stoppers = new Map<number, () => void>();

/** Puts files into the drive, one after the other. */
export function putFiles(files: readonly File[]): void {
  const choice = putChoice.peek();
  for (const file of files) {
    enqueue(file.name, file.size, async (id) => {
      const object = await putObject(id, file, choice);
      notify("good", say().look.stored(object.health.summary));
      resources.status.invalidate();
      await resources.objects.refresh();
    });
  }
}

/** Puts a file into the drive as the transfer `id`. */
export async function putObject(
  id: number,
  file: File,
  choice: PutChoice = putChoice.peek(),
): Promise<ObjectBody> {
  const query = putQuery(clipMiddle(file.name, OBJECT_NAME_CHARS_MAX), file.type, choice);
  return (await send(id, `/v1/objects?${query}`, file)) as ObjectBody;
}

/**
 * Puts something somewhere once those before it are through.
 * @param work sends it, such as with `send`
 */
export function enqueue(
  name: string,
  sizeBytes: number,
  work: (id: number) => Promise<void>,
): void {
  const id = begin("put", name, sizeBytes);
  const run = async (): Promise<void> => {
    await work(id);
    update(id, { doneBytes: sizeBytes });
  };
  queue = queue.then(() => runTransfer(id, run));
}

/** Gets an object and hands it to the browser as a file. */
export function getLink(link: string, name: string): void {
  getFile(name, (signal) => api().getObject(link, signal));
}

/** Gets something and hands it to the browser as a file. */
export function getFile(name: string, ask: (signal: AbortSignal) => Promise<Response>): void {
  const id = begin("get", name, undefined);
  void runTransfer(id, () => download(id, name, ask));
}

/** Stops a transfer, or takes a finished one off the list. */
export function dismiss(id: number): void {
  stoppers.get(id)?.();
  transfers.value = transfers.peek().filter((transfer) => transfer.id !== id);
}

function begin(kind: Transfer["kind"], name: string, totalBytes: number | undefined): number {
  lastId += 1;
  const made: Transfer = {
    id: lastId,
    kind,
    name,
    state: "waiting",
    doneBytes: 0,
    totalBytes,
    error: undefined,
  };
  transfers.value = bounded([made, ...transfers.peek()]);
  return lastId;
}

function bounded(list: readonly Transfer[]): readonly Transfer[] {
  if (list.length <= TRANSFERS_MAX) return list;
  const finished = list.findLastIndex(({ state }) => state === "done" || state === "failed");
  return finished < 0 ? list : list.toSpliced(finished, 1);
}

function update(id: number, change: Partial<Transfer>): void {
  transfers.value = transfers
    .peek()
    .map((transfer) => (transfer.id === id ? { ...transfer, ...change } : transfer));
}

async function runTransfer(id: number, work: () => Promise<void>): Promise<void> {
  if (!transfers.peek().some((transfer) => transfer.id === id)) return;
  update(id, { state: "running" });
  try {
    await work();
    update(id, { state: "done" });
  } catch (error) {
    update(id, { state: "failed", error: wordsOf(error) });
  } finally {
    stoppers.delete(id);
  }
}

/**
 * Sends a file as the body of a PUT. XMLHttpRequest, as fetch does not tell how much of a body has
 * left.
 * @returns what the peer answers
 * @throws ConsoleError
 */
export function send(id: number, path: string, file: File): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    stoppers.set(id, () => request.abort());
    request.open("PUT", path);
    request.setRequestHeader("authorization", `Bearer ${token.peek() ?? ""}`);
    request.upload.onprogress = (event) => update(id, { doneBytes: event.loaded });
    request.onload = () => {
      if (request.status < 300) resolve(JSON.parse(request.responseText || "null"));
      else reject(new ConsoleError("upload", reasonOf(request)));
    };
    request.onerror = () => {
      reject(new ConsoleError("upload", say().look.unreadable));
    };
    request.onabort = () => reject(new ConsoleError("canceled", say().look.stopped));
    request.send(file);
  });
}

function reasonOf(request: XMLHttpRequest): string {
  try {
    return refusalWords((JSON.parse(request.responseText) as ApiErrorBody).error);
  } catch {
    return say().look.status(request.status);
  }
}

async function download(
  id: number,
  name: string,
  ask: (signal: AbortSignal) => Promise<Response>,
): Promise<void> {
  const stop = new AbortController();
  stoppers.set(id, () => stop.abort());
  const response = await ask(stop.signal);
  const length = Number(response.headers.get("content-length") ?? "");
  const isFolder = response.headers.get(MEDIA_TYPE_HEADER) === FOLDER_MEDIA_TYPE;
  const told = fileNameOf(response.headers.get("content-disposition"), name);
  const fileName = isFolder ? `${told}.tar` : told;
  update(id, { name: fileName, totalBytes: length > 0 ? length : undefined });
  let doneBytes = 0;
  let shownAtMs = 0;
  const counter = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      doneBytes += chunk.length;
      if (performance.now() - shownAtMs > PROGRESS_EVERY_MS) {
        shownAtMs = performance.now();
        update(id, { doneBytes });
      }
      controller.enqueue(chunk);
    },
  });
  const body = response.body?.pipeThrough(counter, { signal: stop.signal }) ?? null;
  // A Response gathers the bytes outside the page's heap; arbitrary types would invite sniffing.
  const blob = await new Response(body, {
    headers: { "content-type": "application/octet-stream" },
  }).blob();
  save(blob, fileName);
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
