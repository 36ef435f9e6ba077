import type { PeerId } from "../../identity/index.ts";
import { limits } from "../../peer/index.ts";
import type { SurveyedNeighbour } from "../../peer/survey-codec.ts";
import type { ApiContext } from "../context.ts";
import type { MapBody, MapLinkBody } from "../contract.ts";
import { contactNameOf } from "../views.ts";

/** Links by their two ends, whichever of them told of it. */
class LinkSet {
  readonly #links = new Map<string, MapLinkBody>();

  add(from: PeerId, neighbours: readonly SurveyedNeighbour[]): void {
    for (const { id, cost, roundTripMs = null, deliveryRatio } of neighbours) {
      const [a, b] = from < id ? [from, id] : [id, from];
      const known = this.#links.get(`${a} ${b}`);
      if (known !== undefined && known.cost <= cost) continue;
      this.#links.set(`${a} ${b}`, { a, b, cost, roundTripMs, deliveryRatio });
    }
  }

  among(peers: ReadonlySet<string>): readonly MapLinkBody[] {
    return [...this.#links.values()].filter(({ a, b }) => peers.has(a) && peers.has(b));
  }
}

/** The mesh around here: asks every peer in reach for its neighbours. */
export async function drawMap(context: ApiContext): Promise<MapBody> {
  const { peer } = context;
  const self = peer.identity.id;
  const routes = peer.routing.routes().slice(0, limits.SURVEY_PEERS_MAX);
  const links = new LinkSet();
  links.add(self, peer.survey.ownNeighbours());
  await Promise.all(
    routes.map(
      ({ destination }) =>
        new Promise<void>((resolve) => {
          peer.survey.neighboursOf(destination, (neighbours) => {
            links.add(destination, neighbours ?? []);
            resolve();
          });
          context.poke();
        }),
    ),
  );
  return {
    self,
    peers: [
      { peerId: self, name: context.name(), hops: 0, contact: null },
      ...routes.map(({ destination, hops, record }) => ({
        peerId: destination,
        name: record.name,
        hops,
        contact: contactNameOf(peer, destination),
      })),
    ],
    links: links.among(new Set([self, ...routes.map((found) => found.destination)])),
  };
}
