import type { RequestBody, RequestsBody } from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { inert, table } from "../output.ts";
import { connect, underWord, word } from "./shared.ts";

const ID_SHOWN = 8;
const STATES: Readonly<Record<RequestsBody["sent"][number]["state"], string>> = {
  waiting: "waiting",
  delivered: "delivered",
  "not-unwanted": "welcome, or not answered",
  unwanted: "unwanted",
  refused: "refused",
};
/** Nobody hears of "no": a request that was taken is in their tray, or was declined. */
const KNOCKED = "delivered; they become a contact if they accept";
const ANSWERED: Readonly<Record<RequestsBody["waiting"][number]["answer"], string>> = {
  accept: "Accepted",
  decline: "Declined",
  unwanted: "Unwanted",
};
const ANSWERS = { accept: "accept", decline: "decline", unwanted: "unwanted" } as const;

const USAGES: Readonly<Record<string, string>> = {
  accept: "accept ID [--as NAME]",
  decline: "decline ID",
  unwanted: "unwanted ID",
  ask: "ask CODE [text]",
  knock: "knock GROUP WHO [text]",
  "per-day": "per-day N",
};
const USAGE =
  "[list | accept|decline|unwanted ID | ask CODE [text] | knock GROUP WHO [text] | per-day N | relay|findable on|off]";

/** `peernet requests` */
export const requestsCommand: Command = {
  name: "requests",
  usage: USAGE,
  summary: "people whom you do not know and who want to meet you",
  details:
    "Strangers reach you only by introduction, and never more than so many a day.\n" +
    "  accept ID [--as NAME]  they become a contact once they accept too\n" +
    "  decline ID             nothing happens, and nobody hears of it\n" +
    "  unwanted ID            the way it came is closed for 22 hours, four times as long each time\n" +
    "  per-day N              show at most N a day (3 unless you choose; 0: none)\n" +
    "  ask CODE [text]        ask your contacts, and theirs, to introduce you to whoever has this code\n" +
    "  knock GROUP WHO [text] ask a member of a group that you are both in\n" +
    "  relay on|off           pass on such requests between people you know (off unless you choose)\n" +
    "  findable on|off        let such requests come to you (off unless you choose)",
  options: { as: { type: "string", value: "NAME", help: "accept: your own name for this person" } },
  positionals: [0, 4],
  async run(context) {
    const [action = "list", which, text] = context.arguments.positionals;
    if (action === "list" && which === undefined) return list(context);
    if (action === "knock" && text !== undefined) return knock(context);
    if (action === "ask" && which !== undefined) return askFor(context, which, text);
    if (action === "per-day" && which !== undefined) return perDay(context, which);
    if (action === "relay" || action === "findable") return turn(context, action, which);
    const answer = Object.entries(ANSWERS).find(([name]) => name === action)?.[1];
    if (answer === undefined || which === undefined) {
      throw new CliError("usage", `Type: peernet requests ${underWord(USAGES, action) ?? USAGE}`);
    }
    const client = await connect(context);
    const left = await client.people.answer(which, answer, context.arguments.text("as"));
    const words = {
      accept: "Accepted. They become a contact as soon as they accept too.",
      decline: "Declined. Nobody hears of it.",
      unwanted: "Noted as unwanted. The way it came is closed for a while.",
    };
    const waiting = left.waiting.find(({ id }) => id.startsWith(which.toLowerCase()));
    context.output.result(left, () =>
      waiting === undefined ? words[answer] : `${words[answer]}\n${waitsFor(waiting)}`,
    );
    return EXIT.ok;
  },
};

/** `peernet introduce` */
export const introduceCommand: Command = {
  name: "introduce",
  usage: "<who> <whom> [text]",
  summary: "introduce two of your contacts to each other; both are asked",
  details:
    "Each gets a request that names you, what you call the other, and your text of up to 280 bytes.\n" +
    "They become contacts only if both accept. If one finds it unwanted, you cannot introduce\n" +
    "anybody to them for 22 hours or longer.",
  positionals: [2, 3],
  async run(context) {
    const client = await connect(context);
    const text = context.arguments.positionals[2];
    const all = await client.people.introduce(word(context, 0), word(context, 1), text);
    context.output.result(
      all,
      () =>
        "Both are asked, unless they know each other already. 'peernet requests' shows how it goes.",
    );
    return EXIT.ok;
  },
};

async function list(context: CommandContext): Promise<number> {
  const found = await (await connect(context)).people.requests();
  context.output.result(found, () => describe(found));
  return EXIT.ok;
}

async function perDay(context: CommandContext, text: string): Promise<number> {
  if (!/^\d{1,3}$/.test(text) || Number(text) > 100) {
    throw new CliError("usage", `per-day needs a number of 0 to 100, not '${text}'.`);
  }
  const found = await (await connect(context)).people.setRequests({ perDay: Number(text) });
  context.output.result(found, () => `At most ${text} requests a day from now on.`);
  return EXIT.ok;
}

async function askFor(context: CommandContext, code: string, text?: string): Promise<number> {
  const found = await (await connect(context)).people.ask(code, text);
  context.output.result(found, () => "Asked. 'peernet requests' shows how it goes.");
  return EXIT.ok;
}

async function knock(context: CommandContext): Promise<number> {
  const text = context.arguments.positionals[3];
  const client = await connect(context);
  const found = await client.people.knock(word(context, 1), word(context, 2), text);
  context.output.result(
    found,
    () => "Asked. They become a contact if they accept; until then 'peernet requests' shows it.",
  );
  return EXIT.ok;
}

async function turn(
  context: CommandContext,
  what: "relay" | "findable",
  way: string | undefined,
): Promise<number> {
  if (way !== "on" && way !== "off") {
    throw new CliError("usage", `Type: peernet requests ${what} on|off`);
  }
  const found = await (await connect(context)).people.setRequests({ [what]: way === "on" });
  const words = {
    relay: "Requests between people you know pass on by themselves",
    findable: "Requests may come to you over your contacts' contacts",
  };
  context.output.result(found, () => (way === "on" ? `${words[what]} now.` : "That is off now."));
  return EXIT.ok;
}

/** Who wants to meet this person, and how far introductions that they began are. */
export function describe({ requests, waiting, sent }: RequestsBody): string {
  const shown = requests.length === 0 ? "No requests." : requests.map(describeRequest).join("\n\n");
  const answered = waiting.map(
    (one) => `${ANSWERED[one.answer]}: ${inert(one.provenance)}\n          ${waitsFor(one)}`,
  );
  const all = [shown, ...answered].join("\n\n");
  if (sent.length === 0) return all;
  const rows = sent.map(({ to, about, state, isOwn }) => [
    isOwn ? "you" : inert(about),
    inert(to),
    isOwn ? KNOCKED : STATES[state],
  ]);
  return `${all}\n\n${table([["INTRODUCED", "TO", "STATE"], ...rows])}`;
}

function waitsFor({ device }: RequestsBody["waiting"][number]): string {
  return `The request came to your device '${inert(device)}', which does that as soon as this one reaches it.`;
}

function describeRequest({ id, provenance, text, looksLike, device }: RequestBody): string {
  return [
    `${id.slice(0, ID_SHOWN)}  ${inert(provenance)}`,
    ...(looksLike === null
      ? []
      : [
          `          BEWARE: this name looks like your contact ${inert(looksLike)}, who is somebody else.`,
        ]),
    ...(text === "" ? [] : [`          "${inert(text)}"`]),
    ...(device === null ? [] : [`          It came to your device '${inert(device)}'.`]),
  ].join("\n");
}
