import { toHex } from "../base/bytes.ts";
import type { PeerId } from "../identity/index.ts";
import type { StoreContext } from "./context.ts";
import { StoreError } from "./errors.ts";
import { sizeOf } from "./geometry.ts";
import type { Head } from "./head.ts";
import { HealthRun } from "./health.ts";
import type { ObjectTarget } from "./link.ts";
import type { Manifest } from "./manifest.ts";
import { isOwn, type ObjectEntry } from "./records.ts";
import { type SealedMeta, StripeCipher } from "./stripe-cipher.ts";

/**
 * The record of an object that this peer looks after from now on.
 * @param holders who answered to have what
 * @param lentUntilMs until when others want it, where it is not this peer's own and not to be
 */
export function objectEntryOf(
  context: StoreContext,
  target: ObjectTarget,
  head: Head,
  holders: readonly (PeerId | undefined)[],
  lentUntilMs?: number,
): ObjectEntry {
  const { ledger, clock } = context;
  const { manifest } = head;
  const known = ledger.object(head.rootHex);
  // A key that does not open the meta is another object's and is not kept.
  const meta = openMeta(context, target, manifest);
  const readKey = known?.readKey ?? (meta === undefined ? undefined : target.readKey);
  const { layers, n, nMax } = manifest;
  return {
    root: head.rootHex,
    readKey,
    name: known?.name || (meta?.name ?? ""),
    mediaType: known?.mediaType || (meta?.mediaType ?? ""),
    sizeBytes: known?.sizeBytes ?? meta?.fileBytes ?? sizeOf(manifest),
    createdAtMs: known?.createdAtMs ?? clock.wallMs(),
    layers: layers.map((layer, i) => ({
      ...layer,
      role: meta?.roles[i] ?? known?.layers[i]?.role ?? "body",
    })),
    n,
    nMax,
    holders,
    spreadOver: 0,
    ...(isOwn(known) || readKey !== undefined ? {} : { lentUntilMs }),
  };
}

function openMeta(
  { suite }: StoreContext,
  { readKey }: ObjectTarget,
  manifest: Manifest,
): SealedMeta | undefined {
  if (readKey === undefined) return undefined;
  return new StripeCipher(suite, readKey, manifest.version).openMeta(manifest);
}

/**
 * Finds the holders of an object and notes it as one that this peer looks after: no bytes move.
 * @param onOver called once, last; the error where nobody within reach has anything of it
 */
export function pinRun(
  context: StoreContext,
  target: ObjectTarget,
  onOver: (run: HealthRun, error: StoreError | undefined) => void,
): HealthRun {
  return new HealthRun(context, toHex(target.root), (run, survey) => {
    const { head } = survey;
    if (head === undefined) {
      const message = "No peer within reach has this object. Try again when more are there.";
      const counts = { found: 0, needed: 0 };
      onOver(run, new StoreError("not-enough-fragments", message, { counts }));
      return;
    }
    const holders = survey.holders(head.manifest.nMax);
    const object = objectEntryOf(context, target, head, holders);
    const commit = { head, fragments: [], from: undefined, object };
    context.ledger.commit(commit, (error) => onOver(run, error));
  });
}
