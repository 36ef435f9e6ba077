import { type LineBody, type MoneyClient, statementCsv } from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { inert, table } from "../output.ts";
import { typedCommand } from "../words.ts";
import {
  amount,
  balanceWords,
  describeLine,
  lineTable,
  lookalikeWords,
  nextWords,
  statementTable,
  typedCurrency,
} from "./money-words.ts";
import { connect, underWord, word } from "./shared.ts";

/** One word after `peernet currency` or `peernet line`. */
interface Action {
  readonly usage: string;
  /** Words that must follow. */
  readonly words: number;
  run(context: CommandContext, client: MoneyClient): Promise<void>;
}

async function act(
  context: CommandContext,
  name: string,
  actions: Readonly<Record<string, Action>>,
): Promise<number> {
  const action = underWord(actions, word(context, 0));
  if (action === undefined || context.arguments.positionals.length <= action.words) {
    const usage = action?.usage ?? `<${Object.keys(actions).join("|")}>`;
    throw new CliError("usage", `Type: peernet ${name} ${usage}`);
  }
  await action.run(context, (await connect(context)).money);
  return EXIT.ok;
}

/** @throws CliError("usage") */
function decimalsOf(context: CommandContext): number {
  const text = context.arguments.text("decimals") ?? "2";
  if (/^[0-6]$/.test(text)) return Number(text);
  throw new CliError("usage", `--decimals is a number of 0 to 6, not '${text}'.`);
}

const CURRENCY_ACTIONS: Readonly<Record<string, Action>> = {
  new: {
    usage: "new <name> --unit hour [--decimals 2] [--group GROUP]",
    words: 1,
    run: async (context, client) => {
      const unit = context.arguments.text("unit");
      if (unit === undefined) {
        throw new CliError(
          "usage",
          "What is one of it called? Say so with --unit, such as --unit hour.",
        );
      }
      const group = context.arguments.text("group");
      const made = await client.issue({
        ...{ name: context.arguments.positionals.slice(1).join(" "), unit },
        decimals: decimalsOf(context),
        ...(group === undefined ? {} : { group }),
      });
      context.output.result(
        made,
        () => `${inert(made.title)} is there. Nobody owes anything in it yet.`,
      );
      context.output.say(
        `It is a promise, not coins: it is worth what those who owe it do for it. ${nextWords(made)}`,
      );
    },
  },
  list: {
    usage: "list",
    words: 0,
    run: async ({ output }, client) => {
      const found = await client.currencies();
      output.result(found, () =>
        found.currencies.length === 0
          ? "No currency yet. 'peernet currency new \"Kilburn hours\" --unit hour' issues one."
          : table(
              found.currencies.map(({ title, unit, decimals, id }) => [
                inert(title),
                unit,
                `${decimals} decimals`,
                id.slice(0, 8),
              ]),
            ),
      );
      for (const currency of found.currencies) {
        const warning = lookalikeWords(currency);
        if (warning !== "") output.say(warning);
      }
    },
  },
  show: {
    usage: "show <currency>",
    words: 1,
    run: async (context, client) => {
      const wanted = context.arguments.positionals.slice(1).join(" ").toLowerCase();
      const { currencies } = await client.currencies();
      const found = currencies.filter(
        ({ name, unit, id }) =>
          name.toLowerCase() === wanted ||
          unit === wanted ||
          `${unit}s` === wanted ||
          id.startsWith(wanted),
      );
      if (found.length === 0) {
        throw new CliError(
          "usage",
          `No currency '${inert(wanted)}'. 'peernet currency list' shows those there are.`,
        );
      }
      context.output.result(found, () =>
        found
          .map((currency) =>
            [
              `${inert(currency.title)}`,
              `  one of it: ${currency.unit}, ${currency.decimals} decimals`,
              `  id: ${currency.id}`,
              `  ${lookalikeWords(currency)}`,
            ]
              .join("\n")
              .trimEnd(),
          )
          .join("\n"),
      );
    },
  },
};

/** @throws CliError("usage") */
function limitOf(context: CommandContext, why: string): string {
  const text = context.arguments.text("limit");
  if (text !== undefined) return text;
  throw new CliError(
    "usage",
    `${why} Say so with --limit, such as --limit 50; it is the most that you can lose to them.`,
  );
}

