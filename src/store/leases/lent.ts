import type { StoreContext } from "../context.ts";
import type { Ledger } from "../ledger.ts";
import { isOwn, type ObjectEntry } from "../records.ts";
import type { LeaseBook } from "./lease-book.ts";

/**
 * An object that was healed here for others is nothing of this peer's any more: what is left of it
 * here is kept like what others brought, for as long as they want it.
 */
export function returnLent(context: StoreContext, book: LeaseBook, object: ObjectEntry): void {
  const { ledger, self } = context;
  const { root, lentUntilMs } = object;
  if (lentUntilMs === undefined) return;
  if (ledger.holdsAny(root)) book.lend(self, root, lentUntilMs);
  ledger.release(root, self);
}

/** Bytes that are here for a moment, of objects that this peer heals for others. */
export function lentBytes(ledger: Ledger): number {
  let bytes = 0;
  for (const object of ledger.objects()) {
    if (isOwn(object)) continue;
    for (const index of ledger.indices(object.root)) {
      const fragment = ledger.fragment(object.root, index);
      if (fragment !== undefined && fragment.from === undefined) bytes += fragment.bytes;
    }
  }
  return bytes;
}
