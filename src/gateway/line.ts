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

/** What the owner of a connection is told. */
export interface LineEnds {
  /** Nothing of it is left. */
  onOver(): void;
  /** It was broken off in words: what is left of it should go soon. */
  onStop(): void;
}

/**
 * Joins a stream and a near end as they are.
 * @param early what came from the near end before
 */
export function plainLine(
  stream: Far,
  near: Near,
  ends: LineEnds,
  early: Uint8Array = NO_BYTES,
): Line {
  const splice = new Splice(stream, near, () => ends.onOver());
  if (early.length > 0) splice.onData(early);
  near.attach(splice);
  return splice;
}
