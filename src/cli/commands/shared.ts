import { readApiFile } from "../../adapters/node/home.ts";
import { ApiClient } from "../../api/client/index.ts";
import type { CommandContext } from "../command.ts";
import { CliError } from "../errors.ts";

/**
 * A client of the peer that runs on this home.
 * @throws CliError("no-peer")
 */
export async function connect(context: CommandContext): Promise<ApiClient> {
  const found = await readApiFile(context.home);
  if (found === undefined) throw noPeer(context.home);
  return new ApiClient(found);
}

/** The error of commands that need a running peer. */
export function noPeer(home: string): CliError {
  return new CliError(
    "no-peer",
    `No peer runs on ${home}. Start one with 'peernet up' (or name its directory with --home DIR).`,
  );
}

/** A positional word that `parseCommandLine` has made sure of. */
export function word(context: CommandContext, index: number): string {
  return context.arguments.positionals[index] ?? "";
}
