import type { Command } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { formatMs } from "../output.ts";
import { counted } from "../words.ts";
import { connect, word } from "./shared.ts";

/** `peernet ping` */
export const pingCommand: Command = {
  name: "ping",
  usage: "<who>",
  summary: "round trips to a peer, end to end",
  options: {
    count: { type: "string", short: "c", value: "N", help: "how many (default 4)" },
    interval: {
      type: "string",
      short: "i",
      value: "MS",
      help: "pause between them (default 1000)",
    },
  },
  positionals: [1, 1],
  async run(context) {
    const count = wholeNumber(context.arguments.text("count") ?? "4", "--count");
    const intervalMs = wholeNumber(context.arguments.text("interval") ?? "1000", "--interval");
    const client = await connect(context);
    const answers: { readonly roundTripMs: number | null; readonly hops: number }[] = [];
    for (let i = 0; i < count; i++) {
      if (i > 0) await new Promise((resolve) => setTimeout(resolve, intervalMs));
      const answer = await client.ping(word(context, 0));
      answers.push(answer);
      context.output.say(
        answer.roundTripMs === null
          ? "no answer"
          : `answer over ${counted(answer.hops, "hop")} in ${formatMs(answer.roundTripMs)}`,
      );
    }
    const received = answers.filter((answer) => answer.roundTripMs !== null).length;
    context.output.result({ answers, received }, () => `${received} of ${count} answered`);
    return received > 0 ? EXIT.ok : EXIT.failed;
  },
};

function wholeNumber(text: string, option: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new CliError("usage", `${option} needs a whole number above 0, not '${text}'.`);
}

/** `peernet link` */
export const linkCommand: Command = {
  name: "link",
  usage: "<endpoint>",
  summary: "dial another peer by hand, such as tcp://192.0.2.7:4711",
  positionals: [1, 1],
  async run(context) {
    await (await connect(context)).addLink(word(context, 0));
    context.output.result({ dialling: word(context, 0) }, () => `Dialling ${word(context, 0)}.`);
    return EXIT.ok;
  },
};

/** `peernet stop` */
export const stopCommand: Command = {
  name: "stop",
  usage: "",
  summary: "stop the peer of this home",
  positionals: [0, 0],
  async run(context) {
    await (await connect(context)).stop();
    context.output.result({ stopped: true }, () => "Stopped.");
    return EXIT.ok;
  },
};
