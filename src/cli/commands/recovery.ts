import type { DevicesClient, RecoveryBody } from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { inert, table } from "../output.ts";
import { question } from "../question.ts";
import { wordGrid } from "../words.ts";
import { connect, underWord, word } from "./shared.ts";

/** How often the peer is asked how far it is. */
const LOOK_MS = 250;
/** After that long without an answer, what may be the reason is said. */
const AWAY_MS = 10_000;
/** How many friends are needed where nothing is said: more than half. */
const needOf = (friends: number): number => Math.floor(friends / 2) + 1;

/** One word after `peernet recovery`. */
interface Action {
  readonly usage: string;
  readonly words: readonly [number, number];
  run(context: CommandContext): Promise<void>;
}

async function clientOf(context: CommandContext): Promise<DevicesClient> {
  return (await connect(context)).devices;
}

const UNCHANGED = "Nothing was changed.";
const LATER = "The words can follow: peernet recovery words <the four words>, while they wait.";

const ACTIONS: Readonly<Record<string, Action>> = {
  status: {
    usage: "status",
    words: [0, 0],
    run: async (context) => {
      const found = await (await clientOf(context)).recovery();
      context.output.result(found, () => statusText(found));
    },
  },
  show: { usage: "show", words: [0, 0], run: showWords },
  confirm: { usage: "confirm [the words that are asked for]", words: [0, 3], run: confirmWords },
  forget: { usage: "forget", words: [0, 0], run: forgetWords },
  friends: { usage: "friends <anna,ben,…> [--need N]", words: [1, 16], run: chooseFriends },
  approve: { usage: "approve <link> --for <who>", words: [1, 1], run: approve },
  words: {
    usage: "words <the 4 words that the friend reads out>",
    words: [1, 4],
    run: async (context) => {
      const typed = context.arguments.positionals.slice(1);
      const found = await (await clientOf(context)).approveWords(typed);
      context.output.result(found, () => "The words are the same. The share is given.");
    },
  },
};

/** What there is to come back by, and whom this peer helps. */
export function statusText(found: RecoveryBody): string {
  const { holdsWords, isConfirmed, need, friends, isRestored, keptFor } = found;
  const lines = [
    !holdsWords
      ? "Your 24 words are not on this device."
      : isConfirmed
        ? "Your 24 words are on this device, and you have confirmed that you wrote them down."
        : "Your 24 words are on this device. Did you write them down? 'peernet recovery confirm' asks for three of them.",
  ];
  if (need > 0) {
    lines.push(`Any ${need} of these ${friends.length} friends together can bring you back:`);
    lines.push(
      table(
        friends.map(({ contact, keepers }) => [
          `  ${inert(contact)}`,
          keepers > 0 ? "has the share" : "on its way: they hear of it once they are in reach",
        ]),
      ),
    );
  } else if (holdsWords) {
    lines.push(
      "No friends are chosen on this device: 'peernet recovery friends anna,ben,cleo,dan,eve --need 3'.",
    );
    if (isRestored) {
      lines.push(
        "It was restored: friends whom you chose before are not known here. Their shares still bring you back, until you choose anew.",
      );
    }
  }
  for (const { contact, need: least, total } of keptFor) {
    lines.push(`You keep a share for ${inert(contact)} (${least} of ${total} are needed).`);
  }
  return lines.join("\n");
}

