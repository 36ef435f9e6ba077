import { BlockList } from "node:net";
import { equalBytes } from "../../base/bytes.ts";
import { parseIp } from "../../gateway/index.ts";

/** Networks of one's own of IPv4: RFC 1918, link-local (RFC 3927), and this machine itself. */
const NEAR = new BlockList();
for (const [address, bits] of [
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
  ["127.0.0.0", 8],
] as const) {
  NEAR.addSubnet(address, bits, "ipv4");
}
/**
 * What IPv6 has for a network of one's own (RFC 4193, with the local bit) and for the internet (RFC 4291 section
 * 2.4). Without that bit no local network may be; groups' networks of the mesh and leases of full tunnels are there,
 * whose addresses share their first 64 bits although their devices share no link.
 */
const UNICAST = new BlockList();
UNICAST.addSubnet("fd00::", 8, "ipv6");
UNICAST.addSubnet("2000::", 3, "ipv6");
/** Bytes of an IPv6 address that name its link (RFC 4291 section 2.5.4). */
const LINK_BYTES = 8;

/** An address as sockets tell it, without the clothes that IPv4 wears in a socket of both families (RFC 4291 section 2.5.5.2). */
export function undressed(address: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/.test(address) ? address.slice("::ffff:".length) : address;
}

/** An address as browsers write it in front of a port (WHATWG URL, host serializing). */
export function hostOf(address: string): string {
  return address.includes(":") ? new URL(`http://[${address}]`).hostname : address;
}

/**
 * Whether a link to this address of the machine can be shown to somebody in the same network.
 * @param meshAddress of this peer in the mesh, at which nobody is answered
 */
export function isOffered(address: string, meshAddress: string): boolean {
  return isOfLocalNetwork(address) && !isSame(parseIp(address), parseIp(meshAddress));
}

function isSame(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one !== undefined && other !== undefined && equalBytes(one, other);
}

function isOfLocalNetwork(address: string): boolean {
  if (!address.includes(":")) return NEAR.check(address, "ipv4");
  // A link-local one needs a zone, for which there is no place in a browser's address (RFC 9844).
  return !address.includes("%") && UNICAST.check(address, "ipv6");
}

/**
 * Whether a connection comes from the local network: both ends are in networks of one's own (IPv4), or on one link
 * (IPv6, where every device may have an address of the internet). Addresses of the mesh never are: neither its own
 * address here, nor those of others, which share no link with any.
 * @param meshAddress of this peer in the mesh
 */
export function isNear(local: string, remote: string, meshAddress: string): boolean {
  const [here, there] = [undressed(local), undressed(remote)];
  if (!here.includes(":") && !there.includes(":")) {
    return NEAR.check(here, "ipv4") && NEAR.check(there, "ipv4");
  }
  if (here === "::1" && there === "::1") return true;
  const [ours, theirs, ofMesh] = [here, there, meshAddress].map((text) => parseIp(text));
  if (ours?.length !== 16 || theirs?.length !== 16) return false;
  if (isSame(ours, ofMesh)) return false;
  const isOneLink = equalBytes(ours.subarray(0, LINK_BYTES), theirs.subarray(0, LINK_BYTES));
  return isOneLink && isOfLocalNetwork(here) && isOfLocalNetwork(there);
}
