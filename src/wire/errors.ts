import { TypedError } from "../base/errors.ts";

/** Why bytes from outside were refused. Every decoder throws this and nothing else. */
export class WireError extends TypedError<
  | "truncated"
  | "trailing"
  | "malformed"
  | "not-canonical"
  | "too-large"
  | "too-deep"
  | "wrong-type"
  | "out-of-range"
  | "version"
> {
  override readonly name = "WireError";
}
