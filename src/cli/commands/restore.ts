import { createInterface } from "node:readline/promises";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { openHome } from "../../adapters/node/home.ts";
import { equalBytes } from "../../base/bytes.ts";
import { derivePerson, RECOVERY_WORDS, wordsToEntropy } from "../../identity/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { takeIdentity } from "../daemon/identity.ts";
import { CliError, EXIT } from "../errors.ts";

async function askForWords(context: CommandContext): Promise<readonly string[]> {
  const given = context.arguments.positionals.flatMap((one) => one.trim().split(/\s+/));
  if (given.length > 0) return given;
  if (process.stdin.isTTY === true) {
    context.output.say(`Type the ${RECOVERY_WORDS} recovery words, then Enter:`);
  }
  const lines = createInterface({ input: process.stdin });
  const words: string[] = [];
  for await (const line of lines) {
    words.push(
      ...line
        .trim()
        .split(/\s+/)
        .filter((word) => word !== ""),
    );
    if (words.length >= RECOVERY_WORDS) break;
  }
  lines.close();
  return words;
}

async function run(context: CommandContext): Promise<number> {
  if (context.arguments.flag("friends")) {
    const { restoreByFriends } = await import("./restore-friends.ts");
    await restoreByFriends(context);
    return EXIT.ok;
  }
  const words = (await askForWords(context)).map((word) => word.toLowerCase());
  if (words.length !== RECOVERY_WORDS) {
    throw new CliError(
      "usage",
      `There are ${RECOVERY_WORDS} recovery words; you gave ${words.length}.`,
    );
  }
  const personEntropy = wordsToEntropy(words);
  const suite = createNodeSuite();
  const home = await openHome(context.home);
  try {
    const known = home.identity;
    // The same words once more, perhaps after an interruption, are welcome.
    const entropy = known?.personEntropy;
    const isMine = entropy !== undefined && equalBytes(entropy, personEntropy);
    if (known !== undefined && !isMine) {
      throw new CliError(
        "failed",
        `${context.home} belongs to somebody already. Restore into a new directory: peernet restore --home DIR`,
      );
    }
    const { stored } = await takeIdentity(home, suite, {
      name: context.arguments.text("name"),
      personEntropy,
    });
    const { personId } = derivePerson(suite, personEntropy);
    context.output.result({ personId, name: stored.name, home: context.home }, () =>
      [
        `You are back: person ${personId}, on a new device called ${stored.name}.`,
        "Start it with 'peernet up'. Contacts in reach see the new device and send what waits for you.",
        "They are back as contacts as soon as one of their devices is in reach; old messages are not in the words.",
        "Then take out what was lost: peernet device list, peernet device revoke <device>.",
      ].join("\n"),
    );
  } finally {
    await home.close();
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
    "With --friends it shows a request for the friends chosen by 'peernet recovery friends', and waits.",
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
  // Too many words are counted in words of their own.
  positionals: [0, 4 * RECOVERY_WORDS],
  run,
};
