import type { PeerId } from "../identity/index.ts";
import type { Layering, StoreOptions } from "../store/index.ts";
import type { PeerConfig } from "./types.ts";

/** How much a stranger is trusted to keep what it takes, compared with a contact. */
const STRANGER_TRUST = 0.5;

/** What the store is told of peers and ways to work. */
export function storeWishes(
  { healing, audits }: Pick<PeerConfig, "healing" | "audits">,
  layering: Layering | undefined,
  isMet: (peer: PeerId) => boolean,
): Pick<StoreOptions, "facts" | "healing" | "audits" | "layering"> {
  return {
    facts: { trust: (peer) => (isMet(peer) ? 1 : STRANGER_TRUST) },
    healing: healing ?? {},
    audits: audits ?? {},
    ...(layering === undefined ? {} : { layering }),
  };
}
