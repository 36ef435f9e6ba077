import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline as connectStreams, Readable, Transform, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import { errorText } from "../../adapters/node/errors.ts";
import { whyUnwritten } from "../../adapters/node/file-words.ts";
import { FOLDER_MEDIA_TYPE, MEDIA_TYPE_HEADER, PREVIEW_HEADER } from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { interruption } from "../interruption.ts";
import { connect, outputFile, word } from "./shared.ts";

/** `peernet get` */
export const getCommand: Command = {
  name: "get",
  usage: "<link>",
  summary: "rebuild a stored file or folder from the fragments in reach",
  details:
    "A folder is unpacked into the new folder that -o names; without -o its tar archive goes to stdout. " +
    "With --preview you get what is coarse of it where too few fragments are in reach for all of it.",
  options: {
    output: {
      type: "string",
      short: "o",
      value: "FILE",
      help: "where to write it (default: stdout)",
    },
    preview: { type: "boolean", help: "whatever can be shown now, coarse or whole" },
  },
  positionals: [1, 1],
  run: get,
};

async function get(context: CommandContext): Promise<number> {
  const target = outputFile(context);
  if (target === undefined && context.output.json) {
    throw new CliError("usage", "With --json the bytes need a file: add -o FILE.");
  }
  const client = await connect(context);
  const isPreview = context.arguments.flag("preview");
  const link = word(context, 0);
  const response = isPreview ? await client.previewObject(link) : await client.getObject(link);
  const body = countedBody(context, response);
  if (target === undefined) {
    await pipeline(body.stream, process.stdout, { end: false });
    sayLayers(context, response);
    return EXIT.ok;
  }
  const isFolder = !isPreview && response.headers.get(MEDIA_TYPE_HEADER) === FOLDER_MEDIA_TYPE;
  await write(target, isFolder, body.stream).finally(() => body.stream.destroy());
  sayLayers(context, response);
  const layers = response.headers.get(PREVIEW_HEADER) ?? undefined;
  const result = {
    file: target,
    sizeBytes: body.received(),
    ...(isFolder ? { isFolder } : {}),
    ...(layers === undefined ? {} : { layers }),
  };
  context.output.result(result, () => target);
  return EXIT.ok;
}

function sayLayers(context: CommandContext, response: Response): void {
  const shown = response.headers.get(PREVIEW_HEADER);
  if (shown === null) return;
  const [done, all] = shown.split("/");
  context.output.say(
    done === all
      ? `This is all of it: ${done} of ${all} layers.`
      : `This is coarse: ${done} of ${all} layers can be had now. With more peers around it gets sharper.`,
  );
}

interface CountedBody {
  readonly stream: Readable;
  readonly received: () => number;
}

function countedBody(context: CommandContext, response: Response): CountedBody {
  const total = Number(response.headers.get("content-length") ?? 0);
  if (response.body === null) throw new CliError("failed", "The peer sent no bytes.");
  let received = 0;
  const counter = new Transform({
    transform(chunk: Uint8Array, _encoding, next) {
      received += chunk.length;
      context.output.progress("rebuilding", received, total);
      next(null, chunk);
    },
  });
  const body = Readable.fromWeb(response.body as NodeReadableStream<Uint8Array>);
  // Both ways: whoever stops reading lets go of the connection, else the process lives as long as it.
  connectStreams(body, counter, () => undefined);
  return { stream: counter, received: () => received };
}

/** Unpacks what is written to it: files and folders, nothing else. */
async function folderSink(target: string): Promise<Writable> {
  const { unpackTar } = await import("modern-tar/fs");
  return unpackTar(target, {
    strict: true,
    filter: ({ type }) => type === "file" || type === "directory",
  });
}

/** Writes beside the target first: what bears its name is whole. */
async function write(target: string, isFolder: boolean, body: Readable): Promise<void> {
  const partial = `${target}.partial`;
  // Before there is anything that would have to be taken away.
  const signal = interruption();
  await (isFolder ? beginFolder(target, partial) : refuseFolder(target));
  const sink = isFolder ? await folderSink(partial) : createWriteStream(partial);
  let unwritable: Error | undefined;
  sink.once("error", (error: Error) => {
    unwritable = error;
  });
  try {
    await pipeline(body, sink, { signal });
    await rename(partial, target);
  } catch (cause) {
    await rm(partial, { force: true, recursive: true }).catch(() => undefined);
    throw new CliError("failed", whyNotGot(target, cause, unwritable === cause), { cause });
  }
}

async function refuseFolder(target: string): Promise<void> {
  const there = await stat(target).catch(() => undefined);
  if (there?.isDirectory() !== true) return;
  const message = `${target} is a folder. Name a file in it with -o, such as ${join(target, "FILE")}.`;
  throw new CliError("failed", message);
}

async function beginFolder(target: string, partial: string): Promise<void> {
  const there = await stat(target).catch(() => undefined);
  if (there !== undefined) {
    const message = `${target} is there already. Name a new folder with -o, so that nothing is mixed.`;
    throw new CliError("failed", message);
  }
  await rm(partial, { force: true, recursive: true });
  await mkdir(partial).catch((cause: unknown) => {
    throw new CliError("failed", whyNotGot(target, cause, true), { cause });
  });
}

function whyNotGot(target: string, cause: unknown, isUnwritable: boolean): string {
  if (cause instanceof Error && cause.name === "AbortError")
    return "Interrupted; nothing was kept.";
  if (isUnwritable || (cause instanceof Error && "path" in cause)) {
    return `${target} cannot be written: ${whyUnwritten(cause)}. Choose another place with -o.`;
  }
  return `It could not be rebuilt whole (${errorText(cause)}). Try again in a while, or take --preview.`;
}
