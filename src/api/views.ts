import type { Contact, Meeting } from "../contacts/index.ts";
import { formatAddress, type PeerId, type PersonId } from "../identity/index.ts";
import type { Delivery, Message } from "../messages/index.ts";
import type { Peer } from "../peer/index.ts";
import type { ContactBody, KnownPeerBody, MessageBody, NeighbourBody } from "./contract.ts";
import type { PlaceBody } from "./contract-logs.ts";
import type { DeliveryBody } from "./contract-messages.ts";

/** The petname of the contact whose device a peer is, or null. */
export function contactNameOf(peer: Peer, id: PeerId): string | null {
  const record = peer.routing.record(id);
  if (record === undefined) return null;
  return peer.contacts.byPerson(record.person.personId)?.petname ?? null;
}

/** The name that a peer gives itself or its person's devices give it, or its address where none is known. */
export function nameOf(peer: Peer, id: PeerId): string {
  return peer.routing.record(id)?.name ?? loggedName(peer, id) ?? formatAddress(id);
}

/** What a device of ours or of a contact is called while it is away. */
function loggedName({ contacts, devices }: Peer, id: PeerId): string | undefined {
  const contact = contacts.byDevice(id);
  const known = contact === undefined ? devices.own() : devices.of(contact.personId);
  return known.find(({ peerId }) => peerId === id)?.name;
}

/** All neighbours as the API shows them. */
export function neighbourBodies(peer: Peer): readonly NeighbourBody[] {
  return [...peer.link.neighbours()].map((neighbour) => ({
    peerId: neighbour.id,
    address: formatAddress(neighbour.id),
    name: nameOf(peer, neighbour.id),
    cost: neighbour.cost,
    roundTripMs: Number.isNaN(neighbour.roundTripMs) ? null : neighbour.roundTripMs,
    deliveryRatio: neighbour.deliveryRatio,
    frameBytes: neighbour.frameBytes,
    suspect: neighbour.suspect,
    endpoints: neighbour.endpoints,
  }));
}

/** Where neighbours were, as the API shows it. */
export function placeBodies(peer: Peer): readonly PlaceBody[] {
  return peer.link.places().map(({ id, endpoint, atMs }) => ({
    ...{ peerId: id, address: formatAddress(id), name: nameOf(peer, id), endpoint, atMs },
  }));
}

/** All reachable peers as the API shows them, nearest first. */
export function knownPeerBodies(peer: Peer): readonly KnownPeerBody[] {
  return peer.routing.routes().map((route) => ({
    peerId: route.destination,
    address: formatAddress(route.destination),
    name: route.record.name,
    contact: peer.contacts.byPerson(route.record.person.personId)?.petname ?? null,
    hops: route.hops,
    metric: route.metric,
    nextHop: route.nextHop,
    alternate: route.alternate ?? null,
  }));
}

/** What the own device is called from which this one has a contact; null where they were met here. */
export function viaOf(peer: Peer, person: PersonId): string | null {
  const via = peer.contacts.book.via(person);
  return via === undefined || via === peer.identity.id ? null : nameOf(peer, via);
}

/**
 * How two people met, in a sentence.
 * @param via what the own device is called from which this one has them
 */
export function meetingWords(met: Meeting, via: string | null): string {
  return via === null ? howWords(met) : `${howWords(met)}; from your device '${via}'`;
}

function howWords({ kind, name, calls, hops = 1 }: Meeting): string {
  const others = hops > 1 ? `, over ${hops - 1} more` : "";
  const named = calls === undefined ? "" : `, who called them '${calls}'`;
  const words: Readonly<Record<Meeting["kind"], string>> = {
    invited: "They used an invite of yours",
    invite: "You took an invite of theirs",
    introduced: `Introduced by ${name ?? "a contact"}${others}${named}`,
    group: `From the group ${name ?? "that you shared"}`,
    bond: "They left a bond",
    restored: "Their device showed your own word that you know each other",
    imported: "From a file: not met yet",
    unknown: "Met before anybody wrote down how",
  };
  return words[kind];
}

/** A contact as the API shows it. */
export function contactBody(peer: Peer, contact: Contact): ContactBody {
  const about = peer.care.about(contact);
  const hops = contact.devices.flatMap((device) => peer.routing.route(device.peerId)?.hops ?? []);
  return {
    personId: contact.personId,
    petname: contact.petname,
    state: contact.state,
    reachable: hops.length > 0,
    hops: hops.length > 0 ? Math.min(...hops) : null,
    unreadCount: peer.messages.unreadCount(contact.personId),
    addedAtMs: contact.addedAtMs,
    howMet: meetingWords(about.met, viaOf(peer, contact.personId)),
    verified: about.verified !== undefined,
    blocked: about.blockedAtMs !== undefined,
    pictureAtMs: peer.pictures.head(contact.personId)?.atMs ?? null,
  };
}

/** A message as the API shows it. */
export function messageBody(peer: Peer, message: Message): MessageBody {
  const { file, replyTo } = message;
  return {
    id: message.id,
    contact: peer.contacts.byPerson(message.personId)?.petname ?? message.personId,
    personId: message.personId,
    direction: message.direction,
    text: message.text,
    kind: message.kind,
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(file === undefined ? {} : { file }),
    ...(message.direction === "in"
      ? {}
      : { deliveries: message.deliveries.map((delivery) => deliveryBody(peer, delivery)) }),
    sentAtMs: message.sentAtMs,
    state: message.state,
    deliveredAtMs: message.deliveredAtMs,
  };
}

function deliveryBody(peer: Peer, { device, state, sinceMs, holders }: Delivery): DeliveryBody {
  return {
    peerId: device,
    name: nameOf(peer, device),
    state,
    sinceMs,
    holders: holders.map(({ holder, sinceMs: atMs }) => ({
      name: holderName(peer, holder),
      sinceMs: atMs,
    })),
  };
}

/** What a device that holds letters is called: by its person's petname where it has one. */
export function holderName(peer: Peer, device: PeerId): string {
  return peer.contacts.byDevice(device)?.petname ?? nameOf(peer, device);
}

/** The person behind a petname, a person id or the address of one of their devices. */
export function personOf(peer: Peer, text: string): PersonId {
  return peer.contacts.resolve(text).personId;
}
