import { equalBytes } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import type { PeerId, PeerRecord } from "../identity/index.ts";
import type { RecordWrite } from "../ports/index.ts";
import { type Card, cardWrite } from "./card.ts";
import { DEVICES_PER_CONTACT_MAX } from "./limits.ts";
import type { Contact, ContactRefusal } from "./types.ts";
import { isLasting } from "./vow.ts";

/** Whether asking again with the same words is of no use. */
export function isFinal(refusal: ContactRefusal | undefined): boolean {
  return refusal === "unknown-token" || refusal === "expired" || refusal === "used-up";
}

/** The card with these changes of its contact. */
export function withContact(card: Card, change: Partial<Contact>): Card {
  return { ...card, contact: { ...card.contact, ...change } };
}

/** The card with this device in it, if there is room for it. */
export function withDevice(card: Card, record: PeerRecord, introduced: boolean): Card {
  const { devices } = card.contact;
  const known = devices.some(({ peerId }) => peerId === record.id);
  if (known || devices.length >= DEVICES_PER_CONTACT_MAX) return card;
  const device = { peerId: record.id, signKey: record.signKey, introduced };
  return withContact(card, { devices: [...devices, device] });
}

/** The card once both sides have each other and this device knows of it. */
export function met(card: Card, peer: PeerId, vow: Uint8Array): Card {
  const devices = card.contact.devices.map((device) =>
    device.peerId === peer ? { ...device, introduced: true } : device,
  );
  const contact: Contact = { ...card.contact, state: "met", devices, refusal: undefined };
  const { vow: before } = card;
  // One by the person's own key outlasts the devices that signed others.
  const keeps = before !== undefined && isLasting(before) && !isLasting(vow);
  return { contact, question: undefined, vow: keeps ? before : vow };
}

/** Whether two cards would be stored alike. */
export function isSame(a: Card, b: Card): boolean {
  const [one, other] = [cardWrite(a).value, cardWrite(b).value];
  return equalBytes(must(one, "a card has bytes"), must(other, "a card has bytes"));
}

/** The card without devices that were revoked; the same one where there are none. */
export function withoutRevoked(card: Card, isRevoked: (device: PeerId) => boolean): Card {
  const devices = card.contact.devices.filter(({ peerId }) => !isRevoked(peerId));
  return devices.length === card.contact.devices.length ? card : withContact(card, { devices });
}

/** A card for another device of this person: it makes itself known to the contact's devices. */
export function copyOf(card: Card): RecordWrite {
  const devices = card.contact.devices.map((device) => ({ ...device, introduced: false }));
  return cardWrite(withContact({ ...card, question: undefined }, { devices }));
}