/** The line that is meant by who and what. */
async function lineIn(context: CommandContext, client: MoneyClient): Promise<LineBody> {
  const { lines } = await client.lines(word(context, 1), word(context, 2));
  const [line] = lines;
  if (line === undefined)
    throw new CliError(
      "usage",
      "You have no such line. 'peernet line list' shows those there are.",
    );
  return line;
}

function risk(line: LineBody): string {
  return `They may owe you up to ${amount(line.theyMayOwe, line.currency)}: if they never pay it back, that is what you lose, and no more.`;
}

const LINE_ACTIONS: Readonly<Record<string, Action>> = {
  offer: {
    usage: "offer <who> <currency> --limit 50",
    words: 2,
    run: async (context, client) => {
      const limit = limitOf(context, "How much may they owe you?");
      const line = await client.begin(word(context, 1), word(context, 2), limit);
      context.output.result(
        line,
        () => `${inert(line.with)} is offered a line in ${inert(line.currency.title)}.`,
      );
      context.output.say(
        `${risk(line)} They say themselves how much you may owe them: 'peernet line list' tells.`,
      );
    },
  },
  accept: {
    usage: "accept <who> <currency> --limit 50",
    words: 2,
    run: async (context, client) => {
      const before = await lineIn(context, client);
      if (before.waitsFor !== "you") {
        throw new CliError(
          "usage",
          `${inert(before.with)} offers no such line. 'peernet line list' shows how it stands.`,
        );
      }
      const limit = limitOf(context, "How much may they owe you? 0 is an answer too.");
      const line = await client.begin(word(context, 1), before.currency.id, limit);
      context.output.result(
        line,
        () => `You have a line with ${inert(line.with)} in ${inert(line.currency.title)}.`,
      );
      context.output.say(
        `${risk(line)} You may owe them up to ${amount(line.youMayOwe, line.currency)}.`,
      );
      const warning = lookalikeWords(line.currency);
      if (warning !== "") context.output.say(warning);
    },
  },
  list: {
    usage: "list",
    words: 0,
    run: async ({ output }, client) => {
      const found = await client.lines();
      output.result(found, () =>
        found.lines.length === 0
          ? "No line yet. 'peernet line offer <who> <currency> --limit 50' offers one."
          : lineTable(found.lines),
      );
      for (const line of found.lines) {
        if (line.waitsFor !== "you") continue;
        output.say(
          `${inert(line.with)} offers a line in ${inert(line.currency.title)}: you may owe them up to ${amount(line.youMayOwe, line.currency)}. Yes: ${typedCommand("line accept", [line.with, typedCurrency(line.currency)], "--limit <how much they may owe you>")}`,
        );
      }
    },
  },
  show: {
    usage: "show <who> <currency>",
    words: 2,
    run: async (context, client) => {
      const line = await lineIn(context, client);
      context.output.result(line, () => describeLine(line));
    },
  },
  limit: {
    usage: "limit <who> <currency> --limit 80",
    words: 2,
    run: async (context, client) => {
      const limit = limitOf(context, "How much may they owe you from now on?");
      const line = await client.limit((await lineIn(context, client)).id, limit);
      context.output.result(line, () => risk(line));
      context.output.say(
        "A lower limit holds for what they do once they have heard of it; what they owe already stays.",
      );
    },
  },
  hide: {
    usage: "hide <who> <currency>",
    words: 2,
    run: async (context, client) => {
      const line = await client.hide((await lineIn(context, client)).id, true);
      context.output.result(line, () => `The line with ${inert(line.with)} is hidden.`);
      context.output.say(
        "Others are not told of it, and nobody pays over it but you two. What was told of it before is believed for a day at most.",
      );
    },
  },
  unhide: {
    usage: "unhide <who> <currency>",
    words: 2,
    run: async (context, client) => {
      const line = await client.hide((await lineIn(context, client)).id, false);
      context.output.result(line, () => `The line with ${inert(line.with)} is shown again.`);
      context.output.say(
        "People up to three lines away are told roughly what it can carry, and may pay others over it.",
      );
    },
  },
  close: {
    usage: "close <who> <currency>",
    words: 2,
    run: async (context, client) => {
      const before = await lineIn(context, client);
      const line = await client.close(before.id);
      const isNo = before.waitsFor === "you";
      context.output.result(line, () =>
        isNo
          ? "Declined."
          : `The line with ${inert(line.with)} is being closed. ${balanceWords(line)}`,
      );
      if (!isNo)
        context.output.say(
          "Neither of you can owe more from now on; what is owed can still be paid back. 'peernet line limit' opens it again.",
        );
    },
  },
  takeover: {
    usage: "takeover <who> <currency>",
    words: 2,
    run: async (context, client) => {
      const line = await client.takeOver((await lineIn(context, client)).id);
      context.output.result(line, () => "This device writes the line from now on.");
      context.output.say(
        "Only for a device that is lost: what the old one still signs is void once your partner has heard of this.",
      );
    },
  },
  proof: {
    usage: "proof <who> <currency>",
    words: 2,
    run: async (context, client) => {
      const proof = await client.proof((await lineIn(context, client)).id);
      context.output.result(proof, () => proof.proof);
    },
  },
};

