import {
  type CommunitiesClient,
  type CommunityAccountsBody,
  type CommunityBody,
  type CommunityProposalsBody,
  communityCsv,
} from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { inert, table } from "../output.ts";
import { rulesIn } from "./community-rules.ts";
import {
  communityStatement,
  communityTable,
  communityWords,
  foundedWords,
  inUnits,
  listingTable,
  nextStep,
  proposalTable,
} from "./community-words.ts";
import { connect, secondsOf, underWord, word } from "./shared.ts";

const POLL_MS = 200;
const WAIT_S = 10;

/** One word after `peernet community`. */
interface Action {
  readonly usage: string;
  /** Words that must follow. */
  readonly words: number;
  run(context: CommandContext, client: CommunitiesClient): Promise<void>;
}

const rest = (context: CommandContext, from: number): string =>
  context.arguments.positionals.slice(from).join(" ");
/** Looks again until it is so, or the time is over. */
async function waitUntil(
  context: CommandContext,
  client: CommunitiesClient,
  id: string,
  isSo: (body: CommunityBody) => boolean,
): Promise<CommunityBody> {
  const untilMs = Date.now() + secondsOf(context, "wait", WAIT_S) * 1_000;
  for (;;) {
    const body = await client.show(id);
    if (isSo(body) || Date.now() >= untilMs) return body;
    await new Promise((next) => setTimeout(next, POLL_MS));
  }
}

async function found(context: CommandContext, client: CommunitiesClient): Promise<void> {
  if (context.arguments.text("limit") === undefined) {
    throw new CliError(
      "usage",
      "How much may a member owe? Say so with --limit, such as --limit 50.",
    );
  }
  const made = await client.found(rest(context, 1), rulesIn(context));
  context.output.result(made, () => communityWords(made));
  const { communities } = await client.list();
  context.output.say(foundedWords(rest(context, 1), made, communities));
}

async function pay(context: CommandContext, client: CommunitiesClient): Promise<void> {
  const [, community = "", who = "", sum = ""] = context.arguments.positionals;
  const paid = await client.pay(community, who, sum, rest(context, 4));
  const { order } = paid;
  const isOver = (body: CommunityBody): boolean =>
    body.order?.id !== order.id || body.order.state === "told";
  const body = await waitUntil(context, client, paid.community.id, isOver);
  const now = body.order?.id === order.id ? body.order : { ...order, state: "settled" as const };
  const payee = who === "community" ? "The community" : inert(who);
  context.output.result({ ...paid, order: now, community: body }, () =>
    now.state === "settled"
      ? `${payee} is paid ${paid.paid}; ${now.needed} stewards have signed.`
      : now.state === "told"
        ? `${payee} is paid ${paid.paid}; a teller answers for it until the stewards have signed.`
        : `${paid.paid} to ${inert(who)} wait: ${now.signed} of ${now.needed} stewards have signed. ${inert(now.why)}`,
  );
  if (body.you !== null) {
    context.output.say(
      `Your balance is ${inUnits(body.you.balance, body)}; you can pay ${inUnits(body.canPay, body)} more.${body.you.isLow ? " That is below the soft limit: earn before you spend more." : ""}`,
    );
  }
}

async function listing(
  context: CommandContext,
  client: CommunitiesClient,
  kind: "offer" | "want",
): Promise<void> {
  const text = (name: string): string | undefined => context.arguments.text(name);
  const days = text("days");
  if (days !== undefined && !/^([1-9]|[1-8]\d|90)$/.test(days)) {
    throw new CliError("usage", `--days is a number of 1 to 90, not '${days}'.`);
  }
  const [price, more] = [text("price"), text("text")];
  const made = await client.addListing(word(context, 1), {
    ...{ kind, title: rest(context, 2) },
    ...(price === undefined ? {} : { price }),
    ...(more === undefined ? {} : { text: more }),
    ...(days === undefined ? {} : { days: Number(days) }),
  });
  const what = kind === "offer" ? "offer" : "want";
  context.output.result(made, () => `You ${what}: ${inert(made.title)} (${made.id.slice(0, 8)}).`);
}

