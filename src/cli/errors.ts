import { TypedError } from "../base/errors.ts";

/** Why a command could not be carried out; the message says what to type instead. */
export class CliError extends TypedError<"usage" | "no-peer" | "failed"> {
  override readonly name = "CliError";
}

/** Exit codes of the `peernet` command. */
export const EXIT = { ok: 0, failed: 1, usage: 2, noPeer: 3 } as const;
