import type { Congestion } from "./congestion.ts";
import { PacketSize } from "./packet-size.ts";
import { QueueDelay } from "./queue-delay.ts";
import { RoundTrip } from "./rtt.ts";

/**
 * What loss recovery knows about one path. Each path has its own, so that a change of paths
 * neither takes one path's window to another nor forgets it (RFC 9000 section 9.4).
 */
export class PathControl {
  readonly congestion: Congestion;
  readonly roundTrip: RoundTrip = new RoundTrip();
  readonly packetSize: PacketSize = new PacketSize();
  readonly queueDelay: QueueDelay = new QueueDelay();

  /** @param congestion the window that begins on this path */
  constructor(congestion: Congestion) {
    this.congestion = congestion;
  }
}
