import type { Contacts } from "../contacts/index.ts";
import type { PeerId, PeerRecord } from "../identity/index.ts";
import type { LinkEvents } from "../link/index.ts";
import { isLetterPacket } from "../messages/index.ts";
import type { RoutingEvents } from "../routing/index.ts";
import type { Rooms, RoomsOptions } from "./rooms.ts";

/** Rooms that care which peers can be reached. */
type Attentive = Pick<Contacts, "peerReachable" | "peerUnreachable">;

/** The rooms that care which peers can be reached, in the order in which they hear of it. */
function attentiveRooms(rooms: Rooms): readonly Attentive[] {
  const { devices, contacts, book, pictures, strangers, tray, messages } = rooms;
  const { store, folders, groups, money, communities } = rooms;
  const people = [devices, contacts, book, pictures, strangers, tray, messages];
  return [...people, store, folders, groups, money, communities];
}

/** What the link room tells: for routing, the counters and whoever watches the peer. */
export function linkEventsOf(
  { counters, events }: Pick<RoomsOptions, "counters" | "events">,
  routing: () => LinkEvents,
): LinkEvents {
  return {
    onNeighbourUp: (neighbour) => {
      counters.neighbour(neighbour);
      routing().onNeighbourUp(neighbour);
      events.onNeighbourUp(neighbour);
    },
    onNeighbourDown: (id, reason) => {
      counters.neighbourDown(id);
      routing().onNeighbourDown(id, reason);
      events.onNeighbourDown(id, reason);
    },
    onNeighbourChanged: (neighbour) => {
      counters.neighbour(neighbour);
      routing().onNeighbourChanged(neighbour);
    },
    onControl: (from, message) => routing().onControl(from, message),
    onPacket: (from, header, payload) => routing().onPacket(from, header, payload),
  };
}

/** What routing tells: packets for the rooms above, and which peers come and go. */
export function routingEventsOf(
  { counters, events, isOpen }: Pick<RoomsOptions, "counters" | "events" | "isOpen">,
  rooms: () => Rooms,
): RoutingEvents {
  return {
    onPacket: (payload, back) => {
      if (isLetterPacket(payload)) rooms().messages.packet(payload);
      else rooms().session.packet(payload, back);
    },
    onReachable: (id: PeerId, record: PeerRecord) => {
      if (!isOpen()) return;
      rooms().session.peerReachable(id);
      rooms().contacts.deviceSeen(record);
      rooms().care.deviceSeen(record);
      for (const room of attentiveRooms(rooms())) room.peerReachable(id);
      events.onReachable(id);
    },
    onUnreachable: (id: PeerId) => {
      if (!isOpen()) return;
      rooms().session.peerUnreachable(id);
      const record = rooms().routing.record(id);
      if (record !== undefined) rooms().care.deviceSeen(record);
      for (const room of attentiveRooms(rooms())) room.peerUnreachable(id);
      events.onUnreachable(id);
    },
    onWayChanged: (id) => {
      counters.wayChanged();
      rooms().session.wayChanged(id);
    },
  };
}

/**
 * A peer to whom streams were lost answers, a silence that routing may not have noticed: rooms in
 * which something waits for it need not wait longer. Nobody hears of a peer that routing does not
 * know: its going would not be told.
 */
export function peerAnswers(
  { isOpen }: Pick<RoomsOptions, "isOpen">,
  rooms: Rooms,
  id: PeerId,
): void {
  if (!isOpen() || rooms.routing.record(id) === undefined) return;
  const { messages, folders, groups, money, communities } = rooms;
  for (const room of [messages, folders, groups, money, communities]) room.peerReachable(id);
}
