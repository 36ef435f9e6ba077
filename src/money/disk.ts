import type { DiskError } from "../ports/index.ts";
import { MoneyError } from "./errors.ts";

/** A disk error in the words of this room. */
export function explain(cause: DiskError): MoneyError {
  return cause.code === "full"
    ? new MoneyError(
        "disk-full",
        "The disk is full; nothing was paid. Free some space and try again.",
        { cause },
      )
    : new MoneyError("disk", "The disk failed; nothing was paid.", { cause });
}
