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
import { connect, secondsOf, word } from "./shared.ts";

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
  const waitMs = secondsOf(context, "wait", 10) * 1_000;
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
  let unreadable: Error | undefined;
  source.on("error", (error: Error) => {
    unreadable = error;
    counted.destroy(error);
  });
  const body = Readable.toWeb(counted) as ReadableStream<Uint8Array>;
  const stored = await client.putObject(name, body).catch((cause: unknown) => {
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
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { objects } = await client.objects();
    now = objects.find((object) => object.link === stored.link) ?? now;
  }
  if (now !== stored) context.output.progress("spreading", now.n - now.health.waiting, now.n);
  return now;
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
  const target = context.arguments.text("output");
  if (target === undefined && context.output.json) {
    throw new CliError("usage", "With --json the bytes need a file: add -o FILE.");
  }
  const client = await connect(context);
  const response = await client.getObject(word(context, 0));
  const total = Number(response.headers.get("content-length") ?? 0);
  if (response.body === null) throw new CliError("failed", "The peer sent no bytes.");
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
  const file = createWriteStream(partial);
  let unwritable: Error | undefined;
  file.once("error", (error: Error) => {
    unwritable = error;
  });
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort()).once("SIGTERM", () => interrupted.abort());
  try {
    await pipeline(body, counter, file, { signal: interrupted.signal });
    await rename(partial, target);
  } catch (cause) {
    await rm(partial, { force: true });
    throw new CliError("failed", whyNotGot(target, cause, unwritable === cause), { cause });
  }
  context.output.result({ file: target, sizeBytes: received }, () => target);
  return EXIT.ok;
}

function whyNotGot(target: string, cause: unknown, isUnwritable: boolean): string {
  const why = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof Error && cause.name === "AbortError")
    return "Interrupted; nothing was kept.";
  if (isUnwritable || (cause instanceof Error && "path" in cause)) {
    return `${target} cannot be written (${why}). Choose another file with -o FILE.`;
  }
  return `The file could not be rebuilt whole (${why}). Try again in a while.`;
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
