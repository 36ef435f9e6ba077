import { toHexOf } from "../../base/bytes.ts";
import { type PeerId, peerIdToBytes } from "../../identity/index.ts";
import { newCounters, type TunnelCounters } from "./counters.ts";
import { Firewall, type MayEnter } from "./flows.ts";
import { IcmpErrors } from "./icmp.ts";
import { ADDRESS_BYTES, type PacketReader } from "./packet.ts";
import { PeerTable } from "./peer-table.ts";
import type { IpTunnelOptions } from "./types.ts";

/** What both directions of a tunnel share. */
export interface TunnelParts {
  readonly options: IpTunnelOptions;
  /** Our own address, 16 bytes. */
  readonly address: Uint8Array;
  readonly peers: PeerTable;
  readonly firewall: Firewall;
  readonly icmp: IcmpErrors;
  readonly counters: TunnelCounters;
}

/** Makes the shared parts of a tunnel. */
export function makeParts(options: IpTunnelOptions): TunnelParts {
  const random = options.random.fork("tunnel");
  const peers = new PeerTable(random.u32());
  const { networks } = options;
  // A place in the table is an address, and rules are about devices.
  const mayEnter: MayEnter = (address, protocol, port) =>
    options.mayEnter(networks?.deviceOf(address) ?? address, protocol, port);
  return {
    options,
    address: peerIdToBytes(options.own),
    peers,
    firewall: new Firewall(options.clock, peers, mayEnter, random.u32()),
    icmp: new IcmpErrors(options.clock),
    counters: newCounters(),
  };
}

/**
 * The device at the other end of a packet between two addresses of one group's network; undefined
 * where they are none, or whoever has them does not belong to it now.
 */
export function deviceInGroup(
  networks: IpTunnelOptions["networks"],
  { bytes, sourceAt, destinationAt }: PacketReader,
  way: "in" | "out",
): PeerId | undefined {
  if (networks === undefined) return undefined;
  const [own, theirs] = way === "out" ? [sourceAt, destinationAt] : [destinationAt, sourceAt];
  const text = (at: number): string => toHexOf(bytes, at, at + ADDRESS_BYTES);
  return networks.deviceAt(text(own), text(theirs));
}
