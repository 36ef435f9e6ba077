import { readFile } from "node:fs/promises";
import { whyUnread } from "../../adapters/node/file-words.ts";
import type { Command } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { connect, word } from "./shared.ts";

/** `peernet picture` */
export const pictureCommand: Command = {
  name: "picture",
  usage: "[<file>]",
  summary: "the picture that contacts and members of your groups see of you",
  details:
    "Your peer makes a small JPEG of it, at most 256 pixels wide and 16 KiB; of what else is in the\n" +
    "file only which way up it is goes along.\n" +
    "Contacts whom you have met and members of your groups get it when they are in reach. Nobody else does.",
  options: {
    remove: { type: "boolean", help: "show none any more" },
  },
  positionals: [0, 1],
  run: async (context) => {
    const { output, arguments: parsed } = context;
    const isRemoving = parsed.flag("remove");
    const isGiven = parsed.positionals.length > 0;
    if (isRemoving && isGiven) {
      throw new CliError("usage", "Either a file, or --remove: not both.");
    }
    const client = await connect(context);
    if (isRemoving) await client.people.removePicture();
    if (isGiven) await client.people.setPicture(await fileOf(word(context, 0)));
    const { pictureAtMs } = await client.status();
    output.result({ pictureAtMs }, () =>
      pictureAtMs === null
        ? "You show no picture. Choose one: peernet picture <file>"
        : `Contacts and members of your groups see the picture of ${new Date(pictureAtMs).toISOString().slice(0, 16).replace("T", " ")}.`,
    );
    return EXIT.ok;
  },
};

/** @throws CliError("failed") where it cannot be read */
async function fileOf(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    throw new CliError("failed", `${path} cannot be read: ${whyUnread(cause)}.`, { cause });
  }
}
