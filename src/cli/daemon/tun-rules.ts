import type { MayEnter } from "../../gateway/ip/index.ts";
import type { Peer } from "../../peer/index.ts";

/**
 * The rules of the settings: everybody may send echo requests, contacts may reach the ports that
 * are named as "tcp/22" or "udp/53", and nobody anything else.
 */
export function settingsRules(peer: Peer, open: readonly string[]): MayEnter {
  const ports = new Set(open);
  return (from, protocol, port) => {
    if (protocol === "icmp") return true;
    return ports.has(`${protocol}/${port}`) && peer.contacts.byDevice(from) !== undefined;
  };
}
