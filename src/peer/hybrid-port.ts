import { ML_KEM_768 } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";
import type { NeighbourInfo } from "../link/index.ts";
import type { HybridPort } from "../messages/index.ts";
import { NARROW_BITS_PER_SECOND } from "./limits.ts";

/** What is asked of the rooms below about the way to a peer. */
export interface WayPorts {
  readonly link: {
    neighbour(id: PeerId): Pick<NeighbourInfo, "bitsPerSecond"> | undefined;
    neighbours(): Iterable<Pick<NeighbourInfo, "bitsPerSecond">>;
  };
  readonly routing: { route(id: PeerId): { readonly nextHop: PeerId } | undefined };
}

/**
 * Hybrid channels where the first link on the way is no slow line. Frames may have any size, as
 * sessions cut them to what links carry: what counts is how long 3 kB take. Of the links behind the
 * first this peer knows nothing; the device at the other end has its say about the last.
 */
export function hybridPortOf(isRadio: boolean, { link, routing }: WayPorts): HybridPort {
  const isSlow = (neighbour: Pick<NeighbourInfo, "bitsPerSecond"> | undefined): boolean =>
    neighbour === undefined || neighbour.bitsPerSecond < NARROW_BITS_PER_SECOND;
  return {
    kem: ML_KEM_768,
    isNarrow: (device) => {
      if (isRadio) return true;
      const nextHop = routing.route(device)?.nextHop;
      // Far away: any of them may be the first.
      if (nextHop === undefined) return [...link.neighbours()].every(isSlow);
      return isSlow(link.neighbour(nextHop));
    },
  };
}
