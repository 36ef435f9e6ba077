import type { CryptoSuite } from "../crypto/index.ts";
import { decodePeerRecord, type PeerRecord } from "../identity/index.ts";
import { decodeCbor, encodeCbor, limits, schema } from "../wire/index.ts";
import { ContactsError } from "./errors.ts";
import { GREETING_BYTES_MAX } from "./limits.ts";
import { type ContactFrame, frameSchema } from "./protocol.ts";

const greetingSchema = schema.record({
  v: schema.literal(1),
  f: frameSchema,
  r: schema.optional(schema.bytes(1, limits.PEER_RECORD_BYTES_MAX)),
});

/** What two devices that have no session yet tell each other by letter. */
export interface Greeting {
  /** As on a contact stream: a request, or its answer. */
  readonly frame: ContactFrame;
  /** Who asks, with the device's signature; undefined in an answer. */
  readonly record: PeerRecord | undefined;
}

/**
 * The content of a letter that asks to be a contact, or answers that.
 * @param record of the asking device, as `encodePeerRecord` makes it
 */
export function encodeGreeting(frame: ContactFrame, record?: Uint8Array): Uint8Array {
  return encodeCbor({ v: 1, f: frame, r: record });
}

/** @throws TypedError for what no Peernet would have written, or was not signed by who asks */
export function decodeGreeting(suite: CryptoSuite, content: Uint8Array): Greeting {
  if (content.length > GREETING_BYTES_MAX) {
    throw new ContactsError("malformed-invite", "A greeting is too large.");
  }
  const { f, r } = greetingSchema(decodeCbor(content), "greeting");
  return { frame: f, record: r && decodePeerRecord(suite, r) };
}
