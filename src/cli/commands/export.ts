import { open, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { must } from "../../base/errors.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { formatBytes, inert } from "../output.ts";
import { connect, word } from "./shared.ts";

/** `peernet export` */
export const exportCommand: Command = {
  name: "export",
  usage: "<file>",
  summary: "everything that is yours as one ZIP file, to read without Peernet",
  details:
    "Contacts, messages of all conversations and groups, money with statements and receipts, lists of files and folders with their links, settings. Its README.txt says what is in it.\n" +
    "Left out: secret keys, the 24 words, what is inside files and folders. To move a peer, stop it and take its home along.\n" +
    "  peernet export peernet.zip",
  positionals: [1, 1],
  run,
};

async function run(context: CommandContext): Promise<number> {
  const client = await connect(context);
  const file = word(context, 0);
  const handle = await open(file, "wx", 0o600).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === "EEXIST" ? "it is there already" : cause.message;
    const message = `${file} cannot be written (${why}). Choose another place.`;
    throw new CliError("failed", message, { cause });
  });
  const sink = handle.createWriteStream();
  try {
    const { body } = await client.records.export();
    const bytes = must(body, "the answer has a body") as ReadableStream<Uint8Array>;
    await pipeline(Readable.fromWeb(bytes), sink);
  } catch (cause) {
    sink.destroy();
    await rm(file, { force: true });
    if (cause instanceof Error && cause.name === "ClientError") throw cause;
    const message = `The file did not come whole, and is removed again (${String(cause)}). Try again.`;
    throw new CliError("failed", message, { cause });
  }
  const sizeBytes = sink.bytesWritten;
  context.output.result({ file, sizeBytes }, () => {
    return `Written to ${inert(file)}, ${formatBytes(sizeBytes)}. Whoever has it reads your messages: keep it well.`;
  });
  return EXIT.ok;
}