function accountTable({ accounts, community }: CommunityAccountsBody): string {
  const rows = accounts.map((one) => [
    inert(one.name),
    inUnits(one.balance, community),
    Number(one.unsettled) === 0 ? "" : `${one.unsettled} not settled`,
    `may owe ${one.limit}`,
    one.trouble === null ? (one.isLow ? "below the soft limit" : "") : "stopped",
  ]);
  rows.push(["the community", inUnits(community.commons, community), "", "", ""]);
  return table(rows);
}

/** Tells what the peer answers, in words. */
async function shown<T>(
  context: CommandContext,
  answer: Promise<T>,
  words: (body: T) => string,
): Promise<void> {
  const body = await answer;
  context.output.result(body, () => words(body));
}

/** Tells what waits for stewards now, and who is next. */
async function proposes(
  context: CommandContext,
  name: string,
  answer: Promise<CommunityProposalsBody>,
): Promise<void> {
  await shown(context, answer, proposed);
  context.output.say(nextStep(name, (await answer).proposals));
}

const proposed = ({ proposals }: CommunityProposalsBody): string => proposalTable(proposals);

const ACTIONS: Readonly<Record<string, Action>> = {
  found: {
    usage: "found <currency> --limit 50 [--stewards me,ben,cleo] [--of 2] [rules]",
    words: 1,
    run: found,
  },
  list: {
    usage: "list",
    words: 0,
    run: (context, client) =>
      shown(context, client.list(), ({ communities }) => communityTable(communities)),
  },
  show: {
    usage: "show <community>",
    words: 1,
    run: (context, client) => shown(context, client.show(rest(context, 1)), communityWords),
  },
  join: {
    usage: "join <community>",
    words: 1,
    run: async (context, client) => {
      const { id } = await client.join(rest(context, 1));
      const body = await waitUntil(context, client, id, ({ you }) => you !== null);
      context.output.result(body, () =>
        body.you === null
          ? `You have asked for an account. ${inert(body.order?.why ?? "")}`
          : `You have an account, and may owe ${inUnits(body.you.limit, body)}.`,
      );
    },
  },
  pay: { usage: "pay <community> <who>|community <amount> [<memo> …]", words: 3, run: pay },
  accounts: {
    usage: "accounts <community>",
    words: 1,
    run: (context, client) => shown(context, client.accounts(rest(context, 1)), accountTable),
  },
  statement: {
    usage: "statement <community> [--csv]",
    words: 1,
    run: (context, client) => {
      const words = context.arguments.flag("csv") ? communityCsv : communityStatement;
      return shown(context, client.statement(rest(context, 1)), words);
    },
  },
  offers: {
    usage: "offers <community>",
    words: 1,
    run: async (context, client) => {
      const name = rest(context, 1);
      const [all, body] = await Promise.all([client.listings(name), client.show(name)]);
      context.output.result(all, () => listingTable(all.listings, body));
    },
  },
  offer: {
    usage: "offer <community> <title …> [--price 1.50] [--text …] [--days 30]",
    words: 2,
    run: (context, client) => listing(context, client, "offer"),
  },
  want: {
    usage: "want <community> <title …>",
    words: 2,
    run: (context, client) => listing(context, client, "want"),
  },
  withdraw: {
    usage: "withdraw <community> <id>",
    words: 2,
    run: async (context, client) => {
      await client.withdraw(word(context, 1), word(context, 2));
      context.output.result(
        {},
        () => "It is taken back; others hear of it as they come into reach.",
      );
    },
  },
  rules: {
    usage: "rules <community> [--limit 80 …]   shows them, or proposes others",
    words: 1,
    run: async (context, client) => {
      const wish = rulesIn(context);
      const name = rest(context, 1);
      if (Object.keys(wish).length === 0) {
        await shown(context, client.show(name), communityWords);
        return;
      }
      await proposes(context, name, client.changeRules(name, wish));
    },
  },
  proposals: {
    usage: "proposals <community>",
    words: 1,
    run: (context, client) => shown(context, client.proposals(rest(context, 1)), proposed),
  },
  sign: {
    usage: "sign <community> <proposal>",
    words: 2,
    run: (context, client) =>
      shown(context, client.sign(word(context, 1), word(context, 2)), () => "Signed."),
  },
  admit: {
    usage: "admit <community> <who>",
    words: 2,
    run: (context, client) =>
      shown(
        context,
        client.admit(word(context, 1), word(context, 2)),
        () =>
          `${inert(word(context, 2))} is let in by you; their account begins when enough stewards have.`,
      ),
  },
  spend: {
    usage: "spend <community> <who> <amount> [<memo> …]",
    words: 3,
    run: (context, client) => act(context, client, "spend"),
  },
  cover: {
    usage: "cover <community> <who> <amount> [--from TELLER]",
    words: 3,
    run: (context, client) => act(context, client, "cover"),
  },
  takeover: {
    usage: "takeover <community>",
    words: 1,
    run: (context, client) =>
      shown(
        context,
        client.takeOver(rest(context, 1)),
        () => "This device is to write your account; it does once enough stewards have signed.",
      ),
  },
};

