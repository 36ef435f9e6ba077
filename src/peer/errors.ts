import { TypedError } from "../base/errors.ts";

/** Why the peer as a whole could not do something. */
export class PeerError extends TypedError<
  "unknown-peer" | "unreachable" | "timeout" | "busy" | "load-failed" | "bad-endpoint"
> {
  override readonly name = "PeerError";
}
