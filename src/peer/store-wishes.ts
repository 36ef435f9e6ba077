import type { PeerId } from "../identity/index.ts";
import type { LinkPort } from "../link/index.ts";
import type { RoutingPort } from "../routing/index.ts";
import type { Layering, StoreOptions } from "../store/index.ts";
import { networkOf } from "./network-of.ts";
import type { PeerConfig } from "./types.ts";

/** How much a stranger is trusted to keep what it takes, compared with a contact. */
const STRANGER_TRUST = 0.5;

/** What the store is told of peers and ways to work. */
export function storeWishes(
  { healing, audits }: Pick<PeerConfig, "healing" | "audits">,
  layering: Layering | undefined,
  isMet: (peer: PeerId) => boolean,
  groups: (peer: PeerId) => readonly string[],
): Pick<StoreOptions, "facts" | "healing" | "audits" | "layering"> {
  return {
    facts: { trust: (peer) => (isMet(peer) ? 1 : STRANGER_TRUST), groups },
    healing: healing ?? {},
    audits: audits ?? {},
    ...(layering === undefined ? {} : { layering }),
  };
}

/**
 * What may fail together with a peer: what is of the same person, and, of neighbours, what is in the
 * same network. Where others are in the internet, nobody says.
 */
export function failureGroups(
  link: Pick<LinkPort, "neighbour">,
  routing: Pick<RoutingPort, "record">,
): (peer: PeerId) => readonly string[] {
  return (peer) => {
    const person = routing.record(peer)?.person.personId;
    const endpoints = link.neighbour(peer)?.endpoints ?? [];
    const networks = new Set(endpoints.map(networkOf));
    return [
      ...(person === undefined ? [] : [`of ${person}`]),
      ...[...networks].flatMap((network) => (network === undefined ? [] : [`in ${network}`])),
    ];
  };
}
