import { peerIdToBytes } from "../../identity/index.ts";
import { newCounters, type TunnelCounters } from "./counters.ts";
import { Firewall } from "./flows.ts";
import { IcmpErrors } from "./icmp.ts";
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
  return {
    options,
    address: peerIdToBytes(options.own),
    peers,
    firewall: new Firewall(options.clock, peers, options.mayEnter, random.u32()),
    icmp: new IcmpErrors(options.clock),
    counters: newCounters(),
  };
}
