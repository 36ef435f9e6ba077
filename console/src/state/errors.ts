import { ClientError } from "../../../src/api/client/index.ts";
import { TypedError } from "../../../src/base/errors.ts";
import { say } from "../words/language.ts";
import { refusalWords } from "./refusal.ts";

/** What goes wrong in the page itself. */
export class ConsoleError extends TypedError<
  "no-token" | "upload" | "canceled" | "not-shown" | "amount"
> {
  override readonly name = "ConsoleError";
}

/** An error in words for a person. */
export function wordsOf(error: unknown): string {
  if (error instanceof ClientError) return refusalWords(error);
  if (error instanceof TypedError) return error.message;
  return say().common.defect;
}

/** Whether the peer refused the token. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ClientError && error.code === "unauthorized";
}