async function showWords(context: CommandContext): Promise<void> {
  const { output, home } = context;
  const { readIdentity } = await import("../../adapters/node/home.ts");
  const identity = await readIdentity(home);
  if (identity === undefined) throw new CliError("failed", `${home} belongs to nobody yet.`);
  const { personEntropy } = identity;
  if (personEntropy === undefined) {
    throw new CliError(
      "failed",
      "Your 24 words are not on this device: it was added by another one. Look there.",
    );
  }
  output.say(
    [
      "Whoever reads these 24 words is you: they can read what is sent to you and take out your devices.",
      "Nobody from Peernet ever asks for them. Make sure that nobody looks over your shoulder and that",
      "this screen is not shared or recorded.",
    ].join("\n"),
  );
  if (!context.arguments.flag("yes")) {
    if (process.stdin.isTTY !== true) {
      throw new CliError("usage", "Here nobody can be asked: add --yes to show the words.");
    }
    const typed = await question("Type 'show' to see them:", UNCHANGED);
    if (typed.trim().toLowerCase() !== "show") throw new CliError("failed", "Not shown.");
  }
  const { entropyToWords } = await import("../../identity/index.ts");
  const words = entropyToWords(personEntropy);
  output.result({ recoveryWords: words }, () => wordGrid(words));
}

async function forgetWords(context: CommandContext): Promise<void> {
  const { openHome } = await import("../../adapters/node/home.ts");
  const home = await openHome(context.home);
  try {
    const { identity } = home;
    if (identity?.personEntropy === undefined) {
      throw new CliError("failed", "Your 24 words are not on this device.");
    }
    if (identity.wordsConfirmed !== true) {
      throw new CliError(
        "failed",
        "First make sure that you have them on paper: start the peer and type 'peernet recovery confirm'.",
      );
    }
    if (!context.arguments.flag("yes")) {
      if (process.stdin.isTTY !== true) {
        throw new CliError("usage", "Here nobody can be asked: add --yes to forget the words.");
      }
      const typed = await question(
        "Without them this device cannot revoke older ones. Type 'forget':",
        UNCHANGED,
      );
      if (typed.trim().toLowerCase() !== "forget")
        throw new CliError("failed", "Nothing was changed.");
    }
    const { forgetPerson } = await import("../../adapters/node/forget-person.ts");
    await forgetPerson(home);
  } finally {
    await home.close();
  }
  context.output.result({ forgotten: true }, () =>
    [
      "Your 24 words are not on this device any more; it stays yours. (A disk may keep traces of what was deleted.)",
      "Shares for friends were removed here too: those who have theirs keep it.",
    ].join("\n"),
  );
}

async function confirmWords(context: CommandContext): Promise<void> {
  const client = await clientOf(context);
  const { asks, holdsWords, isConfirmed } = await client.recovery();
  if (!holdsWords) throw new CliError("failed", "Your 24 words are not on this device.");
  const given = context.arguments.positionals.slice(1);
  if (given.length === 0 && process.stdin.isTTY !== true) {
    const places = asks.map((place) => `word ${place}`).join(", ");
    throw new CliError(
      "usage",
      `Type them behind the command, in this order: peernet recovery confirm … with ${places}.`,
    );
  }
  const typed = [...given];
  for (const place of given.length > 0 ? [] : asks)
    typed.push(await question(`Word ${place}:`, UNCHANGED));
  const found = await client.confirmRecovery(typed);
  context.output.result(found, () =>
    isConfirmed ? "Right again." : "Right. That you know your words is remembered.",
  );
}

async function chooseFriends(context: CommandContext): Promise<void> {
  const friends = context.arguments.positionals
    .slice(1)
    .flatMap((text) => text.split(","))
    .map((text) => text.trim())
    .filter((text) => text !== "");
  const twice = friends.find((name, i) => friends.indexOf(name) < i);
  if (twice !== undefined) {
    throw new CliError("usage", `'${inert(twice)}' is named twice: each friend keeps one share.`);
  }
  const isNobody = friends.length === 1 && friends[0] === "none";
  const text = context.arguments.text("need") ?? String(needOf(friends.length));
  if (!/^\d{1,2}$/.test(text)) {
    throw new CliError("usage", `--need is a number of friends, not '${text}'.`);
  }
  const client = await clientOf(context);
  const found = await client.shareRecovery(isNobody ? [] : friends, isNobody ? 0 : Number(text));
  context.output.result(found, () =>
    isNobody
      ? "It is taken back: friends are asked to let go of their shares."
      : [
          statusText(found),
          "Fewer of them learn nothing. Together they could also act without you: choose people who would not.",
        ].join("\n"),
  );
}

