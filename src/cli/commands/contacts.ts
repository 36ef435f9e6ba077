import { readFile, stat } from "node:fs/promises";
import { whyUnread, whyUnwritten } from "../../adapters/node/file-words.ts";
import {
  type ApiClient,
  ClientError,
  type ContactBody,
  type ContactDetailBody,
  type ContactDeviceBody,
} from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { CONTACTS_FILE_BYTES_MAX } from "../limits.ts";
import { formatMs, inert, table } from "../output.ts";
import { sayQr } from "../qr.ts";
import { writeWholeFile } from "../whole-file.ts";
import { counted, typedCommand } from "../words.ts";
import { connect, outputFile, underWord, word } from "./shared.ts";

const ID_SHOWN = 8;

/** One word after `peernet contacts`. */
interface Action {
  readonly usage: string;
  /** Words that must follow. */
  readonly words: number;
  run(context: CommandContext, client: ApiClient, who: string): Promise<void>;
}

const ACTIONS: Readonly<Record<string, Action>> = {
  show: {
    usage: "show WHO",
    words: 1,
    run: async ({ output }, client, who) => {
      const contact = await client.people.show(who);
      output.result(contact, () => describe(contact));
    },
  },
  verify: {
    usage: 'verify WHO [--heard "four words" | --scanned CODE]',
    words: 1,
    run: verify,
  },
  confirm: {
    usage: "confirm WHO",
    words: 1,
    run: async ({ output }, client, who) => {
      const contact = await client.people.confirmKey(who);
      output.result(contact, () => {
        return `The new key of ${inert(contact.petname)} counts now. Verify them again.`;
      });
    },
  },
  block: {
    usage: "block WHO",
    words: 1,
    run: (context, client, who) => block(context, client, who, true),
  },
  unblock: {
    usage: "unblock WHO",
    words: 1,
    run: (context, client, who) => block(context, client, who, false),
  },
  delete: {
    usage: "delete WHO",
    words: 1,
    run: async ({ output }, client, who) => {
      await client.people.remove(who);
      output.result({ deleted: who }, () => {
        return `${inert(who)} is deleted: their devices are refused from now on. Messages on this device stay.`;
      });
    },
  },
  export: {
    usage: "export [--format json|vcard] [-o FILE]",
    words: 0,
    run: exportFile,
  },
  import: {
    usage: "import FILE",
    words: 1,
    run: async ({ output }, client, file) => {
      const text = await readContactsFile(file);
      const outcome = await client.people.importFile(text);
      output.result(outcome, () => {
        const { added, known, skipped } = outcome;
        return `${added} added, ${known} known already, ${skipped} without a Peernet key.`;
      });
      output.say("None of them counts as met: send an invite to those you want to write to.");
    },
  },
};

/** `peernet contacts` */
export const contactsCommand: Command = {
  name: "contacts",
  usage: "[WHO --as NAME | show|verify|confirm|block|unblock|delete WHO | export | import FILE]",
  summary: "the people you have met: list, rename, verify, block, delete, take along",
  details: [
    "Without words it lists your contacts. With a contact and --as it gives them another name.",
    "What you change here, your other devices get to know: names, verified, blocked, deleted, new contacts.",
    ...Object.values(ACTIONS).map(({ usage }) => `  peernet contacts ${usage}`),
  ].join("\n"),
  options: {
    as: { type: "string", value: "NAME", help: "your own name for this person" },
    heard: { type: "string", value: "WORDS", help: "verify: the four words that they read to you" },
    scanned: { type: "string", value: "CODE", help: "verify: the code that you scanned from them" },
    format: { type: "string", value: "KIND", help: "export: json (everything) or vcard" },
    output: { type: "string", short: "o", value: "FILE", help: "export: write to this file" },
  },
  positionals: [0, 2],
  async run(context) {
    const [first, second] = context.arguments.positionals;
    const name = context.arguments.text("as");
    if (first === undefined && name === undefined) return list(context);
    if (first !== undefined && name !== undefined && second === undefined) {
      return rename(context, first, name);
    }
    const action = first === undefined ? undefined : underWord(ACTIONS, first);
    if (action === undefined && first !== undefined && name === undefined) {
      throw new CliError(
        "usage",
        `Type: ${typedCommand("contacts show", [first])}, or for another name: ${typedCommand("contacts", [first], "--as NAME")}`,
      );
    }
    if (action === undefined || name !== undefined) {
      throw new CliError(
        "usage",
        "A new name needs a contact and the name. Type: peernet contacts WHO --as NAME",
      );
    }
    if (action.words === 1 && second === undefined) {
      throw new CliError("usage", `Type: peernet contacts ${action.usage}`);
    }
    await action.run(context, await connect(context), word(context, 1));
    return EXIT.ok;
  },
};

async function list(context: CommandContext): Promise<number> {
  const contacts = await (await connect(context)).contacts();
  context.output.result(contacts, () =>
    contacts.length === 0
      ? "Nobody yet. 'peernet invite' makes a link for somebody you know."
      : contactTable(contacts),
  );
  return EXIT.ok;
}

/** Contacts, for people: how you met, and the whole id, are told by `show`. */
export function contactTable(contacts: readonly ContactBody[]): string {
  const heading = ["NAME", "STATE", "VERIFIED", "WHERE", "MESSAGES", "PERSON"];
  return table([heading, ...contacts.map(rowOf)]);
}

