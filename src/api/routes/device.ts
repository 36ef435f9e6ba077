import { type PeerId, parseAddress } from "../../identity/index.ts";
import type { Peer } from "../../peer/index.ts";
import { ApiError } from "../errors.ts";

/**
 * The device meant by an address, a peer's id, or a contact (their nearest device).
 * @throws ContactsError("unknown-contact" | "ambiguous"), ApiError("unavailable") where the contact
 * has no device
 */
export function deviceOf(peer: Peer, text: string): PeerId {
  const direct = parseAddress(text);
  if (direct !== undefined) return direct;
  const contact = peer.contacts.resolve(text);
  const reachable = contact.devices
    .map((device) => peer.routing.route(device.peerId))
    .filter((found) => found !== undefined)
    .sort((a, b) => a.metric - b.metric);
  const nearest = reachable[0]?.destination ?? contact.devices[0]?.peerId;
  if (nearest !== undefined) return nearest;
  throw new ApiError("unavailable", `${contact.petname} has no device in reach.`);
}
