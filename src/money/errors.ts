import { TypedError } from "../base/errors.ts";

/** Why something about money was refused. */
export type MoneyErrorCode =
  | "bad-amount"
  | "bad-currency"
  | "bad-batch"
  | "bad-signature"
  | "bad-invoice"
  | "bad-rules"
  | "bad-entry"
  | "not-allowed"
  | "too-few"
  | "gap"
  | "forked"
  | "stale"
  | "limit"
  | "exists"
  | "not-found"
  | "unknown-person"
  | "unreachable"
  | "stopped"
  | "expired"
  | "no-route"
  | "full"
  | "protocol"
  | "busy"
  | "disk-full"
  | "disk";

/** What the room of money refuses. */
export class MoneyError extends TypedError<MoneyErrorCode> {
  override readonly name = "MoneyError";
}
