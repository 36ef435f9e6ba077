import type { Peer, PeerEvents } from "../peer/index.ts";
import type { EventHub } from "./event-hub.ts";
import { messageBody } from "./views.ts";

/** Passes what the peer tells on to the event streams, and tells of contacts here as well. */
export function peerEvents(
  hub: EventHub,
  peer: () => Peer,
  onContactChanged: () => void = () => undefined,
): PeerEvents {
  return {
    onNeighbourUp: (neighbour) => hub.emit("neighbour-up", { peerId: neighbour.id }),
    onNeighbourDown: (peerId, reason) => hub.emit("neighbour-down", { peerId, reason }),
    onReachable: (peerId) => hub.emit("peer-reachable", { peerId }),
    onUnreachable: (peerId) => hub.emit("peer-unreachable", { peerId }),
    onContactChanged: ({ personId }) => {
      hub.emit("contact-changed", { personId });
      onContactChanged();
    },
    onRequestsChanged: () => hub.emit("requests-changed", {}),
    onMessage: (message) => hub.emit("message", messageBody(peer(), message)),
    onMessageState: ({ id, state }) => hub.emit("message-state", { id, state }),
    onAgreement: ({ device }) => hub.emit("anchor-changed", { peerId: device }),
    onStoreProgress: (progress) => hub.emit("progress", progress),
    onObjectChanged: (link) => hub.emit("object-changed", { link }),
    onDevicesChanged: (personId) => hub.emit("devices-changed", { personId }),
    onFolderChanged: (id) => hub.emit("folder-changed", { id }),
    onGroupChanged: (id) => hub.emit("group-changed", { id }),
    onLineChanged: (id) => hub.emit("line-changed", { id }),
  };
}
