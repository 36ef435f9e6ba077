import type { PeerId } from "../../identity/index.ts";
import { isOnDetour } from "../header.ts";

/** Where a packet goes next and what of its header changes. One object serves all packets. */
export class Plan {
  next: PeerId = "";
  /** Detour flags. */
  flags = 0;
  /** A detour that the packet is on goes on; else one that it may need begins here. */
  keepsDetour = false;
  /** Bytes of the label used up here. */
  popped = 0;
  keepsWaypoint = false;
  keepsAhead = true;
  /** Another destination instead of the header's. */
  destination: Uint8Array | undefined;

  /** Begins anew for a packet that bears these detour flags. */
  reset(flags: number, hasWaypoint: boolean): void {
    this.next = "";
    this.flags = flags;
    this.keepsDetour = isOnDetour(flags);
    this.popped = 0;
    this.keepsWaypoint = hasWaypoint;
    this.keepsAhead = true;
    this.destination = undefined;
  }
}
