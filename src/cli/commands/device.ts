import type { DeviceBody, DevicesBody, DevicesClient } from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { formatMs, inert, table } from "../output.ts";
import { sayQr } from "../qr.ts";
import { question } from "../question.ts";
import { connect, underWord, word } from "./shared.ts";

/** How often the peer is asked how far it is. */
const LOOK_MS = 250;
const WORDS = 4;
const ID_SHOWN = 8;
const UNCHANGED = "Nothing was changed.";

/** One word after `peernet device`. */
interface Action {
  readonly usage: string;
  /** Fewest and most words that follow. */
  readonly words: readonly [number, number];
  run(context: CommandContext): Promise<void>;
}

async function devicesOf(context: CommandContext): Promise<DevicesClient> {
  return (await connect(context)).devices;
}

const ACTIONS: Readonly<Record<string, Action>> = {
  list: {
    usage: "list [who]",
    words: [0, 1],
    run: async (context) => {
      const who = context.arguments.positionals[1];
      const found = await (await devicesOf(context)).list(who);
      context.output.result(found, () => listText(found));
    },
  },
  add: { usage: "add", words: [0, 0], run: addDevice },
  words: {
    usage: "words <the 4 words that the new device shows>",
    words: [1, WORDS],
    run: async (context) => {
      const words = context.arguments.positionals.slice(1);
      const status = await (await devicesOf(context)).confirmWords(words);
      context.output.result(
        status,
        () => `The words are the same. '${inert(status.name)}' is taken in.`,
      );
    },
  },
  join: { usage: "join [link]", words: [0, 1], run: join },
  rename: {
    usage: "rename <device> <name>",
    words: [2, 2],
    run: async (context) => {
      const name = word(context, 2);
      const found = await (await devicesOf(context)).rename(word(context, 1), name);
      context.output.result(found, () => `It is called '${inert(name)}' now; contacts see that.`);
    },
  },
  history: {
    usage: "history <device>",
    words: [1, 1],
    run: async (context) => {
      const found = await (await devicesOf(context)).giveHistory(word(context, 1));
      context.output.result(
        found,
        () =>
          `'${inert(word(context, 1))}' is given the messages of the last 30 days; 'peernet device' shows how far it is.`,
      );
    },
  },
  revoke: {
    usage: "revoke <device>",
    words: [1, 1],
    run: async (context) => {
      const client = await devicesOf(context);
      const { devices } = await client.list();
      if (meansThisDevice(devices, word(context, 1))) await askBeforeLeaving(context);
      const found = await client.revoke(word(context, 1));
      context.output.result(found, () =>
        [
          `'${inert(word(context, 1))}' is none of your devices any more, for good.`,
          "Contacts refuse it as soon as one of your devices has met them. What is stored on it stays there.",
        ].join("\n"),
      );
    },
  },
};

/** Whether what somebody typed means the device that they sit at: its name, its address, or the beginning of its id. */
export function meansThisDevice(devices: readonly DeviceBody[], text: string): boolean {
  const wanted = text.trim().toLowerCase();
  const isNamed = ({ name, state }: DeviceBody): boolean =>
    state === "standing" && name.toLowerCase() === wanted;
  const self = devices.find(({ isSelf, state }) => isSelf && state === "standing");
  if (self === undefined || wanted === "") return false;
  if (devices.some(isNamed)) return isNamed(self);
  return self.address === wanted || self.peerId.startsWith(wanted);
}

/** @throws CliError where nobody is there to be asked, or the answer is no */
async function askBeforeLeaving(context: CommandContext): Promise<void> {
  if (context.arguments.flag("yes")) return;
  const what = "This is the device that you are at: revoked, it can be used for nothing any more.";
  if (process.stdin.isTTY !== true) {
    throw new CliError("usage", `${what} Here nobody can be asked: add --yes if you mean it.`);
  }
  const typed = await question(`${what} Type 'revoke' if you mean it:`, UNCHANGED);
  if (typed.trim().toLowerCase() !== "revoke") throw new CliError("failed", UNCHANGED);
}

/** Devices as a table, and what was new about them. */
export function listText({ devices, news, contact, holdsWords }: DevicesBody): string {
  const rows = devices.map((device) => [
    inert(device.name),
    whereText(device),
    originText(device),
    device.isForked ? "runs twice!" : historyText(device),
    device.peerId.slice(0, ID_SHOWN),
  ]);
  const lines = [
    devices.length === 0
      ? `Nothing is known of devices of ${inert(contact)}: theirs is an older Peernet, or you have not met since.`
      : table([["NAME", "WHERE", "HOW", "", "ID"], ...rows]),
  ];
  if (contact === "") {
    lines.push(
      holdsWords
        ? "This device holds your 24 words: it may revoke any other."
        : "Your 24 words are not on this device. It may revoke devices that were added after it.",
    );
  }
  for (const { atMs, text } of news.slice(-8)) {
    lines.push(`${new Date(atMs).toLocaleString()}  ${inert(text)}`);
  }
  return lines.join("\n");
}

function historyText({ history }: DeviceBody): string {
  if (history === undefined) return "";
  const { given, total, isDone } = history;
  return isDone ? `has ${given} messages of before` : `gets ${given} of ${total} messages`;
}

