import type { GroupMessage } from "../messages/index.ts";
import type { Peer, PeerEvents } from "../peer/index.ts";
import { groupMessageBody } from "./chat-views.ts";
import type { EventHub } from "./event-hub.ts";
import { receivedBody } from "./money-views.ts";
import { ownInvoiceBody, paymentBody } from "./payment-views.ts";
import { messageBody } from "./views.ts";

/** Passes what the peer tells on to the event streams, and tells of contacts here as well. */
export function peerEvents(
  hub: EventHub,
  peer: () => Peer,
  onContactChanged: () => void = () => undefined,
): PeerEvents {
  const tellInGroup = (
    name: "group-message" | "group-message-state",
    message: GroupMessage,
  ): void => {
    const { groups } = peer();
    // The group may have been forgotten meanwhile.
    if (groups.roster.get(message.groupId) === undefined) return;
    hub.emit(name, groupMessageBody(peer(), groups.info(message.groupId), message));
  };
  return {
    onNeighbourUp: (neighbour) => hub.emit("neighbour-up", { peerId: neighbour.id }),
    onNeighbourDown: (peerId, reason) => hub.emit("neighbour-down", { peerId, reason }),
    onReachable: (peerId) => hub.emit("peer-reachable", { peerId }),
    onUnreachable: (peerId) => hub.emit("peer-unreachable", { peerId }),
    onContactChanged: ({ personId }) => {
      hub.emit("contact-changed", { personId });
      onContactChanged();
    },
    onPictureChanged: (personId) => hub.emit("contact-changed", { personId }),
    onRequestsChanged: () => hub.emit("requests-changed", {}),
    onMessage: (message) => hub.emit("message", messageBody(peer(), message)),
    onMessageState: ({ id, state }) => hub.emit("message-state", { id, state }),
    onHistoryGiven: () => {
      hub.emit("devices-changed", { personId: peer().identity.person.personId });
    },
    onHistoryTaken: (count, isLast) => hub.emit("messages-past", { count, isLast }),
    onGroupMessage: (message) => tellInGroup("group-message", message),
    onGroupMessageState: (message) => tellInGroup("group-message-state", message),
    onAgreement: ({ device }) => hub.emit("anchor-changed", { peerId: device }),
    onStoreProgress: (progress) => hub.emit("progress", progress),
    onObjectChanged: (link) => hub.emit("object-changed", { link }),
    onDevicesChanged: (personId) => hub.emit("devices-changed", { personId }),
    onFolderChanged: (id) => hub.emit("folder-changed", { id }),
    onGroupChanged: (id) => hub.emit("group-changed", { id }),
    onLineChanged: (id) => hub.emit("line-changed", { id }),
    onCommunityChanged: (id) => hub.emit("community-changed", { id }),
    onPaid: (id, amount, memo) => {
      if (hub.isHeard) hub.emit("money-received", receivedBody(peer(), id, amount, memo));
    },
    onInvoice: (view) => {
      if (hub.isHeard) hub.emit("money-request", ownInvoiceBody(peer(), view));
    },
    onPayment: (view) => {
      if (hub.isHeard) hub.emit("money-payment", paymentBody(peer(), view));
    },
  };
}
