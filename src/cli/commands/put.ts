import { Readable, Transform } from "node:stream";
import { whyUnread } from "../../adapters/node/file-words.ts";
import type { ApiClient, ObjectBody } from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { formatBytes } from "../output.ts";
import { CODE_NAMES, LAYER_WISHES } from "../put-wishes.ts";
import { connect, secondsOf, word } from "./shared.ts";

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

async function put(context: CommandContext): Promise<number> {
  const waitMs = secondsOf(context, "wait", 10) * 1_000;
  const layers = choice(context, "layers", LAYER_WISHES, "gentle");
  const code = choice(context, "code", CODE_NAMES, "default");
  const file = word(context, 0);
  if (file === "") {
    throw new CliError("usage", "Name what is to be stored: peernet put <file|folder|->");
  }
  const client = await connect(context);
  const { openSource } = await import("../put-source.ts");
  const source = await openSource(file, { layers, code }, context.output);
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
    throw new CliError(
      "failed",
      `${file} cannot be read: ${whyUnread(unreadable)}. Nothing was stored.`,
      {
        cause,
      },
    );
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
