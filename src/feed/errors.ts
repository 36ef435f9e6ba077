import { TypedError } from "../base/errors.ts";

/** Why an entry or a feed was refused. */
export class FeedError extends TypedError<"too-large"> {
  override readonly name = "FeedError";
}
