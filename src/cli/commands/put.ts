import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { Readable, Transform } from "node:stream";
import {
  type ApiClient,
  FOLDER_MEDIA_TYPE,
  type ObjectBody,
  type ObjectWriteOptions,
} from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { archiveFolder, type FolderLayer, listFolder } from "../folder-archive.ts";
import { formatBytes, inert } from "../output.ts";
import { connect, secondsOf, word } from "./shared.ts";

const LAYERS = ["gentle", "rich", "flat", "steep"] as const;
type Layers = (typeof LAYERS)[number];

/** Fragments that give back all of an object, what is less coarse than its listing, and that. */
const CODES = {
  home: { full: 10, middle: 5, coarse: 2 },
  default: { full: 20, middle: 10, coarse: 3 },
  wide: { full: 32, middle: 16, coarse: 4 },
} as const;
type Code = keyof typeof CODES;

/** `peernet put` */
export const putCommand: Command = {
  name: "put",
  usage: "<file|folder|->",
  summary: "store a file or a folder on the peers around; prints its link",
  details:
    "Whoever has the link can read it; without it nobody can, the keepers included. What is coarse of it " +
    "(a soft picture, the text of a page, the list of a folder) takes fewer fragments than all of it: " +
    "'peernet get --preview' shows that while too few peers are around.",
  options: {
    name: { type: "string", value: "NAME", help: "what to call it (default: the file's name)" },
    layers: {
      type: "string",
      value: "HOW",
      help: "gentle (default), rich (sharper while few peers are around), steep (visible from one fragment), flat (all or nothing)",
    },
    code: {
      type: "string",
      value: "CODE",
      help: "default (any 20 of 40 fragments), home (10 of 30), wide (32 of 96)",
    },
    wait: { type: "string", value: "SECONDS", help: "watch it spread this long (default 10)" },
  },
  positionals: [1, 1],
  run: put,
};

/** What is to be stored, opened. */
interface Source {
  readonly name: string;
  readonly bytes: Readable;
  /** 0 where it is not known. */
  readonly sizeBytes: number;
  readonly options: ObjectWriteOptions;
}

async function put(context: CommandContext): Promise<number> {
  const waitMs = secondsOf(context, "wait", 10) * 1_000;
  const layers = choice(context, "layers", LAYERS, "gentle");
  const code = choice(context, "code", ["home", "default", "wide"] as const, "default");
  const file = word(context, 0);
  const client = await connect(context);
  const source = await open(context, file, layers, code);
  const name = context.arguments.text("name") ?? source.name;
  let sent = 0;
  const counted = source.bytes.pipe(
    new Transform({
      transform(chunk: Uint8Array, _encoding, next) {
        sent += chunk.length;
        context.output.progress("storing", sent, source.sizeBytes);
        next(null, chunk);
      },
    }),
  );
  let unreadable: Error | undefined;
  source.bytes.on("error", (error: Error) => {
    unreadable = error;
    counted.destroy(error);
  });
  const body = Readable.toWeb(counted) as ReadableStream<Uint8Array>;
  const stored = await client.putObject(name, body, source.options).catch((cause: unknown) => {
    if (unreadable === undefined) throw cause;
    const why = unreadable.message;
    throw new CliError("failed", `${file} cannot be read (${why}). Nothing was stored.`, { cause });
  });
  // People get the link before the watching, so that Ctrl-C there does not lose it.
  if (!context.output.json) context.output.result(stored, () => stored.link);
  const now = await watchSpreading(context, client, stored, waitMs);
  if (context.output.json) context.output.result(now, () => now.link);
  context.output.say(`${formatBytes(now.sizeBytes)} stored. ${now.health.summary}`);
  return EXIT.ok;
}

function choice<T extends string>(
  context: CommandContext,
  option: string,
  known: readonly T[],
  usual: T,
): T {
  const text = context.arguments.text(option) ?? usual;
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw new CliError("usage", `--${option} is one of: ${known.join(", ")}; not "${text}".`);
}

async function open(
  context: CommandContext,
  file: string,
  layers: Layers,
  code: Code,
): Promise<Source> {
  if (file === "-") {
    return { name: "stdin", bytes: process.stdin, sizeBytes: 0, options: { layers, code } };
  }
  const info = await stat(file).catch((cause: unknown) => {
    throw new CliError("failed", `${file} cannot be read. Is the path right?`, { cause });
  });
  const name = basename(resolve(file));
  if (info.isFile()) {
    const options = { layers, code };
    return { name, bytes: createReadStream(file), sizeBytes: info.size, options };
  }
  if (info.isDirectory()) return openFolder(context, file, name, layers, code);
  throw new CliError("failed", `${file} is neither a file nor a folder.`);
}

async function openFolder(
  context: CommandContext,
  folder: string,
  name: string,
  layers: Layers,
  code: Code,
): Promise<Source> {
  const contents = await listFolder(folder);
  if (contents.leftOut.length > 0) {
    const some = contents.leftOut.slice(0, 3).map(inert).join(", ");
    const more = contents.leftOut.length > 3 ? " and others" : "";
    context.output.say(`Left out, as they are no files: ${some}${more}.`);
  }
  const archive = await archiveFolder(folder, name, contents);
  const sizeBytes = contents.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const options = { type: FOLDER_MEDIA_TYPE, code, layers: spell(archive.layers, layers, code) };
  return { name, bytes: archive.bytes, sizeBytes, options };
}

/** The layers of a folder as the API takes them: listing, small files, everything else. */
function spell(layers: readonly FolderLayer[], wish: Layers, code: Code): string {
  const { full, middle, coarse } = CODES[code];
  return layers
    .map(({ role, sizeBytes }) => {
      const listing = wish === "flat" ? full : wish === "steep" ? 1 : coarse;
      const early = wish === "flat" ? full : middle;
      const k = role === "preview" ? listing : sizeBytes === undefined ? full : early;
      return `${role}@${k}${sizeBytes === undefined ? "" : `:${sizeBytes}`}`;
    })
    .join(",");
}

/** Shows the fragments move to other peers, for as long as the person wants to wait. */
async function watchSpreading(
  context: CommandContext,
  client: ApiClient,
  stored: ObjectBody,
  waitMs: number,
): Promise<ObjectBody> {
  const endMs = performance.now() + waitMs;
  let now = stored;
  while (now.health.waiting > 0 && performance.now() < endMs) {
    if ((await client.status()).reachableCount === 0) break;
    context.output.progress("spreading", now.n - now.health.waiting, now.n);
    await new Promise((done) => setTimeout(done, 200));
    const { objects } = await client.objects();
    now = objects.find((object) => object.link === stored.link) ?? now;
  }
  if (now !== stored) context.output.progress("spreading", now.n - now.health.waiting, now.n);
  return now;
}
