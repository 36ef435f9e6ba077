import { concatBytes, equalBytes, NO_BYTES, utf8 } from "../base/bytes.ts";
import { isLowOrderDhKey, KEY_BYTES, SIGNATURE_BYTES } from "../crypto/points.ts";
import type { CryptoSuite } from "../crypto/suite.ts";
import { decodeCbor } from "../wire/cbor.ts";
import { encodeCbor } from "../wire/cbor-encode.ts";
import { WireError } from "../wire/errors.ts";
import { NAME_BYTES_MAX, PEER_RECORD_BYTES_MAX } from "../wire/limits.ts";
import * as schema from "../wire/schema.ts";
import { peerIdOf, personIdOf } from "./address.ts";
import { IdentityError } from "./errors.ts";
import { CHAIN_BYTES, SEQNO_MAX, VOUCHERS_MAX } from "./limits.ts";
import { checkName } from "./name.ts";
import { verifyCertificate } from "./person.ts";
import type { LocalIdentity, PeerId, PeerRecord, PersonCertificate, Voucher } from "./types.ts";

const NONE: readonly Voucher[] = [];
const RECORD_LABEL = utf8("peernet peer record v1");

const VOUCHER = schema.record({ k: schema.bytes(KEY_BYTES), s: schema.bytes(SIGNATURE_BYTES) });

const BODY = schema.record({
  // Version 2 is version 1 with vouchers, and never without.
  v: schema.integer(1, 2),
  k: schema.bytes(KEY_BYTES),
  d: schema.bytes(KEY_BYTES),
  q: schema.integer(0, SEQNO_MAX),
  n: schema.text(NAME_BYTES_MAX),
  c: schema.optional(schema.bytes(CHAIN_BYTES)),
  p: schema.record({
    k: schema.bytes(KEY_BYTES),
    d: schema.bytes(KEY_BYTES),
    s: schema.bytes(SIGNATURE_BYTES),
    a: schema.optional(schema.list(VOUCHER, VOUCHERS_MAX)),
  }),
});

/**
 * What this peer says of itself, signed: canonical CBOR followed by the device's signature.
 * @param about `seqno` must be above that of every record sent before; `chain` is the end of a
 *   hash chain whose links stand for the numbers after it (see `routing/chain.ts`)
 * @throws IdentityError("bad-name") for a name that others would refuse
 */
export function encodePeerRecord(
  identity: LocalIdentity,
  about: { readonly name: string; readonly seqno: number; readonly chain?: Uint8Array },
): Uint8Array {
  checkName(about.name);
  const { via } = identity.certificate;
  const body = encodeCbor({
    v: via.length === 0 ? 1 : 2,
    k: identity.signKey.publicKey,
    d: identity.dhKey.publicKey,
    q: schema.integer(0, SEQNO_MAX)(about.seqno, "seqno"),
    n: about.name,
    c: about.chain,
    p: {
      k: identity.certificate.signKey,
      d: identity.certificate.dhKey,
      s: identity.certificate.signature,
      a: via.length === 0 ? undefined : via.map(({ signKey: k, signature: s }) => ({ k, s })),
    },
  });
  return concatBytes(body, identity.signKey.sign(concatBytes(RECORD_LABEL, body)));
}

/**
 * Reads and verifies a peer's record. The record keeps its own copy of `bytes`.
 * @param known an earlier record of that peer, already verified, or where to find one: what is
 *   the same is not verified again, which halves the cost of a fresh announcement; where all is
 *   the same, it is the one that is returned
 * @throws WireError where the bytes are no record
 * @throws IdentityError("bad-name" | "bad-key" | "bad-certificate" | "bad-signature") where they
 *   are one that must not be believed
 */
export function decodePeerRecord(
  suite: CryptoSuite,
  bytes: Uint8Array,
  known?: PeerRecord | ((id: PeerId) => PeerRecord | undefined),
): PeerRecord {
  const own = copyWithinLimits(bytes);
  const bodyBytes = own.length - SIGNATURE_BYTES;
  const body = own.subarray(0, bodyBytes);
  const { v, k, d, q, n, c, p } = BODY(decodeCbor(body), "record");
  if ((v === 2) !== (p.a ?? []).length > 0) {
    throw new WireError("out-of-range", "A peer record's version does not fit its vouchers.");
  }
  const id = peerIdOf(suite, k);
  const before = typeof known === "function" ? known(id) : known;
  if (before?.seqno === q && equalBytes(before.bytes, own)) return before;
  checkName(n);
  if (isLowOrderDhKey(d) || isLowOrderDhKey(p.d)) {
    throw new IdentityError("bad-key", "The peer record holds a key that gives no secrecy.");
  }
  if (!suite.verify(k, concatBytes(RECORD_LABEL, body), own.subarray(bodyBytes))) {
    throw new IdentityError("bad-signature", "The peer record is not signed by its own key.");
  }
  const person: PersonCertificate = {
    personId: personIdOf(suite, p.k),
    signKey: viewIn(own, p.k),
    dhKey: viewIn(own, p.d),
    signature: viewIn(own, p.s),
    via:
      p.a?.map((one) => ({ signKey: viewIn(own, one.k), signature: viewIn(own, one.s) })) ?? NONE,
  };
  if (!isSameCertificate(person, k, before) && !verifyCertificate(suite, person, k)) {
    throw new IdentityError("bad-certificate", "The person named never vouched for this device.");
  }
  const [signKey, dhKey] = [viewIn(own, k), viewIn(own, d)];
  const chain = c && viewIn(own, c);
  return { id, signKey, dhKey, seqno: q, name: n, chain, person, bytes: own };
}

/**
 * The same bytes where they stand in the record: arrays of their own would take more memory than
 * the whole record, of which there are thousands.
 */
function viewIn(record: Uint8Array, part: Uint8Array): Uint8Array {
  const first = part[0] ?? 0;
  for (let at = record.indexOf(first); at >= 0; at = record.indexOf(first, at + 1)) {
    const view = record.subarray(at, at + part.length);
    if (equalBytes(view, part)) return view;
  }
  return part;
}

function copyWithinLimits(bytes: Uint8Array): Uint8Array {
  if (bytes.length > PEER_RECORD_BYTES_MAX) {
    throw new WireError("too-large", `A peer record of ${bytes.length} bytes is above the limit.`);
  }
  if (bytes.length <= SIGNATURE_BYTES) {
    throw new WireError("truncated", "A peer record ends before its signature.");
  }
  return new Uint8Array(bytes);
}

function isSameCertificate(
  person: PersonCertificate,
  deviceSignKey: Uint8Array,
  known: PeerRecord | undefined,
): boolean {
  return (
    known !== undefined &&
    equalBytes(known.signKey, deviceSignKey) &&
    equalBytes(known.person.signKey, person.signKey) &&
    equalBytes(known.person.dhKey, person.dhKey) &&
    equalBytes(known.person.signature, person.signature) &&
    sameVouchers(known.person.via, person.via)
  );
}

function sameVouchers(a: readonly Voucher[], b: readonly Voucher[]): boolean {
  return (
    a.length === b.length &&
    a.every(
      ({ signKey, signature }, at) =>
        equalBytes(signKey, b[at]?.signKey ?? NO_BYTES) &&
        equalBytes(signature, b[at]?.signature ?? NO_BYTES),
    )
  );
}