function rowOf(contact: ContactBody): readonly string[] {
  return [
    inert(contact.petname),
    contact.blocked ? "blocked" : contact.state,
    contact.verified ? "yes" : "no",
    contact.reachable
      ? `in reach, ${contact.hops === null ? "? hops" : counted(contact.hops, "hop")}`
      : "away",
    contact.unreadCount === 0 ? "" : `${contact.unreadCount} unread`,
    contact.personId.slice(0, ID_SHOWN),
  ];
}

async function rename(context: CommandContext, who: string, name: string): Promise<number> {
  const contact = await (await connect(context)).renameContact(who, name);
  context.output.result(contact, () => `They are ${inert(contact.petname)} to you now.`);
  return EXIT.ok;
}

function describe(contact: ContactDetailBody): string {
  const { howMet, verified, edge } = contact;
  const closed =
    edge.closedForMs > 0
      ? `unwanted introductions: ${edge.violations}; nothing may come by introduction for ${formatMs(edge.closedForMs)}`
      : `unwanted introductions: ${edge.violations}`;
  const asked = contact.refusal === null ? "asked" : `asked; they answered: ${contact.refusal}`;
  return [
    `${inert(contact.petname)} (${contact.personId})`,
    contact.blocked ? "  blocked" : `  ${contact.state === "met" ? "met" : asked}`,
    `  ${inert(howMet.words)}, ${day(howMet.atMs)}`,
    verified === null
      ? `  not verified: ${typedCommand("contacts verify", [contact.petname])}`
      : `  verified by ${verified.how === "qr" ? "code" : "words"} on ${day(verified.atMs)}`,
    ...(contact.keyChanged
      ? ["  THEIR KEY HAS CHANGED: nothing is sent until you confirm it"]
      : []),
    seenText(contact),
    `  ${closed}`,
    ...contact.devices.map(deviceText),
  ].join("\n");
}

function deviceText({ address, name, reachable, quantumSafe }: ContactDeviceBody): string {
  const shown = name === null ? "" : ` calls itself ${inert(name)}`;
  const safe = quantumSafe ? ", letters protected against later quantum computers" : "";
  return `  device ${address}${shown}${reachable ? ", in reach" : ""}${safe}`;
}

function seenText({ devices, lastSeenAtMs }: ContactDetailBody): string {
  if (devices.some(({ reachable }) => reachable)) return "  in reach now";
  return lastSeenAtMs === null ? "  not seen yet" : `  last seen ${day(lastSeenAtMs)}`;
}

function day(atMs: number): string {
  return new Date(atMs).toLocaleString();
}

async function verify(context: CommandContext, client: ApiClient, who: string): Promise<void> {
  const { output } = context;
  const heard = context.arguments.text("heard");
  const scanned = context.arguments.text("scanned");
  if (heard !== undefined || scanned !== undefined) {
    const what = heard === undefined ? { scanned: scanned ?? "" } : { heard };
    const contact = await client.people.verify(who, what);
    output.result(contact, () => `${inert(contact.petname)} is verified.`);
    return;
  }
  const { code } = await client.people.ownCode();
  const words = await client.people.words(who).then(
    (found) => found.words,
    (error: unknown) => {
      if (!(error instanceof ClientError) || error.code === "not-found") throw error;
      output.say(error.message);
      return null;
    },
  );
  if (!output.json) await sayQr(output, code);
  output.result({ words, code }, () => (words === null ? code : `${words}\n${code}`));
  if (words !== null) {
    output.say(
      "Call them. Both type this command, and each reads these four words aloud. Then type what you\n" +
        `HEARD: ${typedCommand("contacts verify", [who], '--heard "four words"')}. The same words on both sides mean that nobody stands between you.`,
    );
  }
  output.say(
    `Side by side: scan each other's code, then type: ${typedCommand("contacts verify", [who], "--scanned CODE")}`,
  );
}

async function block(
  { output }: CommandContext,
  client: ApiClient,
  who: string,
  blocked: boolean,
): Promise<void> {
  const contact = await client.people.block(who, blocked);
  output.result(contact, () =>
    blocked
      ? `${inert(contact.petname)} is blocked: nothing of theirs comes in.`
      : `${inert(contact.petname)} is let in again.`,
  );
}

async function exportFile(context: CommandContext, client: ApiClient): Promise<void> {
  const format = context.arguments.text("format") ?? "json";
  if (format !== "json" && format !== "vcard") {
    throw new CliError("usage", `--format is json or vcard, not '${format}'.`);
  }
  const text = await client.people.exportFile(format);
  const file = outputFile(context);
  if (file === undefined) {
    context.output.result(text, () => text.trimEnd());
    return;
  }
  await writeWholeFile(file, text).catch((cause: Error) => {
    const message = `${file} cannot be written: ${whyUnwritten(cause)}. Choose another place with -o.`;
    throw new CliError("failed", message, { cause });
  });
  context.output.result({ file }, () => `Written to ${file}. It says who your contacts are.`);
}

async function readContactsFile(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > CONTACTS_FILE_BYTES_MAX) {
      throw new CliError("failed", `${file} is larger than ${CONTACTS_FILE_BYTES_MAX} bytes.`);
    }
    return await readFile(file, "utf8");
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError("failed", `${file} cannot be read: ${whyUnread(cause)}.`, { cause });
  }
}
