import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";

/** Too many words are counted in words of their own. */
const WORDS_MAX = 96;

async function run(context: CommandContext): Promise<number> {
  if (context.arguments.flag("friends")) {
    if (context.arguments.positionals.length > 0) {
      throw new CliError(
        "usage",
        "It is one or the other: words behind 'peernet restore', or --friends without words.",
      );
    }
    const { restoreByFriends } = await import("./restore-friends.ts");
    await restoreByFriends(context);
  } else {
    const { restoreByWords } = await import("./restore-words.ts");
    await restoreByWords(context);
  }
  return EXIT.ok;
}

/** `peernet restore` */
export const restoreCommand: Command = {
  name: "restore",
  usage: "[words …]",
  summary: "be the same person again on a new device, by the 24 words or by friends",
  details:
    "Without words on the command line it asks for them (or reads them from stdin), which keeps them\n" +
    "out of your shell's history. The device gets keys of its own: it is never a copy of the lost one.\n" +
    "With --friends it shows a request for the friends chosen by 'peernet recovery friends', and waits;\n" +
    "with --json each line is one of: {link}, {words, name}, {share: {name, have, need}}, {problem}, and who is back.",
  options: {
    name: { type: "string", value: "NAME", help: "what others see of the new device" },
    friends: { type: "boolean", help: "without words: by friends who keep shares of them" },
    listen: {
      type: "string",
      multiple: true,
      value: "tcp://ADDRESS:PORT",
      help: "with --friends: accept links here meanwhile",
    },
    link: {
      type: "string",
      multiple: true,
      value: "tcp://HOST:PORT",
      help: "with --friends: dial this peer meanwhile",
    },
    "no-discovery": {
      type: "boolean",
      help: "with --friends: do not look around on local networks",
    },
  },
  positionals: [0, WORDS_MAX],
  run,
};
