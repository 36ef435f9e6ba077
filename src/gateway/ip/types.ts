import type { PeerId } from "../../identity/index.ts";
import type { Clock, Random } from "../../ports/index.ts";
import type { Networks } from "../types.ts";
import type { MayEnter } from "./flows.ts";

/** Where tunnel datagrams go out; they come in by `IpTunnel.inbound`. */
export interface DatagramPort {
  /**
   * Sends a copy of the bytes; false: dropped, there is no room.
   * @param flowId packets of one number stay in order; others need not wait for them
   */
  send(to: PeerId, bytes: Uint8Array, flowId: number): boolean;
  /** Whether it is of use to send further packets of a flow of which one was dropped. */
  hasRoom(to: PeerId, flowId: number): boolean;
  /** Largest datagram to a peer in bytes; 0 where no way to it is known or could be found. */
  bytesMax(to: PeerId): number;
}

/** The virtual interface, as far as packets go into it; they come out by `IpTunnel.outbound`. */
export interface InterfacePort {
  /** Largest ordinary packet, in bytes. */
  readonly mtuBytes: number;
  /** Whether it takes partial checksums and super-packets: of TCP always, of UDP where `write` does not refuse them. */
  readonly takesOffloads: boolean;
  /** Takes a virtio-net header and the packet after it; lent. False: dropped. */
  write(headerAndPacket: Uint8Array): boolean;
  /** Many datagrams were written at once: lets programs read them before there are more, where it can. */
  letProgramsRead?(): void;
}

/** What a tunnel is made of. */
export interface IpTunnelOptions {
  /** This peer: its address is the interface's. */
  readonly own: PeerId;
  readonly clock: Clock;
  readonly random: Random;
  readonly datagrams: DatagramPort;
  readonly network: InterfacePort;
  readonly mayEnter: MayEnter;
  /** Networks in which this peer and others have addresses besides their own. */
  readonly networks?: Pick<Networks, "deviceAt" | "deviceOf"> | undefined;
}
