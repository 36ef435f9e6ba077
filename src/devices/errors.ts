import { TypedError } from "../base/errors.ts";

/** Why a device log, a pairing or a recovery was refused. */
export class DevicesError extends TypedError<
  | "bad-op"
  | "missing-past"
  | "log-full"
  | "unknown-device"
  | "ambiguous"
  | "not-senior"
  | "already-revoked"
  /** Without it the person would have no device at all. */
  | "only-device"
  | "revoked"
  | "bad-name"
  | "no-person-key"
  | "busy"
  | "not-open"
  | "words-differ"
  | "bad-link"
  | "old-link"
  | "expired-link"
  /** Nobody came in time. */
  | "late"
  /** The other device went away in the middle; with a certificate that it may have and may not. */
  | "gone"
  | "silent"
  | "refused"
  | "unreachable"
  | "bad-share"
  | "bad-set"
  | "too-few-friends"
  | "no-share"
  | "protocol"
  | "disk-full"
  | "disk"
> {
  override readonly name = "DevicesError";
}

/** A disk error in the words of this room. */
export function diskError(cause: TypedError): DevicesError {
  return cause.code === "full"
    ? new DevicesError("disk-full", "The disk is full. Free some space and try again.", { cause })
    : new DevicesError("disk", "The disk failed; nothing was changed.", { cause });
}
