import type { PeerId } from "../identity/index.ts";

/** A stream between two peers, as far as it matters which of several stays. */
export interface PairStream {
  readonly peer: PeerId;
  /** Whether this side opened it. */
  readonly isOpener: boolean;
  /** Whether both sides have agreed to it. */
  readonly isOpen: boolean;
}

/**
 * One stream for each pair of peers is enough: where both sides have opened one, that of the smaller
 * id stays; of two that one side opened, the newer.
 * @param opened the one to which both sides have just agreed
 * @param all those about the same thing, this one may be among them; one that is not open yet may
 * still be refused, so nothing gives way to it
 * @param drop ends one that gives way
 * @returns false where `opened` itself has to give way
 */
export function keepOne<T extends PairStream>(
  selfId: PeerId,
  opened: T,
  all: Iterable<T>,
  drop: (other: T) => void,
): boolean {
  const isOursBetter = selfId < opened.peer;
  for (const other of [...all]) {
    if (other === opened || other.peer !== opened.peer || !other.isOpen) continue;
    if (other.isOpener !== opened.isOpener && other.isOpener === isOursBetter) return false;
    drop(other);
  }
  return true;
}