function usages(name: string, actions: Readonly<Record<string, Action>>): string {
  return Object.values(actions)
    .map(({ usage }) => `  peernet ${name} ${usage}`)
    .join("\n");
}

/** `peernet currency` */
export const currencyCommand: Command = {
  name: "currency",
  usage: `<${Object.keys(CURRENCY_ACTIONS).join("|")}> …`,
  summary: "money of your own: promises that anybody may issue",
  details: usages("currency", CURRENCY_ACTIONS),
  options: {
    unit: { type: "string", value: "WORD", help: "new: what one of it is called, such as hour" },
    decimals: { type: "string", value: "N", help: "new: places behind the point, 0 to 6 (2)" },
    group: { type: "string", value: "GROUP", help: "new: for a group that you are in" },
  },
  positionals: [1, 12],
  run: (context) => act(context, "currency", CURRENCY_ACTIONS),
};

/** `peernet line` */
export const lineCommand: Command = {
  name: "line",
  usage: `<${Object.keys(LINE_ACTIONS).join("|")}> …`,
  summary: "trust lines: who may owe whom how much",
  details:
    "A line is between you and one contact, in one currency. Each says how much the other may owe;\n" +
    "that is all that can be lost to them. It works without any server, also while you are apart.\n\n" +
    usages("line", LINE_ACTIONS),
  options: {
    limit: { type: "string", value: "AMOUNT", help: "how much they may owe you" },
  },
  positionals: [1, 3],
  run: (context) => act(context, "line", LINE_ACTIONS),
};

/** `peernet statement` */
export const statementCommand: Command = {
  name: "statement",
  usage: "<who> <currency> [--csv] [--sign] [--last N]",
  summary: "what was paid over a line, for reading and for your books",
  details:
    "  peernet statement ben hours\n  peernet statement ben hours --csv > hours.csv\n  peernet statement ben hours --sign   ask them to sign what the line says now; again: what both signed",
  options: {
    csv: { type: "boolean", help: "as CSV (RFC 4180), for spreadsheets" },
    sign: { type: "boolean", help: "ask the partner to sign, and show what both have signed" },
    last: { type: "string", value: "N", help: "the newest N entries (1000)" },
  },
  positionals: [2, 2],
  run: async (context) => {
    const { money } = await connect(context);
    const { lines } = await money.lines(word(context, 0), word(context, 1));
    const [line] = lines;
    if (line === undefined)
      throw new CliError(
        "usage",
        "You have no such line. 'peernet line list' shows those there are.",
      );
    if (context.arguments.flag("sign")) {
      await signed(context, money, line);
      return EXIT.ok;
    }
    const last = context.arguments.text("last") ?? "1000";
    if (!/^[1-9]\d{0,4}$/.test(last))
      throw new CliError("usage", `--last is a number of 1 to 10000, not '${last}'.`);
    const found = await money.statement(line.id, Number(last));
    const isCsv = context.arguments.flag("csv");
    context.output.result(found, () => (isCsv ? statementCsv(found) : statementTable(found)));
    return EXIT.ok;
  },
};

/** Shows what both have signed, and asks for a new signature. */
async function signed(context: CommandContext, money: MoneyClient, line: LineBody): Promise<void> {
  await money.askAccount(line.id);
  const account = await money.account(line.id).catch(() => undefined);
  if (account !== undefined) {
    context.output.say(
      "The statement that both have signed, then the two keys and the two signatures (base64):",
    );
  }
  context.output.result(account ?? null, () =>
    account === undefined
      ? "Nothing that both have signed is here yet."
      : [account.statement, ...account.keys, ...account.signatures].join("\n"),
  );
  context.output.say(
    `${inert(line.with)} is asked to sign what the line says now, and does so by itself when in reach. Type it again then.`,
  );
}
