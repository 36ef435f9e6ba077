import type { ClearingBody } from "../../api/client/index.ts";
import type { Command } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { amount } from "./money-words.ts";
import { connect, word } from "./shared.ts";

const ON =
  "Debts that go round in a circle are cleared by themselves: where ben owes you, cleo owes ben and you owe cleo, all three of you owe less afterwards, and nobody has gained or lost. " +
  "For that your peer asks those who owe you who owes them, and answers the same question: whoever looks learns that there is a circle, its keys and its smallest debt, but not the names of people.";
const OFF =
  "Debts that go round in a circle stay as they are: your peer neither looks for them nor answers those who do. 'peernet clearing on' turns it on.";

/** Circles that were cleared from here; those that others found are told by statements alone. */
export function clearedText(cleared: ClearingBody["cleared"]): string {
  const rows = cleared.map(
    (one) =>
      `${new Date(one.atMs).toISOString().slice(0, 16)}  ${amount(one.amount, one.currency)} cleared`,
  );
  return [
    rows.length === 0
      ? "This peer has found no circle since its start."
      : "Found by this peer since its start:",
    ...rows,
    "What others found and cleared stands in 'peernet statement' as a payment that came through.",
  ].join("\n");
}

/** `peernet clearing` */
export const clearingCommand: Command = {
  name: "clearing",
  usage: "[on|off]",
  summary: "debts that go round in a circle, cleared by themselves",
  details: `  peernet clearing\n  peernet clearing off\n\n${ON}`,
  positionals: [0, 1],
  run: async (context) => {
    const { money } = await connect(context);
    const said = word(context, 0);
    if (!["", "on", "off"].includes(said)) {
      throw new CliError(
        "usage",
        "Type: peernet clearing, peernet clearing on, or peernet clearing off",
      );
    }
    const now = said === "" ? await money.clearing() : await money.turnClearing(said === "on");
    context.output.result(now, () =>
      [
        now.isOn ? ON : OFF,
        ...(now.isOn || now.cleared.length > 0 ? [clearedText(now.cleared)] : []),
      ].join("\n"),
    );
    return EXIT.ok;
  },
};
