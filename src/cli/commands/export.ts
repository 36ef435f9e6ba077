import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { whyUnwritten } from "../../adapters/node/file-words.ts";
import { must } from "../../base/errors.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { interruption } from "../interruption.ts";
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
  // What bears its name is whole, whatever happens meanwhile.
  const partial = `${file}.partial`;
  // Before there is anything that would have to be taken away.
  const signal = interruption();
  const handle = await begin(file, partial);
  const sink = handle.createWriteStream();
  try {
    const { body } = await client.records.export(signal);
    const bytes = must(body, "the answer has a body") as ReadableStream<Uint8Array>;
    await pipeline(Readable.fromWeb(bytes), sink, { signal });
    await rename(partial, file);
  } catch (cause) {
    sink.destroy();
    await rm(partial, { force: true });
    if (cause instanceof Error && cause.name === "ClientError" && !signal.aborted) throw cause;
    const why = signal.aborted ? "you broke it off" : whyUnwritten(cause);
    const message = `The file did not come whole, and is removed again (${why}). Try again.`;
    throw new CliError("failed", message, { cause });
  }
  const sizeBytes = sink.bytesWritten;
  context.output.result({ file, sizeBytes }, () => {
    return `Written to ${inert(file)}, ${formatBytes(sizeBytes)}. Whoever has it reads your messages: keep it well.`;
  });
  return EXIT.ok;
}

/** @throws CliError where the file is there already, or nothing can be written in its place */
async function begin(file: string, partial: string): Promise<FileHandle> {
  try {
    if ((await stat(file).catch(() => undefined)) !== undefined) {
      throw new CliError("failed", `${file} is there already. Choose another place.`);
    }
    // Of a run that was killed; it may be open to others.
    await rm(partial, { force: true });
    return await open(partial, "wx", 0o600);
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    const message = `${file} cannot be written: ${whyUnwritten(cause)}. Choose another place.`;
    throw new CliError("failed", message, { cause });
  }
}
