import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { basename } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import type { ApiClient, ObjectBody } from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { formatBytes, inert, table } from "../output.ts";
import { connect, word } from "./shared.ts";

/** `peernet put` */
export const putCommand: Command = {
  name: "put",
  usage: "<file|->",
  summary: "store a file on the peers around; prints its link",
  details: "Whoever has the link can read the file; without it nobody can, the keepers included.",
  options: {
    name: { type: "string", value: "NAME", help: "what to call it (default: the file's name)" },
    wait: { type: "string", value: "SECONDS", help: "watch it spread this long (default 10)" },
  },
  positionals: [1, 1],
  run: put,
};

async function put(context: CommandContext): Promise<number> {
  const file = word(context, 0);
  const client = await connect(context);
  const size = file === "-" ? 0 : await sizeOf(file);
  const source = file === "-" ? process.stdin : createReadStream(file);
  const name = context.arguments.text("name") ?? (file === "-" ? "stdin" : basename(file));
  let sent = 0;
  const counted = source.pipe(
    new Transform({
      transform(chunk: Buffer, _encoding, next) {
        sent += chunk.length;
        context.output.progress("storing", sent, size);
        next(null, chunk);
      },
    }),
  );
  source.on("error", (error: Error) => counted.destroy(error));
  const stored = await client.putObject(
    name,
    Readable.toWeb(counted) as ReadableStream<Uint8Array>,
  );
  const now = await watchSpreading(context, client, stored);
  context.output.result(now, () => now.link);
  context.output.say(`${formatBytes(now.sizeBytes)} stored. ${now.health.summary}`);
  return EXIT.ok;
}

/** Shows the fragments move to other peers, for as long as the person wants to wait. */
async function watchSpreading(
  context: CommandContext,
  client: ApiClient,
  stored: ObjectBody,
): Promise<ObjectBody> {
  const waitMs = secondsOf(context.arguments.text("wait") ?? "10", "--wait") * 1_000;
  const endMs = performance.now() + waitMs;
  let now = stored;
  while (now.health.waiting > 0 && performance.now() < endMs) {
    if ((await client.status()).reachableCount === 0) break;
    context.output.progress("spreading", now.n - now.health.waiting, now.n);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { objects } = await client.objects();
    now = objects.find((object) => object.link === stored.link) ?? now;
  }
  if (now !== stored) context.output.progress("spreading", now.n - now.health.waiting, now.n);
  return now;
}

function secondsOf(text: string, option: string): number {
  const seconds = Number(text);
  if (text !== "" && Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw new CliError("usage", `${option} needs a number of seconds, not '${text}'.`);
}

async function sizeOf(file: string): Promise<number> {
  try {
    const info = await stat(file);
    if (info.isFile()) return info.size;
  } catch (cause) {
    throw new CliError("failed", `${file} cannot be read. Is the path right?`, { cause });
  }
  throw new CliError(
    "failed",
    `${file} is not a file. Folders come later; store a tar file instead.`,
  );
}

/** `peernet get` */
export const getCommand: Command = {
  name: "get",
  usage: "<link>",
  summary: "rebuild a stored file from the fragments in reach",
  options: {
    output: {
      type: "string",
      short: "o",
      value: "FILE",
      help: "where to write it (default: stdout)",
    },
  },
  positionals: [1, 1],
  run: get,
};

async function get(context: CommandContext): Promise<number> {
  const client = await connect(context);
  const response = await client.getObject(word(context, 0));
  const total = Number(response.headers.get("content-length") ?? 0);
  const target = context.arguments.text("output");
  if (response.body === null) throw new CliError("failed", "The peer sent no bytes.");
  if (target === undefined && context.output.json) {
    throw new CliError("usage", "With --json the bytes need a file: add -o FILE.");
  }
  let received = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      received += chunk.length;
      context.output.progress("rebuilding", received, total);
      next(null, chunk);
    },
  });
  const body = Readable.fromWeb(response.body as NodeReadableStream<Uint8Array>);
  if (target === undefined) {
    await pipeline(body, counter, process.stdout, { end: false });
    return EXIT.ok;
  }
  const partial = `${target}.partial`;
  try {
    await pipeline(body, counter, createWriteStream(partial));
    await rename(partial, target);
  } catch (cause) {
    await rm(partial, { force: true });
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError("failed", `The file could not be rebuilt whole (${why}). Try again.`, {
      cause,
    });
  }
  context.output.result({ file: target, sizeBytes: received }, () => target);
  return EXIT.ok;
}

/** `peernet drive` */
export const driveCommand: Command = {
  name: "drive",
  usage: "[link]",
  summary: "what you have stored and how healthy it is",
  options: { repair: { type: "boolean", help: "make missing fragments of <link> again" } },
  positionals: [0, 1],
  run: drive,
};

async function drive(context: CommandContext): Promise<number> {
  const client = await connect(context);
  const link = context.arguments.positionals[0];
  if (link !== undefined && context.arguments.flag("repair")) {
    const repaired = await client.repairObject(link);
    context.output.result(repaired, () => repaired.health.summary);
    return EXIT.ok;
  }
  if (link !== undefined) {
    const health = await client.objectHealth(link);
    context.output.result(health, () => health.summary);
    return EXIT.ok;
  }
  if (context.arguments.flag("repair")) {
    throw new CliError("usage", "Say which object: peernet drive <link> --repair");
  }
  const { objects } = await client.objects();
  const rows = objects.map((object) => [
    inert(object.name),
    formatBytes(object.sizeBytes),
    `${object.health.alive}/${object.n} (needs ${object.k})`,
    `${object.health.holders}`,
    object.link,
  ]);
  context.output.result(objects, () =>
    objects.length === 0
      ? "Nothing stored yet. 'peernet put <file>' stores something."
      : table([["NAME", "SIZE", "FRAGMENTS", "PEERS", "LINK"], ...rows]),
  );
  return EXIT.ok;
}
