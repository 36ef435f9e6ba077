import { renderUnicodeCompact } from "uqr";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { formatMs, inert, table } from "../output.ts";
import { connect, word } from "./shared.ts";

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
    "keys-only": {
      type: "boolean",
      help: "leave out my addresses: only somebody in the mesh can use it",
    },
  },
  positionals: [0, 0],
  async run(context) {
    const client = await connect(context);
    const invite = await client.createInvite(!context.arguments.flag("keys-only"));
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

/** `peernet contacts` */
export const contactsCommand: Command = {
  name: "contacts",
  usage: "[who --as NAME]",
  summary: "the people you have met; gives one of them another name",
  options: { as: { type: "string", value: "NAME", help: "your own name for this person" } },
  positionals: [0, 1],
  async run(context) {
    const [who] = context.arguments.positionals;
    const name = context.arguments.text("as");
    if ((who === undefined) !== (name === undefined)) {
      throw new CliError(
        "usage",
        "A new name needs a contact and the name. Type: peernet contacts WHO --as NAME",
      );
    }
    if (who !== undefined && name !== undefined) return renameContact(context, who, name);
    const contacts = await (await connect(context)).contacts();
    const rows = contacts.map((contact) => [
      inert(contact.petname),
      contact.state,
      contact.reachable ? `in reach, ${contact.hops ?? "?"} hops` : "away",
      contact.unreadCount === 0 ? "" : `${contact.unreadCount} unread`,
      contact.personId,
    ]);
    context.output.result(contacts, () =>
      contacts.length === 0
        ? "Nobody yet. 'peernet invite' makes a link for somebody you know."
        : table([["NAME", "STATE", "WHERE", "MESSAGES", "PERSON"], ...rows]),
    );
    return EXIT.ok;
  },
};

async function renameContact(context: CommandContext, who: string, name: string): Promise<number> {
  const contact = await (await connect(context)).renameContact(who, name);
  context.output.result(contact, () => `They are ${inert(contact.petname)} to you now.`);
  return EXIT.ok;
}
