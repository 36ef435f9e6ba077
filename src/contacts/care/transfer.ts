import { fromBase32, toBase32 } from "../../base/base32.ts";
import { TypedError } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { PersonId } from "../../identity/index.ts";
import { schema } from "../../wire/index.ts";
import type { About } from "../about.ts";
import { ContactsError } from "../errors.ts";
import {
  CONTACTS_MAX,
  DEVICES_PER_CONTACT_MAX,
  PETNAME_BYTES_MAX,
  REMOVED_MAX,
} from "../limits.ts";
import type { Contact } from "../types.ts";
import { IMPORT_BYTES_MAX, PERSON_LINK_CHARS_MAX } from "./limits.ts";
import { decodePersonLink, encodePersonLink, type PublicKeys } from "./person-link.ts";
import { parseVcards, vcardLine, vcardUri } from "./vcard.ts";

/** A contact with what is known of it. */
export interface KeptContact {
  readonly contact: Contact;
  readonly about: About;
}

/** Somebody as a file names them. */
export interface TransferredContact extends PublicKeys {
  readonly petname: string;
  /** Ed25519 public keys of devices. */
  readonly devices: readonly Uint8Array[];
  readonly isBlocked: boolean;
}

/** What is in a file of contacts. */
export interface Transfer {
  readonly contacts: readonly TransferredContact[];
  /** People who had been deleted where it was written. */
  readonly removed: readonly PersonId[];
  /** Entries that name nobody by a Peernet key. */
  readonly skipped: number;
}

const FORMAT = "peernet-contacts";
const ID_CHARS = 32;
const KEY_CHARS_MAX = 64;

const time = schema.integer(0, Number.MAX_SAFE_INTEGER);
const fileSchema = schema.record({
  format: schema.literal(FORMAT),
  version: schema.literal(1),
  exportedAtMs: time,
  contacts: schema.list(
    schema.record({
      person: schema.text(PERSON_LINK_CHARS_MAX),
      petname: schema.text(PETNAME_BYTES_MAX),
      state: schema.oneOf("asked", "met"),
      addedAtMs: time,
      howMet: schema.record({
        kind: schema.text(16),
        atMs: time,
        by: schema.optional(schema.text(ID_CHARS)),
        name: schema.optional(schema.text(PETNAME_BYTES_MAX)),
        calls: schema.optional(schema.text(PETNAME_BYTES_MAX)),
        hops: schema.optional(schema.integer(0, 16)),
      }),
      verifiedAtMs: schema.optional(time),
      verifiedHow: schema.optional(schema.oneOf("qr", "words")),
      lastSeenAtMs: schema.optional(time),
      blocked: schema.boolean,
      devices: schema.list(schema.text(KEY_CHARS_MAX), DEVICES_PER_CONTACT_MAX),
    }),
    CONTACTS_MAX,
  ),
  deleted: schema.list(schema.text(ID_CHARS), REMOVED_MAX),
});

/** Contacts as a JSON file: all that is known of them, for another device of one's own. */
export function exportJson(
  suite: CryptoSuite,
  kept: readonly KeptContact[],
  removed: readonly PersonId[],
  nowMs: number,
): string {
  const contacts = kept.map(({ contact, about }) => ({
    person: encodePersonLink(suite, contact),
    petname: contact.petname,
    state: contact.state,
    addedAtMs: contact.addedAtMs,
    howMet: about.met,
    verifiedAtMs: about.verified?.atMs,
    verifiedHow: about.verified?.how,
    lastSeenAtMs: about.lastSeenAtMs,
    blocked: about.blockedAtMs !== undefined,
    devices: contact.devices.map(({ signKey }) => toBase32(signKey)),
  }));
  const file = { format: FORMAT, version: 1, exportedAtMs: nowMs, contacts, deleted: removed };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** Contacts as vCards 4.0 (RFC 6350), for address books: names and keys. */
export function exportVcard(suite: CryptoSuite, kept: readonly KeptContact[]): string {
  return kept
    .map(({ contact }) => {
      const devices = contact.devices.map(({ signKey }) =>
        vcardLine("X-PEERNET-DEVICE", toBase32(signKey)),
      );
      return [
        "BEGIN:VCARD\r\nVERSION:4.0\r\n",
        vcardLine("FN", contact.petname),
        vcardUri("KEY", encodePersonLink(suite, contact)),
        ...devices,
        "END:VCARD\r\n",
      ].join("");
    })
    .join("");
}

/**
 * What a file of contacts says, whichever of the two kinds it is.
 * @throws ContactsError("bad-file")
 */
export function parseTransfer(suite: CryptoSuite, text: string): Transfer {
  if (text.length > IMPORT_BYTES_MAX) throw badFile(`It is larger than ${IMPORT_BYTES_MAX} bytes.`);
  const plain = text.replace(/^\ufeff/, "").trimStart();
  return plain.startsWith("{") ? parseJson(suite, plain) : parseVcardFile(suite, plain);
}

function parseJson(suite: CryptoSuite, text: string): Transfer {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw badFile("It is not whole.", cause);
  }
  try {
    const file = fileSchema(value, "file");
    const contacts = file.contacts.map(({ person, petname, devices, blocked }) => ({
      ...decodePersonLink(suite, person),
      petname,
      devices: devices.flatMap(deviceKey),
      isBlocked: blocked,
    }));
    const removed = file.deleted.filter((id) => /^[0-9a-f]{32}$/.test(id));
    return { contacts, removed, skipped: 0 };
  } catch (cause) {
    if (!(cause instanceof TypedError)) throw cause;
    throw badFile(cause.message, cause);
  }
}

function parseVcardFile(suite: CryptoSuite, text: string): Transfer {
  const cards = parseVcards(text);
  if (cards.length === 0) throw badFile("There is no vCard in it, nor is it JSON.");
  const contacts: TransferredContact[] = [];
  for (const card of cards) {
    const values = (wanted: string): readonly string[] =>
      card.filter(({ name }) => name === wanted).map(({ value }) => value);
    const [keys] = values("KEY").flatMap((value) => keysIn(suite, value));
    if (keys === undefined || contacts.length >= CONTACTS_MAX) continue;
    const [petname = ""] = values("FN");
    const devices = values("X-PEERNET-DEVICE").slice(0, DEVICES_PER_CONTACT_MAX);
    contacts.push({ ...keys, petname, devices: devices.flatMap(deviceKey), isBlocked: false });
  }
  return { contacts, removed: [], skipped: cards.length - contacts.length };
}

function keysIn(suite: CryptoSuite, value: string): readonly PublicKeys[] {
  try {
    return [decodePersonLink(suite, value)];
  } catch (error) {
    if (!(error instanceof ContactsError)) throw error;
    return [];
  }
}

function deviceKey(text: string): readonly Uint8Array[] {
  const bytes = text.length > KEY_CHARS_MAX ? undefined : fromBase32(text);
  return bytes?.length === 32 ? [bytes] : [];
}

function badFile(why: string, cause?: unknown): ContactsError {
  const words = `This file of contacts cannot be read. ${why}`;
  return new ContactsError("bad-file", words, { cause });
}
