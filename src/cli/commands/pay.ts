import { ClientError, type MoneyClient } from "../../api/client/index.ts";
import type { Command } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { inert } from "../output.ts";
import { amount, balanceWords } from "./money-words.ts";
import { payOverOthers, payRequest } from "./payments.ts";
import { connect, word } from "./shared.ts";

/** `peernet pay` */
export const payCommand: Command = {
  name: "pay",
  usage: "<who> <amount> <currency> [<memo> …] | <link>",
  summary: "pay somebody, or what somebody asks for by a link",
  details:
    "  peernet pay ben 12.50 hours bread\n\nWhat is paid is owed at once, also while they are out of reach; they are told when you meet.\n\n" +
    "With a contact with whom you have no line in this currency, their device is asked for a request, and that is paid\nover people in between: all of it or nothing. --over-others does that also where there is a line.\n\n" +
    "  peernet pay peernet:pay/…\n\nA link of 'peernet request' is paid over one line or several, also to somebody with whom you have none: all of it or nothing.",
  options: {
    with: { type: "string", value: "CURRENCY", help: "link: pay in this one, by a partner's rate" },
    "at-most": { type: "string", value: "N", help: "with --with: the most that it may cost" },
    wait: {
      type: "string",
      value: "S",
      help: "over others: seconds to wait for the end of it (30)",
    },
    "over-others": {
      type: "boolean",
      help: "also over others, where a line with them is too narrow",
    },
  },
  positionals: [1, 40],
  run: async (context) => {
    const client = await connect(context);
    if (/^\s*peernet:pay\//i.test(word(context, 0))) return payRequest(context, client);
    if (context.arguments.positionals.length < 3) {
      throw new CliError(
        "usage",
        "Type: peernet pay <who> <amount> <currency>, or peernet pay <link>",
      );
    }
    const { money } = client;
    const memo = context.arguments.positionals.slice(3).join(" ");
    const isDirect =
      !context.arguments.flag("over-others") &&
      (await hasLine(money, word(context, 0), word(context, 2)));
    if (!isDirect) return payOverOthers(context, money, memo);
    const paid = await money.pay(word(context, 0), word(context, 2), word(context, 1), memo);
    const { line } = paid;
    context.output.result(
      paid,
      () => `${inert(line.with)} is paid ${paid.paid}. ${balanceWords(line)}`,
    );
    context.output.say(
      line.isInReach
        ? `They are in reach and are told now. You can pay ${amount(line.canPay, line.currency)} more.`
        : `They are told when they are in reach, or by a letter (peernet carry); it counts from now. You can pay ${amount(line.canPay, line.currency)} more.`,
    );
    return EXIT.ok;
  },
};

/** Whether there is a line with somebody that both have agreed to; what is not known is none. */
async function hasLine(money: MoneyClient, who: string, currency: string): Promise<boolean> {
  const { lines: all } = await money.lines(who);
  if (all.length === 0) return false;
  try {
    const { lines } = await money.lines(who, currency);
    return lines.some(({ state }) => state !== "offered");
  } catch (error) {
    if (error instanceof ClientError && error.code === "bad-request") return false;
    throw error;
  }
}
