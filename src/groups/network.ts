import { fromHex, toHex, utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { CryptoSuite } from "../crypto/index.ts";
import type { PeerId } from "../identity/index.ts";

const NETWORK_LABEL = utf8("peernet group network v1");
const ADDRESS_LABEL = utf8("peernet group address v1");
/**
 * First byte of a unique local IPv6 address without the local bit (RFC 4193): no peer's own address begins
 * so, and systems choose the source that begins as the destination does (RFC 6724, rule 8).
 */
const PREFIX = 0xfc;
const ADDRESS_BYTES = 16;
const NETWORK_BYTES = 8;
/** How many bits the addresses of a group have in common. */
export const NETWORK_BITS: number = NETWORK_BYTES * 8;

/**
 * The network of a group, 16 bytes of which the last 8 are zero: fc, then 56 bits of the SHA-256 of
 * its id (32 hexadecimal digits).
 */
export function groupNetworkOf(suite: CryptoSuite, group: string): Uint8Array {
  const network = new Uint8Array(ADDRESS_BYTES);
  network[0] = PREFIX;
  network.set(suite.sha256(NETWORK_LABEL, hexBytes(group)).subarray(0, NETWORK_BYTES - 1), 1);
  return network;
}

/**
 * The address of a device in a group's network, as 32 hexadecimal digits: the network, then 64 bits
 * of the SHA-256 of the group's id and the device's own address, which its key decides.
 */
export function groupAddressOf(suite: CryptoSuite, group: string, device: PeerId): string {
  const address = groupNetworkOf(suite, group);
  const hash = suite.sha256(ADDRESS_LABEL, hexBytes(group), hexBytes(device));
  address.set(hash.subarray(0, ADDRESS_BYTES - NETWORK_BYTES), NETWORK_BYTES);
  return toHex(address);
}

function hexBytes(hex: string): Uint8Array {
  return must(fromHex(hex), "ids are hexadecimal");
}
