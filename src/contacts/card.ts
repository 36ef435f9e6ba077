import type { CryptoSuite } from "../crypto/index.ts";
import { type PeerId, type PersonId, peerIdOf, personIdOf } from "../identity/index.ts";
import type { RecordWrite } from "../ports/index.ts";
import { decodeCbor, encodeCbor, schema } from "../wire/index.ts";
import { TOKEN_BYTES } from "./invite.ts";
import {
  DEVICES_PER_CONTACT_MAX,
  ENDPOINT_BYTES_MAX,
  INVITE_ENDPOINTS_MAX,
  PETNAME_BYTES_MAX,
} from "./limits.ts";
import type { Contact } from "./types.ts";
import { VOW_BYTES_MAX, VOW_BYTES_MIN } from "./vow.ts";

/** Prefix of the records of contacts. */
export const CARDS = "contacts/c/";

/** A contact and what this room needs to know besides. */
export interface Card {
  readonly contact: Contact;
  /** The question that is open: the token of the invite, and the device that gave it out. */
  readonly question: { readonly token: Uint8Array; readonly device: PeerId } | undefined;
  /** Their person's vow that we are a contact of theirs. */
  readonly vow: Uint8Array | undefined;
}

const cardSchema = schema.record({
  v: schema.literal(1),
  a: schema.integer(0, Number.MAX_SAFE_INTEGER),
  d: schema.bytes(32),
  e: schema.list(schema.text(ENDPOINT_BYTES_MAX), INVITE_ENDPOINTS_MAX),
  k: schema.bytes(32),
  l: schema.list(
    schema.record({ k: schema.bytes(32), i: schema.boolean }),
    DEVICES_PER_CONTACT_MAX,
  ),
  n: schema.text(PETNAME_BYTES_MAX),
  q: schema.optional(schema.record({ k: schema.bytes(32), t: schema.bytes(TOKEN_BYTES) })),
  r: schema.optional(schema.oneOf("unknown-token", "expired", "used-up", "busy", "full")),
  s: schema.oneOf("asked", "met"),
  w: schema.optional(schema.bytes(VOW_BYTES_MIN, VOW_BYTES_MAX)),
});

/** Key of a person's card. */
export function cardKey(personId: PersonId): string {
  return CARDS + personId;
}

/** The record of a card. */
export function cardWrite({ contact, question, vow }: Card): RecordWrite {
  const asked = contact.devices.find(({ peerId }) => peerId === question?.device);
  const value = encodeCbor({
    v: 1,
    a: contact.addedAtMs,
    d: contact.dhKey,
    e: contact.endpoints,
    k: contact.signKey,
    l: contact.devices.map(({ signKey, introduced }) => ({ k: signKey, i: introduced })),
    n: contact.petname,
    q: question && asked ? { k: asked.signKey, t: question.token } : undefined,
    r: contact.refusal,
    s: contact.state,
    w: vow,
  });
  return { key: cardKey(contact.personId), value };
}

/** @throws WireError where the record is damaged */
export function decodeCard(suite: CryptoSuite, bytes: Uint8Array): Card {
  const found = cardSchema(decodeCbor(bytes), "contact");
  return {
    contact: {
      personId: personIdOf(suite, found.k),
      signKey: found.k,
      dhKey: found.d,
      petname: found.n,
      state: found.s,
      devices: found.l.map(({ k, i }) => ({
        peerId: peerIdOf(suite, k),
        signKey: k,
        introduced: i,
      })),
      endpoints: found.e,
      addedAtMs: found.a,
      refusal: found.r,
    },
    question: found.q && { token: found.q.t, device: peerIdOf(suite, found.q.k) },
    vow: found.w,
  };
}