async function act(
  context: CommandContext,
  client: CommunitiesClient,
  kind: "spend" | "cover",
): Promise<void> {
  const from = context.arguments.text("from");
  const answer = client.proposeAct(word(context, 1), {
    ...{ kind, to: word(context, 2), amount: word(context, 3), memo: rest(context, 4) },
    ...(from === undefined ? {} : { from }),
  });
  await proposes(context, word(context, 1), answer);
}

/** `peernet community` */
export const communityCommand: Command = {
  name: "community",
  usage: `<${Object.keys(ACTIONS).join("|")}> …`,
  summary: "a group's own money, kept by several stewards together",
  details:
    "Members' accounts begin at zero and may go below it; all together are always zero. A payment counts once enough\n" +
    "stewards have signed, which their devices do by themselves. Where too few are in reach, tellers let it go on.\n\n" +
    Object.values(ACTIONS)
      .map(({ usage }) => `  peernet community ${usage}`)
      .join("\n"),
  options: {
    stewards: {
      type: "string",
      value: "NAMES",
      help: "rules: who keeps it, such as me,ben,cleo (you alone)",
    },
    of: { type: "string", value: "N", help: "rules: stewards who sign together (more than half)" },
    limit: { type: "string", value: "AMOUNT", help: "rules: how much a member may owe" },
    soft: { type: "string", value: "AMOUNT", help: "rules: from where on members are warned" },
    limits: {
      type: "string",
      value: "LIST",
      help: "rules: members with other limits, such as ben:100,cleo:0",
    },
    levy: {
      type: "string",
      value: "PERCENT",
      help: "rules: what each payment gives to the community (0)",
    },
    demurrage: {
      type: "string",
      value: "PERCENT",
      help: "rules: what goes to the community a day (0)",
    },
    free: { type: "string", value: "AMOUNT", help: "rules: up to where there is no demurrage (0)" },
    admission: { type: "string", value: "WHO", help: "rules: group (all who ask) or stewards" },
    visible: {
      type: "string",
      value: "WHO",
      help: "rules: balances are seen by members or stewards",
    },
    bearer: {
      type: "string",
      value: "WHO",
      help: "rules: community or teller bears what is never given",
    },
    tellers: {
      type: "string",
      value: "LIST",
      help: "rules: who may let payments go on, such as cleo:100:20",
    },
    price: { type: "string", value: "AMOUNT", help: "offer, want: what it costs" },
    text: { type: "string", value: "TEXT", help: "offer, want: more about it" },
    days: { type: "string", value: "N", help: "offer, want: how long it stands (30)" },
    from: { type: "string", value: "TELLER", help: "cover: the teller who bears it" },
    csv: { type: "boolean", help: "statement: as CSV (RFC 4180)" },
    wait: { type: "string", value: "S", help: "pay, join: seconds to wait for the stewards (10)" },
  },
  positionals: [1, 40],
  run: async (context) => {
    const action = underWord(ACTIONS, word(context, 0));
    if (action === undefined || context.arguments.positionals.length <= action.words) {
      const usage = action?.usage ?? `<${Object.keys(ACTIONS).join("|")}>`;
      throw new CliError("usage", `Type: peernet community ${usage}`);
    }
    await action.run(context, (await connect(context)).communities);
    return EXIT.ok;
  },
};
