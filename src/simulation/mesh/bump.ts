import { ENTRY, encodeControl } from "../../routing/messages.ts";
import { SimulationError } from "../errors.ts";
import type { MeshWorld } from "./world.ts";

/**
 * Makes the peer at a place announce itself under its next sequence number, as a request of a
 * neighbour does: no record is signed, a link of its hash chain vouches for the number.
 * @throws SimulationError("bad-plan") where it has no neighbour, or has taken a number just before
 */
export function bumpSeqno(world: MeshWorld, number: number): void {
  const place = world.place(number);
  const router = world.router(number);
  const neighbour = [...place.sides.values()].find(({ up }) => up);
  if (neighbour !== undefined) {
    const seqno = router.ownSeqno + 1;
    const request = { kind: ENTRY.request, origin: place.id, seqno, hopLimit: 1 } as const;
    const message = encodeControl({ ...request, requestId: seqno });
    world.act(number, () => router.linkEvents.onControl(neighbour.id, message));
    if (router.ownSeqno === seqno) return;
  }
  throw new SimulationError("bad-plan", `Place ${number} takes no new sequence number now.`);
}
