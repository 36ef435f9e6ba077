import { ENTRY, encodeControl } from "../../routing/messages.ts";
import { SimulationError } from "../errors.ts";
import type { MeshWorld } from "./world.ts";

/** Numbers tried before it is said that a peer takes none. */
const TRIES_MAX = 300;

/**
 * Makes the peer at a place announce itself under its next sequence number, as a request of a
 * neighbour does: no record is signed, a link of its hash chain vouches for the number.
 * @throws SimulationError("bad-plan") where it has no neighbour, or has taken a number just before
 */
export function bumpSeqno(world: MeshWorld, number: number): void {
  const place = world.place(number);
  const router = world.router(number);
  const neighbour = [...place.sides.values()].find(({ up }) => up);
  const before = router.stats().seqnoBumps;
  const first = router.ownRecord.seqno + 1;
  for (let wanted = first; neighbour !== undefined && wanted < first + TRIES_MAX; wanted++) {
    const request = { kind: ENTRY.request, origin: place.id, seqno: wanted, hopLimit: 1 } as const;
    const message = encodeControl({ ...request, requestId: wanted });
    world.act(number, () => router.linkEvents.onControl(neighbour.id, message));
    if (router.stats().seqnoBumps > before) return;
  }
  throw new SimulationError("bad-plan", `Place ${number} takes no new sequence number now.`);
}
