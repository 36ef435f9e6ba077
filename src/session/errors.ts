import { TypedError } from "../base/errors.ts";

/**
 * What the session room refuses. `protocol` and `flow-control`: the other side broke the rules and
 * its session is closed; never seen by callers. `overflow`: a caller ignores the answers of
 * `write`. `bad-service`: a service name is too long, empty or taken.
 */
export class SessionError extends TypedError<
  "protocol" | "flow-control" | "overflow" | "bad-service"
> {
  override readonly name = "SessionError";
}
