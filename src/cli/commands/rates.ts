import type { RateBody } from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { inert } from "../output.ts";
import { isoText } from "../words.ts";
import { amount } from "./money-words.ts";
import { connect, word } from "./shared.ts";

function rateWords(rate: RateBody): string {
  const give = amount(rate.give, rate.giveCurrency);
  const get = amount(rate.get, rate.getCurrency);
  if (rate.by === "you") return `You give ${get} to whoever gives you ${give}.`;
  return `${inert(rate.by)} gives ${get} for ${give} (until ${isoText(rate.expiresAtMs, 16)}).`;
}

const LIST = "No rate yet. 'peernet rate set 4 eggs 1 hours' gives an hour for four eggs.";

/** `peernet rate` */
export const rateCommand: Command = {
  name: "rate",
  usage: "[list|set <amount> <currency> <amount> <currency>|remove <currency> <currency>]",
  summary: "exchange between two currencies, for payments that go through you",
  details:
    "  peernet rate set 4 eggs 1 hours    whoever gives you 4 eggs gets 1 hour from you\n  peernet rate remove eggs hours\n  peernet rate list\n\n" +
    "Payments that come in over a line in the one currency then leave over a line in the other. Afterwards you are owed eggs\n" +
    "and owe hours: within the limits of your lines, and never by more than what divides. It stands until you remove it.",
  positionals: [1, 5],
  run: async (context) => {
    const { money } = await connect(context);
    const { rates } = await act(context, money);
    context.output.result({ rates }, () =>
      rates.length === 0 ? LIST : rates.map(rateWords).join("\n"),
    );
    return EXIT.ok;
  },
};

async function act(
  context: CommandContext,
  money: Awaited<ReturnType<typeof connect>>["money"],
): ReturnType<typeof money.rates> {
  const [verb, one, two, three, four] = [0, 1, 2, 3, 4].map((at) => word(context, at));
  const count = context.arguments.positionals.length;
  if (verb === "list" && count === 1) return money.rates();
  if (verb === "remove" && count === 3) return money.removeRate(one ?? "", two ?? "");
  if (verb === "set" && count === 5) {
    const [give = "", giveCurrency = "", get = "", getCurrency = ""] = [one, two, three, four];
    return money.setRate({ give, giveCurrency, get, getCurrency });
  }
  throw new CliError(
    "usage",
    "Type: peernet rate set 4 eggs 1 hours, peernet rate remove eggs hours, or peernet rate list",
  );
}
