import type { Multiaddr } from "@multiformats/multiaddr";
import { formatAddress, type PeerId, parseAddress } from "../../identity/index.ts";

/** A port of a peer. */
export interface PeerPort {
  readonly peerId: PeerId;
  readonly port: number;
}

/**
 * What `/ip6/<address of fd00::/8>/tcp/<port>` names; one `/p2p/<id>` may follow. Undefined for
 * every other multiaddr.
 */
export function readMultiaddr(multiaddr: Multiaddr): PeerPort | undefined {
  const [ip, tcp, p2p, ...more] = multiaddr.getComponents();
  if (ip?.name !== "ip6" || tcp?.name !== "tcp" || more.length > 0) return undefined;
  if (p2p !== undefined && p2p.name !== "p2p") return undefined;
  const peerId = parseAddress(ip.value ?? "");
  return peerId === undefined ? undefined : { peerId, port: Number(tcp.value) };
}

/** The text of the multiaddr; port 0 stands for one that nobody can dial. */
export function writeMultiaddr({ peerId, port }: PeerPort): string {
  return `/ip6/${formatAddress(peerId)}/tcp/${port}`;
}
