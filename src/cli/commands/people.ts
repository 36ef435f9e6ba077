import { renderUnicodeCompact } from "uqr";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { formatMs, inert, inertLines } from "../output.ts";
import { connect, secondsOf, word } from "./shared.ts";

/** Messages that the peer tells in one answer. */
const LIMIT_MAX = 500;
/** People whom an invite lets in, and days for which it is good, at most. */
const INVITE_USES_MAX = 16;
const INVITE_DAYS_MAX = 90;

/** `peernet invite` */
export const inviteCommand: Command = {
  name: "invite",
  usage: "",
  summary: "a link and QR code with which somebody can meet you",
  details:
    "The link carries your keys and the addresses where this peer can be reached now. Give it to\n" +
    "people you know, best from hand to hand: whoever holds it can become your contact.",
  options: {
    "no-qr": { type: "boolean", help: "print the link alone" },
    uses: { type: "string", value: "N", help: "let N different people in, 1 to 16 (default 16)" },
    expires: { type: "string", value: "DAYS", help: "good for DAYS, 1 to 90 (default 7)" },
    "keys-only": {
      type: "boolean",
      help: "leave out my addresses: only somebody in the mesh can use it",
    },
  },
  positionals: [0, 0],
  async run(context) {
    const uses = countOf(context, "uses", INVITE_USES_MAX);
    const days = countOf(context, "expires", INVITE_DAYS_MAX);
    const wish = {
      ...(uses === undefined ? {} : { uses }),
      ...(days === undefined ? {} : { days }),
    };
    const client = await connect(context);
    const invite = await client.createInvite(!context.arguments.flag("keys-only"), wish);
    if (!context.output.json && !context.arguments.flag("no-qr")) {
      context.output.say(renderUnicodeCompact(invite.link, { border: 2, ecc: "L" }));
    }
    context.output.result(invite, () => invite.link);
    context.output.say(
      `Good for ${formatMs(invite.expiresAtMs - Date.now())}. The other person types: peernet add <link> --as <a name for you>`,
    );
    return EXIT.ok;
  },
};

/** The whole number that an option says, undefined without it. @throws CliError("usage") */
function countOf(context: CommandContext, option: string, max: number): number | undefined {
  const text = context.arguments.text(option);
  if (text === undefined) return undefined;
  const count = Number(text);
  if (/^\d{1,3}$/.test(text) && count >= 1 && count <= max) return count;
  throw new CliError("usage", `--${option} needs a number of 1 to ${max}, not '${text}'.`);
}

/** `peernet add` */
export const addCommand: Command = {
  name: "add",
  usage: "<link>",
  summary: "meet the person who gave you this invite",
  options: {
    as: { type: "string", value: "NAME", help: "your own name for this person (petname)" },
  },
  positionals: [1, 1],
  async run(context) {
    const contact = await (await connect(context)).addContact(
      word(context, 0),
      context.arguments.text("as"),
    );
    context.output.result(contact, () =>
      contact.state === "met"
        ? `You and ${inert(contact.petname)} have met.`
        : `${inert(contact.petname)} is in your contacts; they will hear of it as soon as their peer is in reach.`,
    );
    return EXIT.ok;
  },
};

/** `peernet send` */
export const sendCommand: Command = {
  name: "send",
  usage: "<who> <text>",
  summary: "send a message; it is kept until it arrives",
  options: {
    wait: { type: "string", value: "SECONDS", help: "wait this long for the delivery (default 2)" },
  },
  positionals: [2, 2],
  run: sendMessage,
};

async function sendMessage(context: CommandContext): Promise<number> {
  const waitMs = secondsOf(context, "wait", 2) * 1_000;
  const client = await connect(context);
  const sent = await client.sendMessage(word(context, 0), word(context, 1));
  const deadlineMs = Date.now() + waitMs;
  let now = sent;
  while (now.state === "waiting" && Date.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { messages } = await client.messages({ with: sent.personId, limit: 50 });
    now = messages.find((message) => message.id === sent.id) ?? now;
  }
  context.output.result(now, () =>
    now.state === "delivered"
      ? `Delivered to ${inert(now.contact)}.`
      : `Kept here for ${inert(now.contact)}, who is not in reach now; it goes out by itself.`,
  );
  return EXIT.ok;
}

/** `peernet inbox` */
export const inboxCommand: Command = {
  name: "inbox",
  usage: "[who]",
  summary: "messages, newest last; marks them read",
  options: {
    all: { type: "boolean", help: "read messages and your own as well" },
    keep: { type: "boolean", help: "do not mark them read" },
    limit: { type: "string", value: "N", help: "at most this many, up to 500 (default 100)" },
  },
  positionals: [0, 1],
  run: showInbox,
};

async function showInbox(context: CommandContext): Promise<number> {
  const limit = context.arguments.text("limit") ?? "100";
  if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > LIMIT_MAX) {
    throw new CliError("usage", `--limit needs a number of 1 to ${LIMIT_MAX}, not '${limit}'.`);
  }
  const client = await connect(context);
  const who = context.arguments.positionals[0];
  const query = { limit: Number(limit) };
  const found = await client.messages(who === undefined ? query : { ...query, with: who });
  const all = context.arguments.flag("all");
  const shown = found.messages.filter((message) => all || message.state === "unread");
  context.output.result(shown, () =>
    shown.length === 0
      ? "Nothing new. 'peernet inbox --all' shows everything."
      : shown
          .map((message) => {
            const at = new Date(message.sentAtMs).toLocaleString();
            const arrow = message.direction === "in" ? "from" : "to";
            const state = message.direction === "out" ? ` (${message.state})` : "";
            return `${at}  ${arrow} ${inert(message.contact)}${state}\n  ${inertLines(message.text).replaceAll("\n", "\n  ")}`;
          })
          .join("\n"),
  );
  if (!context.arguments.flag("keep")) {
    for (const person of new Set(shown.map((message) => message.personId))) {
      await client.markRead(person);
    }
  }
  return EXIT.ok;
}
