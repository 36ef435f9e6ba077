import {
  type ApiClient,
  LOG_LEVELS,
  type LogLevelName,
  type LogLineBody,
} from "../../api/client/index.ts";
import type { Command, CommandContext } from "../command.ts";
import { CliError, EXIT } from "../errors.ts";
import { inert } from "../output.ts";
import { connect } from "./shared.ts";

const LAST_USUAL = 50;
const LAST_MAX = 3_000;
/** How often the peer is asked while the log is followed, in milliseconds. */
const FOLLOW_EVERY_MS = 500;

/** `peernet logs` */
export const logsCommand: Command = {
  name: "logs",
  usage: "[--level LEVEL] [--find WORDS] [--last N] [--follow]",
  summary: "what this peer wrote to its log lately",
  details:
    "The running peer keeps the newest 1,000 lines of each level in memory; older ones of level info and warn are in the log file of its home.\n" +
    "Lines name peers, links and codes of errors. They hold no messages and no keys.\n" +
    "  peernet logs --level warn\n  peernet logs --level debug --find link --follow",
  options: {
    level: {
      type: "string",
      value: "LEVEL",
      help: "debug, info (usual) or warn, and what is above",
    },
    find: { type: "string", value: "WORDS", help: "only lines in which all these words stand" },
    last: { type: "string", value: "N", help: `only the newest N (${LAST_USUAL})` },
    follow: { type: "boolean", help: "go on with what comes, until Ctrl-C" },
  },
  positionals: [0, 0],
  run,
};

async function run(context: CommandContext): Promise<number> {
  const level = levelIn(context);
  const find = context.arguments.text("find") ?? "";
  const last = lastIn(context);
  const client = await connect(context);
  const { lines, more, forgotten, file } = await client.records.logs({ level, find, last });
  const { output } = context;
  if (!context.arguments.flag("follow")) {
    output.result({ lines, more, forgotten, file }, () => textOf(lines));
    if (more > 0) output.say(`${more} older ones fit as well: --last ${LAST_MAX} shows them.`);
    if (forgotten > 0 && file !== "") output.say(`Still older ones: ${inert(file)}`);
    return EXIT.ok;
  }
  const told = tell(context, lines, 0);
  await follow(context, client, { level, find }, told);
  return EXIT.ok;
}

function textOf(lines: readonly LogLineBody[]): string {
  return lines.length === 0 ? "Nothing of that kind was written." : lines.map(lineOf).join("\n");
}

/** One line: when, how grave, what, and about what. */
function lineOf({ atMs, level, event, fields }: LogLineBody): string {
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${quotedValue(value)}`);
  return inert(`${new Date(atMs).toISOString()} ${level} ${event}${pairs.join("")}`);
}

function quotedValue(value: string | number | boolean): string {
  const text = String(value);
  return /^[\w.:/@%[\]+-]+$/.test(text) ? text : JSON.stringify(text);
}

/** Prints lines one by one. @returns the number of the last line that is known */
function tell(context: CommandContext, lines: readonly LogLineBody[], known: number): number {
  for (const line of lines) context.output.result(line, () => lineOf(line));
  return lines.at(-1)?.number ?? known;
}

/** Asks for what is new, again and again; ends with the peer or with the person's patience. */
async function follow(
  context: CommandContext,
  client: ApiClient,
  wish: { readonly level: LogLevelName; readonly find: string },
  from: number,
): Promise<never> {
  for (let after = from; ; ) {
    await new Promise((resolve) => setTimeout(resolve, FOLLOW_EVERY_MS));
    const { lines } = await client.records.logs({ ...wish, after, last: LAST_MAX });
    after = tell(context, lines, after);
  }
}

function levelIn(context: CommandContext): LogLevelName {
  const text = context.arguments.text("level") ?? "info";
  const level = LOG_LEVELS.find((one) => one === text);
  if (level !== undefined) return level;
  throw new CliError("usage", `--level is one of ${LOG_LEVELS.join(", ")}, not '${text}'.`);
}

function lastIn(context: CommandContext): number {
  const text = context.arguments.text("last") ?? String(LAST_USUAL);
  const last = Number(text);
  if (/^\d+$/.test(text) && last >= 1 && last <= LAST_MAX) return last;
  throw new CliError("usage", `--last is a number of 1 to ${LAST_MAX}, not '${text}'.`);
}
