import { NO_BYTES } from "../base/bytes.ts";
import { type Far, Splice } from "./splice.ts";
import type { Near } from "./types.ts";

/** A standing connection as the events of its stream see it. */
export interface Line {
  /** Bytes of the stream; lent. */
  farData(bytes: Uint8Array): void;
  farEnd(): void;
  farDrain(): void;
  /** @param clean whether everything arrived */
  farClose(clean: boolean): void;
}

/**
 * Joins a stream and a near end as they are.
 * @param early what came from the near end before
 */
export function plainLine(
  stream: Far,
  near: Near,
  onOver: () => void,
  early: Uint8Array = NO_BYTES,
): Line {
  const splice = new Splice(stream, near, onOver);
  if (early.length > 0) splice.onData(early);
  near.attach(splice);
  return splice;
}