function whereText({ state, isSelf, reachable }: DeviceBody): string {
  if (state !== "standing") return state;
  return isSelf ? "here" : reachable ? "in reach" : "away";
}

function originText({ origin, addedBy, vouchedBy }: DeviceBody): string {
  if (origin === "first") return "the first";
  if (origin === "words") return "by the 24 words";
  if (origin === "friends") {
    const names = vouchedBy.map(inert).join(", ");
    return names === "" ? "by friends" : `vouched for by ${names}`;
  }
  return addedBy === "" ? "added" : `added by ${inert(addedBy)}`;
}

/** A whole peer, as a guest: what makes one is read only now. */
async function join(context: CommandContext): Promise<void> {
  const { joinPerson } = await import("./device-join.ts");
  await joinPerson(context);
}

async function addDevice(context: CommandContext): Promise<void> {
  const { output } = context;
  const client = await devicesOf(context);
  const opened = await client.openAdding(
    !context.arguments.flag("keys-only"),
    !context.arguments.flag("no-history"),
  );
  if (!output.json && !context.arguments.flag("no-qr")) {
    await sayQr(output, opened.link);
  }
  output.say(
    [
      `For ${formatMs(opened.expiresAtMs - Date.now())} one new device can become yours. Two ways, on the new device:`,
      "  peernet device join <the link below>    whoever has the link gets in: only from hand to hand",
      "  peernet device join                     on the same network; it shows four words to type here",
    ].join("\n"),
  );
  if (output.json || context.arguments.flag("no-wait")) {
    output.result(opened, () => opened.link);
    return;
  }
  output.say(opened.link);
  closeWhenBrokenOff(context, client);
  for (let asked = false; ; await pause()) {
    const status = await client.adding();
    if (status.state === "added") {
      output.result(status, () => `'${inert(status.name)}' is your device now.`);
      return;
    }
    if (status.state === "failed" || status.state === "closed") {
      throw new CliError("failed", status.reason === "" ? "It was closed." : status.reason);
    }
    if (status.state === "comparing" && !asked) {
      asked = true;
      const line = await askForWords(status.name).catch(async (error: unknown) => {
        await client.closeAdding().catch(() => undefined);
        throw error;
      });
      await client.confirmWords(line.trim().split(/\s+/));
    }
  }
}

function askForWords(name: string): Promise<string> {
  const instead = "Closed: no device can join any more. Begin again with 'peernet device add'.";
  return question(`Type the four words that '${inert(name)}' shows:`, instead);
}

/** Whoever breaks off means that nobody shall join any more. */
function closeWhenBrokenOff({ output }: CommandContext, client: DevicesClient): void {
  const breakOff = async (): Promise<void> => {
    const closed = await client.closeAdding().then(
      () => true,
      () => false,
    );
    if (closed) output.say("Closed: no device can join by this link any more.");
    process.exit(EXIT.failed);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, breakOff);
}

function pause(): Promise<void> {
  return new Promise((done) => setTimeout(done, LOOK_MS));
}

async function run(context: CommandContext): Promise<number> {
  const [name = "list", ...rest] = context.arguments.positionals;
  const action = underWord(ACTIONS, name);
  if (action === undefined) {
    const known = Object.keys(ACTIONS).join(", ");
    throw new CliError("usage", `There is no 'peernet device ${name}'. There are: ${known}.`);
  }
  const [fewest, most] = action.words;
  if (rest.length < fewest || rest.length > most) {
    throw new CliError("usage", `Type: peernet device ${action.usage}`);
  }
  await action.run(context);
  return EXIT.ok;
}

/** `peernet device` */
export const deviceCommand: Command = {
  name: "device",
  usage: "[list|add|join|rename|revoke …]",
  summary: "your devices: phone, laptop … are one person to everybody",
  details:
    "list [who]               your devices, or those of a contact, and what was new about them\n" +
    "add                      take a new device in: shows a link and waits; or type its four words\n" +
    "words <4 words>          the same words, typed in another window\n" +
    "join [link]              on the new device, in a new home: become a device of that person\n" +
    "rename <device> <name>   contacts see the name\n" +
    "history <device>         give another device of yours the messages of the last 30 days\n" +
    "revoke <device>          lost or stolen: it is nobody's any more, for good\n" +
    "A device may revoke those that were added after it; with your 24 words you may revoke any.",
  options: {
    "no-qr": { type: "boolean", help: "add: print the link without its picture" },
    "no-wait": { type: "boolean", help: "add: print the link and do not wait" },
    "no-history": { type: "boolean", help: "add: the new device gets no messages of the past" },
    "keys-only": { type: "boolean", help: "add: leave my addresses out of the link" },
    yes: {
      type: "boolean",
      help: "join: do not ask whether the other device said yes; revoke: do not ask",
    },
    name: { type: "string", value: "NAME", help: "join: what this device is called" },
    listen: {
      type: "string",
      multiple: true,
      value: "tcp://ADDRESS:PORT",
      help: "join: accept links here meanwhile",
    },
    link: {
      type: "string",
      multiple: true,
      value: "tcp://HOST:PORT",
      help: "join: dial this peer meanwhile",
    },
    "no-discovery": { type: "boolean", help: "join: do not look around on local networks" },
  },
  positionals: [0, 6],
  run,
};
