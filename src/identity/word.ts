import { concatBytes, utf8 } from "../base/bytes.ts";
import { TypedError } from "../base/errors.ts";
import { KEY_BYTES, SIGNATURE_BYTES } from "../crypto/points.ts";
import type { CryptoSuite } from "../crypto/suite.ts";
import { decodeCbor } from "../wire/cbor.ts";
import { encodeCbor } from "../wire/cbor-encode.ts";
import * as schema from "../wire/schema.ts";
import { peerIdOf, personIdOf } from "./address.ts";
import { VOUCHERS_MAX } from "./limits.ts";
import { type PersonPublicKeys, verifyCertificate } from "./person.ts";
import type { LocalIdentity, PeerId } from "./types.ts";

/** Bytes of something signed for a person: 64 by the person's own key, more by a device. */
export const PERSON_WORD_BYTES_MAX = 448;

const LABEL = utf8("peernet device word v1");

const deviceWord = schema.record({
  v: schema.literal(2),
  a: schema.list(
    schema.record({ k: schema.bytes(KEY_BYTES), s: schema.bytes(SIGNATURE_BYTES) }),
    VOUCHERS_MAX,
  ),
  c: schema.bytes(SIGNATURE_BYTES),
  k: schema.bytes(KEY_BYTES),
  s: schema.bytes(SIGNATURE_BYTES),
});

/**
 * Signs `content` for the person of this device: with the person's own key where the device holds
 * it, which peers of any version understand, else with the device's and its certificate.
 */
export function signForPerson(
  identity: Pick<LocalIdentity, "signKey" | "person" | "certificate">,
  content: Uint8Array,
): Uint8Array {
  const { person, certificate, signKey } = identity;
  if (person.root !== undefined) return person.root.sign(content);
  return encodeCbor({
    v: 2,
    a: certificate.via.map((voucher) => ({ k: voucher.signKey, s: voucher.signature })),
    c: certificate.signature,
    k: signKey.publicKey,
    s: signKey.sign(concatBytes(LABEL, certificate.signKey, content)),
  });
}

/**
 * Which devices stand behind a word for a person: none where the person's own key signed it, else
 * the signing device and those that vouched for it. Undefined where the word is not the person's.
 * Whether one of the devices was revoked is the caller's to see.
 */
export function devicesBehind(
  suite: CryptoSuite,
  person: PersonPublicKeys,
  content: Uint8Array,
  word: Uint8Array,
): readonly PeerId[] | undefined {
  const { signKey, dhKey } = person;
  if (word.length === SIGNATURE_BYTES) {
    return suite.verify(signKey, content, word) ? [] : undefined;
  }
  try {
    const { a, c, k, s } = deviceWord(decodeCbor(word), "word");
    const via = a.map((voucher) => ({ signKey: voucher.k, signature: voucher.s }));
    const personId = personIdOf(suite, signKey);
    const certificate = { personId, signKey, dhKey, signature: c, via };
    const isTheirs =
      suite.verify(k, concatBytes(LABEL, signKey, content), s) &&
      verifyCertificate(suite, certificate, k);
    return isTheirs
      ? [k, ...a.map((voucher) => voucher.k)].map((key) => peerIdOf(suite, key))
      : undefined;
  } catch (error) {
    if (!(error instanceof TypedError)) throw error;
    return undefined;
  }
}
