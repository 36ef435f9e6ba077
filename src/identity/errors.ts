import { TypedError } from "../base/errors.ts";

/** Why an identity, a record or recovery words were refused. */
export class IdentityError extends TypedError<
  | "bad-seed"
  | "bad-key"
  | "bad-name"
  | "bad-signature"
  | "bad-certificate"
  | "word-count"
  | "unknown-word"
  | "words-checksum"
> {
  override readonly name = "IdentityError";
}
