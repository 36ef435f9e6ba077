import { TypedError } from "../base/errors.ts";

/** Why the link room refused a wish of its own peer; what strangers send never throws. */
export class LinkError extends TypedError<"unknown-scheme" | "bad-endpoint" | "too-many" | "mtu"> {
  override readonly name = "LinkError";
}

/** The refusal of what cannot be dialled. */
export function badEndpoint(): LinkError {
  return new LinkError(
    "bad-endpoint",
    "This is no endpoint of a peer; write it as for example udp://192.0.2.7:4711, or with the name " +
      "of a host tcp://example.org:4711.",
  );
}
