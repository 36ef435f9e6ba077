import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { formatMs } from "../output.ts";
import { connect, word } from "./shared.ts";

const SECONDS_MAX = 10;

async function run(context: CommandContext): Promise<number> {
  const text = context.arguments.text("seconds") ?? "3";
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > SECONDS_MAX) {
    throw new CliError("usage", `--seconds needs a number of 1 to ${SECONDS_MAX}, not '${text}'.`);
  }
  const client = await connect(context);
  context.output.say(`Measuring ${seconds} s in each direction …`);
  const found = await client.speed(word(context, 0), seconds);
  const round = (ms: number | null): string => (ms === null ? "no answer" : formatMs(ms));
  context.output.result(found, () =>
    [
      `from there  ${found.downMbit.toFixed(1)} Mbit/s`,
      `to there    ${found.upMbit.toFixed(1)} Mbit/s`,
      `round trip  ${round(found.idleRoundTripMs)} idle, ${round(found.loadedRoundTripMs)} under load`,
      `hops        ${found.hops}`,
    ].join("\n"),
  );
  return EXIT.ok;
}

/** `peernet speed` */
export const speedCommand: Command = {
  name: "speed",
  usage: "<who>",
  summary: "how much a connection to somebody carries, and what load does to it",
  details:
    "Fills the way to a contact for a few seconds in each direction and measures round trips before\n" +
    "and meanwhile. The other side must have you as a contact.",
  options: {
    seconds: { type: "string", value: "N", help: "how long in each direction (default 3)" },
  },
  positionals: [1, 1],
  run,
};
