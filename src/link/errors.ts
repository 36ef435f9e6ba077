import { TypedError } from "../base/errors.ts";

/** Why the link room refused a wish of its own peer; what strangers send never throws. */
export class LinkError extends TypedError<"unknown-scheme" | "bad-endpoint" | "too-many" | "mtu"> {
  override readonly name = "LinkError";
}
