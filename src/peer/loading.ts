import type { TypedError } from "../base/errors.ts";
import { PeerError } from "./errors.ts";

/** A room that reads the disk before it works. */
export interface Loadable {
  load(done: (error: TypedError | null | undefined) => void): void;
}

/** Loads rooms one after another; ends with the first error, or null. */
export function loadInOrder(
  rooms: readonly Loadable[],
  done: (error: TypedError | null) => void,
): void {
  const [first, ...rest] = rooms;
  if (first === undefined) {
    done(null);
    return;
  }
  first.load((error) => {
    if (error === null || error === undefined) loadInOrder(rest, done);
    else done(error);
  });
}

/** What whoever started the peer is told. */
export function loadFailed(cause: TypedError): PeerError {
  const message = `The peer's state could not be read: ${cause.message}`;
  return new PeerError("load-failed", message, { cause });
}
