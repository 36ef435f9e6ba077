import { TypedError } from "../base/errors.ts";

/** Why an entry, a feed or a call was refused. */
export class FeedError extends TypedError<
  | "bad-signature"
  | "wrong-feed"
  | "bad-seq"
  | "broken-chain"
  | "forked"
  | "behind"
  | "unknown-feed"
  | "too-large"
  | "too-many-feeds"
  | "busy"
  | "protocol"
> {
  override readonly name = "FeedError";
}
