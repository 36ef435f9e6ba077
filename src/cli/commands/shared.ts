import { readApiFile } from "../../adapters/node/home-api-file.ts";
import { ApiClient } from "../../api/client/index.ts";
import type { CommandContext } from "../command.ts";
import { CliError } from "../errors.ts";
import { shortFetch } from "../short-fetch.ts";

/**
 * A client of the peer that runs on this home.
 * @throws CliError("no-peer")
 */
export async function connect(context: CommandContext): Promise<ApiClient> {
  const found = await readApiFile(context.home);
  if (found === undefined) throw noPeer(context.home);
  return new ApiClient({ ...found, fetch: shortFetch });
}

/** The error of commands that need a running peer. */
export function noPeer(home: string): CliError {
  return new CliError(
    "no-peer",
    `No peer runs on ${home}. Start one with 'peernet up' (or name its directory with --home DIR).`,
  );
}

/** The file that -o names; undefined for stdout, which '-' means as everywhere. */
export function outputFile(context: CommandContext): string | undefined {
  const file = context.arguments.text("output");
  return file === "-" ? undefined : file;
}

/**
 * The seconds that an option says.
 * @throws CliError("usage")
 */
export function secondsOf(context: CommandContext, option: string, usual: number): number {
  const text = context.arguments.text(option) ?? String(usual);
  const seconds = Number(text);
  if (text.trim() !== "" && Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw new CliError("usage", `--${option} needs a number of seconds, not '${text}'.`);
}

/** A positional word that `parseCommandLine` has made sure of. */
export function word(context: CommandContext, index: number): string {
  return context.arguments.positionals[index] ?? "";
}

/** What a table holds under a word that somebody typed; undefined for other words, `constructor` too. */
export function underWord<T>(table: Readonly<Record<string, T>>, typed: string): T | undefined {
  return Object.hasOwn(table, typed) ? table[typed] : undefined;
}

/**
 * A port that somebody typed; `what` says of what, for the error.
 * @throws CliError("usage")
 */
export function portIn(text: string, what: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new CliError("usage", `${what} is a number of 1 to 65535, not '${text}'.`);
}
