import { TypedError } from "../base/errors.ts";

/** Why a rule, a door or a connection was refused. */
export class GatewayError extends TypedError<
  | "bad-rule"
  | "bad-port"
  | "bad-name"
  | "unknown-person"
  | "unknown-rule"
  | "port-taken"
  | "no-permission"
  | "already-served"
  | "already-forwarded"
  | "no-such-door"
  | "too-many"
  | "unreachable"
  | "refused"
  | "protocol"
  | "bad-reading"
  | "busy"
  | "disk-full"
  | "disk"
> {
  override readonly name = "GatewayError";
}
