import type { PeerId } from "../../identity/index.ts";
import type { TunnelCounters } from "./counters.ts";
import { Inbound } from "./inbound.ts";
import { Outbound } from "./outbound.ts";
import { makeParts, type TunnelParts } from "./shared.ts";
import type { IpTunnelOptions } from "./types.ts";

/**
 * Carries IPv6 packets between a virtual interface, whose address is this peer's own id, and the
 * peers with the other addresses. What peers begin comes in only where a rule allows it.
 */
export class IpTunnel {
  readonly #parts: TunnelParts;
  readonly #outbound: Outbound;
  readonly #inbound: Inbound;

  constructor(options: IpTunnelOptions) {
    this.#parts = makeParts(options);
    this.#outbound = new Outbound(this.#parts);
    this.#inbound = new Inbound(this.#parts);
  }

  /**
   * A frame came out of the interface: a free byte, the virtio-net header (10), the packet up to
   * `end`. The buffer is lent; its first eleven bytes may be overwritten. False: it was thrown away
   * because too much waits for its peer, and more of the kind would be, too.
   */
  outbound(frame: Uint8Array, end: number): boolean {
    return this.#outbound.take(frame, end);
  }

  /** Whether reading on would, for the moment, only throw away; at most for `HOLD_MS`. */
  get isHeld(): boolean {
    return this.#outbound.isHeld;
  }

  /** A tunnel datagram came from a peer that has proven to be `from`; lent. It may wait for others until `flush`. */
  inbound(from: PeerId, datagram: Uint8Array): void {
    this.#inbound.take(from, datagram);
  }

  /** All datagrams of a turn have come: what they bring goes to the interface now. */
  flush(): void {
    this.#inbound.flush();
  }

  /** The rules have changed: what they do not allow any more ends now. */
  recheck(): void {
    this.#parts.firewall.recheck();
  }

  /** What it has done so far; lives on. */
  get counters(): TunnelCounters {
    return this.#parts.counters;
  }

  /** Flows that the firewall remembers. */
  get flowCount(): number {
    return this.#parts.firewall.flowCount;
  }

  /** Packets in pieces that are being put together. */
  get reassemblyCount(): number {
    return this.#inbound.waiting;
  }
}