async function approve(context: CommandContext): Promise<void> {
  const { output } = context;
  const who = context.arguments.text("for");
  if (who === undefined)
    throw new CliError("usage", "Type: peernet recovery approve <link> --for <who>");
  const client = await clientOf(context);
  const begun = await client.approve(word(context, 1), who);
  if (output.json || context.arguments.flag("no-wait")) {
    output.result(begun, () => "Reaching the device that asks for help …");
    return;
  }
  output.say("Reaching the device that asks for help …");
  const startedMs = performance.now();
  let told = false;
  for (let asked = false; ; await new Promise((done) => setTimeout(done, LOOK_MS))) {
    const { approval } = await client.recovery();
    if (approval.state === "done") {
      output.result(approval, () => doneText(approval));
      return;
    }
    if (approval.state === "failed" || approval.state === "none") {
      throw new CliError("failed", approval.reason === "" ? "It was given up." : approval.reason);
    }
    if (approval.state === "reaching" && !told && performance.now() - startedMs > AWAY_MS) {
      told = true;
      output.say(awayText(who));
    }
    if (approval.state === "comparing" && !asked) {
      asked = true;
      output.say(
        `Call ${inert(who)}, or stand beside them: be sure that it is really ${inert(who)} who asks.`,
      );
      const line = await question("Type the four words that they read out:", LATER);
      await client.approveWords(line.trim().split(/\s+/));
    }
  }
}

/** What to do while the device that asks does not answer. */
export function awayText(who: string): string {
  return (
    `It does not answer yet: is 'peernet restore --friends' still running there, and is that the newest link?\n` +
    `If ${inert(who)} has enough shares by now, yours is not needed. It is tried for five minutes; Ctrl-C stops waiting here.`
  );
}

function doneText({ have, need }: RecoveryBody["approval"]): string {
  return have >= need
    ? "The share is given, and it was the last one that was needed."
    : `The share is given. ${have} of ${need} are there now.`;
}

async function run(context: CommandContext): Promise<number> {
  const [name = "status", ...rest] = context.arguments.positionals;
  const action = underWord(ACTIONS, name);
  if (action === undefined) {
    const known = Object.keys(ACTIONS).join(", ");
    throw new CliError("usage", `There is no 'peernet recovery ${name}'. There are: ${known}.`);
  }
  const [fewest, most] = action.words;
  if (rest.length < fewest || rest.length > most) {
    throw new CliError("usage", `Type: peernet recovery ${action.usage}`);
  }
  await action.run(context);
  return EXIT.ok;
}

/** `peernet recovery` */
export const recoveryCommand: Command = {
  name: "recovery",
  usage: "[status|confirm|show|forget|friends|approve …]",
  summary: "what brings you back when all devices are lost: 24 words, or friends",
  details:
    "status                     what there is, and whom you help\n" +
    "confirm                    asks for three of the words: did you write them down?\n" +
    "show                       the words once more, where they are on this device\n" +
    "forget                     takes the words off this device (stop the peer before)\n" +
    "friends <a,b,c,d,e>        any --need of them together bring you back; 'none' takes it back\n" +
    "approve <link> --for <who> help a friend who asks with 'peernet restore --friends'\n" +
    "words <4 words>            the words that the friend reads out, typed in another window",
  options: {
    need: {
      type: "string",
      value: "N",
      help: "friends: so many are enough (default: more than half)",
    },
    for: { type: "string", value: "WHO", help: "approve: the contact who asks" },
    "no-wait": { type: "boolean", help: "approve: do not wait for the words" },
    yes: { type: "boolean", help: "show, forget: do not ask" },
  },
  positionals: [0, 17],
  run,
};
