import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { formatMs, inert } from "../output.ts";
import { sayQr } from "../qr.ts";
import { connect, word } from "./shared.ts";

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
      await sayQr(context.output, invite.link.toUpperCase());
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
