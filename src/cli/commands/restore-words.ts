import { createInterface } from "node:readline/promises";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { openHome } from "../../adapters/node/home.ts";
import { equalBytes } from "../../base/bytes.ts";
import { derivePerson, RECOVERY_WORDS, wordsToEntropy } from "../../identity/index.ts";
import type { CommandContext } from "../command.ts";
import { takeIdentity } from "../daemon/identity.ts";
import { CliError } from "../errors.ts";

/**
 * Makes this home a new device of the person whose recovery words are given or typed.
 * @throws CliError, IdentityError, AdapterError with what to do next
 */
export async function restoreByWords(context: CommandContext): Promise<void> {
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
}

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
