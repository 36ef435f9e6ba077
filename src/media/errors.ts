import { TypedError } from "../base/errors.ts";

/** Why the bytes of a file could not be read as what they seem to be. */
export class MediaError extends TypedError<
  | "truncated"
  | "malformed"
  /** A kind of file, or a part of its format, that is not read here. */
  | "unsupported"
  /** Above a limit of limits.ts: an image or an archive made to fill memory, most likely. */
  | "too-large"
> {
  override readonly name = "MediaError";
}
