import { constants, createReadStream } from "node:fs";
import { access, stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { Readable } from "node:stream";
import { whyUnread } from "../adapters/node/file-words.ts";
import type { LargeLooks } from "../adapters/node/layering/large-video.ts";
import { FOLDER_MEDIA_TYPE, type ObjectWriteOptions } from "../api/client/index.ts";
import { CliError } from "./errors.ts";
import { archiveFolder, listFolder } from "./folder-archive.ts";
import { inert, type Output } from "./output.ts";
import type { PutWishes } from "./put-wishes.ts";
import type { SourceLayer } from "./source-layer.ts";

/** Fragments that open a layer of each level. */
const CODES = {
  home: { full: 10, middle: 5, coarse: 2 },
  default: { full: 20, middle: 10, coarse: 3 },
  wide: { full: 32, middle: 16, coarse: 5 },
} as const;

/** What is to be stored, opened. */
export interface Source {
  readonly name: string;
  readonly bytes: Readable;
  /** 0 where it is not known. */
  readonly sizeBytes: number;
  readonly options: ObjectWriteOptions;
}

/**
 * Opens a file, a folder, or standard input (`-`).
 * @throws CliError("failed") where it is none of these or cannot be read
 */
export async function openSource(file: string, wishes: PutWishes, output: Output): Promise<Source> {
  if (file === "-") {
    return { name: "stdin", bytes: process.stdin, sizeBytes: 0, options: wishes };
  }
  const info = await stat(file).catch((cause: unknown) => {
    throw new CliError("failed", `${file} cannot be read: ${whyUnread(cause)}.`, { cause });
  });
  const name = basename(resolve(file));
  if (info.isFile()) {
    await access(file, constants.R_OK).catch((cause: unknown) => {
      throw new CliError("failed", `${file} cannot be read: ${whyUnread(cause)}.`, { cause });
    });
    return await openFile(file, name, info.size, wishes);
  }
  if (info.isDirectory()) return await openFolder(file, name, wishes, output);
  throw new CliError("failed", `${file} is neither a file nor a folder.`);
}

async function openFile(
  file: string,
  name: string,
  sizeBytes: number,
  wishes: PutWishes,
): Promise<Source> {
  const looks = wishes.layers === "flat" ? undefined : await looksOf(file, sizeBytes);
  const layers: SourceLayer[] = [];
  if (looks?.coarse) {
    layers.push({ role: "preview", level: "coarse", sizeBytes: looks.coarse.length });
  }
  if (looks?.middle) {
    layers.push({ role: "preview", level: "middle", sizeBytes: looks.middle.length });
  }
  const bytes = createReadStream(file);
  if (looks === undefined || layers.length === 0)
    return { name, bytes, sizeBytes, options: wishes };
  layers.push({ role: "body", level: "full", sizeBytes: undefined });
  const parts = [looks.coarse, looks.middle].filter((part) => part !== undefined);
  const all = Readable.from(oneAfterTheOther(parts, bytes));
  bytes.on("error", (error) => all.destroy(error));
  const options = { type: "video/mp4", code: wishes.code, layers: spell(layers, wishes) };
  return { name, bytes: all, sizeBytes, options };
}

/** What looks into videos is read only now: no other command is to wait for it. */
async function looksOf(file: string, sizeBytes: number): Promise<LargeLooks> {
  const { largeVideoLooks } = await import("../adapters/node/layering/large-video.ts");
  return await largeVideoLooks(file, sizeBytes);
}

async function* oneAfterTheOther(
  parts: readonly Uint8Array[],
  rest: Readable,
): AsyncGenerator<Uint8Array> {
  yield* parts;
  for await (const part of rest) yield part as Uint8Array;
}

async function openFolder(
  folder: string,
  name: string,
  wishes: PutWishes,
  output: Output,
): Promise<Source> {
  const contents = await listFolder(folder);
  if (contents.leftOut.length > 0) {
    const some = contents.leftOut.slice(0, 3).map(inert).join(", ");
    const more = contents.leftOut.length > 3 ? " and others" : "";
    output.say(`Left out, as they are no files: ${some}${more}.`);
  }
  const archive = await archiveFolder(folder, name, contents);
  const sizeBytes = contents.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const layers = spell(archive.layers, wishes);
  const options = { type: FOLDER_MEDIA_TYPE, code: wishes.code, layers };
  return { name, bytes: archive.bytes, sizeBytes, options };
}

/** Layers as the API takes them. */
function spell(layers: readonly SourceLayer[], { layers: wish, code }: PutWishes): string {
  const { full, middle, coarse } = CODES[code];
  const counts = { full, middle, coarse: wish === "steep" ? 1 : coarse };
  return layers
    .map(({ role, level, sizeBytes }) => {
      const k = wish === "flat" ? full : counts[level];
      return `${role}@${k}${sizeBytes === undefined ? "" : `:${sizeBytes}`}`;
    })
    .join(",");
}
