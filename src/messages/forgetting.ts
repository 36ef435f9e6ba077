import type { PeerId, PersonId } from "../identity/index.ts";
import { type Draft, type Kept, markKey } from "./ledger.ts";
import { channelKey, earlyKey, PAIRS } from "./pair.ts";

/**
 * Forgets a device for good: its channels, what waits for it, what it sent too early. Messages
 * that came of it stay.
 */
export function withoutDevice(draft: Draft, kept: Kept, device: PeerId): void {
  const pair = kept.pairs.get(device);
  for (const entry of kept.outboxes.get(device)?.entries() ?? []) draft.removeEntry(entry);
  for (const { id } of pair?.channels ?? []) draft.write(channelKey(device, id), null);
  for (const number of pair?.early.keys() ?? []) draft.write(earlyKey(device, number), null);
  for (const number of kept.marks.get(device)?.keys() ?? []) {
    draft.write(markKey(device, number), null);
  }
  draft.write(PAIRS + device, null);
  draft.onCommit(() => {
    kept.pairs.delete(device);
    kept.outboxes.delete(device);
    kept.marks.delete(device);
  });
}

/** Messages that wait are not to go to devices that are gone: they go anew to those that come. */
export function withoutSendings(
  draft: Draft,
  kept: Kept,
  personId: PersonId,
  devices: readonly PeerId[],
): void {
  for (const item of kept.shelf.waiting(personId)) {
    const sendings = item.sendings.filter(
      ({ device, deliveredAtMs }) => deliveredAtMs !== undefined || devices.includes(device),
    );
    if (sendings.length < item.sendings.length) draft.setItem({ ...item, sendings });
  }
}

/** Removes what a copied home has brought along and cannot use. */
export function withoutStale(draft: Draft, kept: Kept, stale: readonly string[]): void {
  for (const key of stale) draft.write(key, null);
  for (const [device, outbox] of kept.outboxes) {
    const living = new Set(kept.pairs.get(device)?.channels.map(({ id }) => id));
    for (const entry of outbox.entries()) {
      const isDead = entry.sealed === undefined || !living.has(entry.sealed.channelId);
      if (entry.number === 0 && isDead) draft.removeEntry(entry);
    }
  }
}
