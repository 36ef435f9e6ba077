import { fromBase32, toBase32 } from "../../base/base32.ts";
import { concatBytes, fromHex, fromUtf8, toHex, utf8 } from "../../base/bytes.ts";
import { must, TypedError } from "../../base/errors.ts";
import { type CryptoSuite, isLowOrderDhKey, KEY_BYTES } from "../../crypto/index.ts";
import {
  devicesBehind,
  type LocalIdentity,
  PERSON_WORD_BYTES_MAX,
  type PeerId,
  type PersonId,
  type PersonPublicKeys,
  peerIdOf,
  personIdOf,
  signForPerson,
} from "../../identity/index.ts";
import { type CborValue, decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import { AMOUNT_MAX } from "../amount.ts";
import { MoneyError } from "../errors.ts";
import type { CurrencyId } from "../line-desk.ts";
import {
  HINTS_MAX,
  INVOICE_BYTES_MAX,
  INVOICE_MEMO_BYTES_MAX,
  LAYER_PAYLOAD_BYTES,
  PAYMENT_LINK_CHARS_MAX,
  SIGNATURES_REMEMBERED_MAX,
} from "./limits.ts";
import { PATH_BYTES_MAX, rootOf, treeOf } from "./request-tree.ts";
import type { PaymentId } from "./types.ts";

const PREFIX = "peernet:pay/";
const CONTEXT = utf8("peernet invoice v1");
const TREE_CONTEXT = utf8("peernet invoices v1");
const PROOF = utf8("peernet invoice proof v1");
/** Bytes of a hash lock and of its preimage. */
export const HASH_BYTES = 32;
/** Bytes by which a part of a payment shows that whoever sent it has the invoice. */
export const PROOF_BYTES: number = LAYER_PAYLOAD_BYTES - 1;
/** Bytes by which a line is named in onions and hints. */
export const SELECTOR_BYTES = 6;
const PERSON_BYTES = 16;
const CURRENCY_CHARS_MAX = 64;

const bodySchema = schema.record({
  v: schema.literal(1),
  a: schema.integer(1, AMOUNT_MAX),
  c: schema.text(CURRENCY_CHARS_MAX),
  d: schema.bytes(KEY_BYTES),
  h: schema.bytes(HASH_BYTES),
  k: schema.bytes(KEY_BYTES),
  m: schema.text(INVOICE_MEMO_BYTES_MAX),
  p: schema.bytes(KEY_BYTES),
  r: schema.list(
    schema.record({
      d: schema.bytes(KEY_BYTES),
      l: schema.bytes(SELECTOR_BYTES),
      p: schema.bytes(PERSON_BYTES),
    }),
    HINTS_MAX,
  ),
  x: schema.integer(0, Number.MAX_SAFE_INTEGER),
});

const wholeSchema = schema.record({
  b: schema.bytes(1, INVOICE_BYTES_MAX),
  w: schema.bytes(1, PERSON_WORD_BYTES_MAX),
  /** Where the signature covers several: the way from `b` to what is signed. */
  t: schema.optional(schema.bytes(1, PATH_BYTES_MAX)),
});

/** A way into the payee's neighbourhood: somebody with a line to the payee. */
export interface RouteHint {
  readonly person: PersonId;
  /** Their X25519 public key. */
  readonly dhKey: Uint8Array;
  /** Their line to the payee: SELECTOR_BYTES. */
  readonly selector: Uint8Array;
}

/** What the payee asks for; the rest is keys and signature. */
export interface InvoiceTerms {
  readonly amount: number;
  readonly currency: CurrencyId;
  /** SHA-256 of what the payee shows when it is paid. */
  readonly hash: Uint8Array;
  readonly memo: string;
  /** Wall-clock time, milliseconds since 1970. */
  readonly expiresAtMs: number;
  readonly hints: readonly RouteHint[];
}

/** A signed request for money. */
export interface Invoice extends InvoiceTerms {
  readonly payee: PersonId;
  /** X25519 public key of the payee's device that waits for the money. */
  readonly dhKey: Uint8Array;
  /** Devices behind the signature, the signing one first; none: the person's own key. */
  readonly devices: readonly PeerId[];
  /** What only those know who have the invoice: PROOF_BYTES. */
  readonly proof: Uint8Array;
  /** As it was signed. */
  readonly bytes: Uint8Array;
}

/**
 * Signs what is asked for.
 * @throws MoneyError("bad-invoice") where the terms are beyond what others would read
 */
export function signInvoice(
  suite: CryptoSuite,
  identity: LocalIdentity,
  terms: InvoiceTerms,
): Invoice {
  const [invoice] = signInvoices(suite, identity, [terms]);
  return must(invoice, "one was asked for");
}

/**
 * Signs several requests at once, whoever they are for: each shows by a path of hashes that what is signed covers it,
 * and is worth as much as with a signature of its own. One alone is signed as such, as peers of before read it.
 * @param all 1 … REQUESTS_PER_SIGNATURE_MAX of them
 * @throws MoneyError("bad-invoice") where the terms of one are beyond what others would read
 */
export function signInvoices(
  suite: CryptoSuite,
  identity: LocalIdentity,
  all: readonly InvoiceTerms[],
): readonly Invoice[] {
  const bodies = all.map((terms) => fieldsOf(identity, terms));
  const contents = bodies.map((fields) => encodeCbor(fields));
  const [first] = contents;
  const tree = contents.length > 1 ? treeOf(suite, contents) : undefined;
  const signed =
    tree === undefined
      ? concatBytes(CONTEXT, must(first, "one is asked for"))
      : concatBytes(TREE_CONTEXT, tree.root);
  const w = signForPerson(identity, signed);
  const devices = devicesOf(suite, identity);
  // Its own signature needs no look, nor its bytes to be read; whether others would read them does.
  return contents.map((b, at) =>
    soundly(() => {
      const t = tree?.paths[at];
      const whole = wholeSchema(t === undefined ? { b, w } : { b, w, t }, "invoice");
      const bytes = encodeCbor({ ...whole });
      if (bytes.length > INVOICE_BYTES_MAX) throw damaged();
      return invoiceOf(suite, bodySchema(bodies[at], "invoice"), { b, bytes, devices });
    }),
  );
}

function fieldsOf(identity: LocalIdentity, terms: InvoiceTerms): CborValue {
  return {
    v: 1,
    a: terms.amount,
    c: terms.currency,
    d: identity.dhKey.publicKey,
    h: terms.hash,
    k: identity.person.signKey.publicKey,
    // As others will read it: what is no text becomes one when it is written.
    m: fromUtf8(utf8(terms.memo)) ?? "",
    p: identity.person.dhKey.publicKey,
    r: terms.hints.map(({ dhKey, person, selector }) => ({
      d: dhKey,
      l: selector,
      p: must(fromHex(person), "a person's id is hexadecimal"),
    })),
    x: terms.expiresAtMs,
  };
}

/** The devices that stand behind what this one signs. */
function devicesOf(suite: CryptoSuite, identity: LocalIdentity): readonly PeerId[] {
  const { certificate, person, signKey } = identity;
  if (person.root !== undefined) return [];
  const keys = [signKey.publicKey, ...certificate.via.map((voucher) => voucher.signKey)];
  return keys.map((key) => peerIdOf(suite, key));
}

/**
 * Reads an invoice and checks its signature; whether it has expired is the caller's to see.
 * @throws MoneyError("bad-invoice")
 */
export function decodeInvoice(suite: CryptoSuite, bytes: Uint8Array): Invoice {
  return soundly(() => {
    if (bytes.length > INVOICE_BYTES_MAX) throw damaged();
    const { b, t, w } = wholeSchema(decodeCbor(bytes), "invoice");
    const body = bodySchema(decodeCbor(b), "invoice");
    const person = { signKey: body.k, dhKey: body.p };
    const devices =
      t === undefined
        ? devicesBehind(suite, person, concatBytes(CONTEXT, b), w)
        : devicesBehindTree(suite, person, { b, t, w });
    if (devices === undefined) throw damaged();
    return invoiceOf(suite, body, { b, bytes, devices });
  });
}

/** Signatures under several requests that were right, the newest last: the next request under one needs no look at it. */
const remembered = new WeakMap<CryptoSuite, Map<string, readonly PeerId[]>>();

function devicesBehindTree(
  suite: CryptoSuite,
  person: PersonPublicKeys,
  { b, t, w }: { readonly b: Uint8Array; readonly t: Uint8Array; readonly w: Uint8Array },
): readonly PeerId[] | undefined {
  const root = rootOf(suite, b, t);
  if (root === undefined) return undefined;
  const known = remembered.get(suite) ?? new Map<string, readonly PeerId[]>();
  remembered.set(suite, known);
  const name = toHex(suite.sha256(person.signKey, person.dhKey, root, w));
  const before = known.get(name);
  if (before !== undefined) return before;
  const devices = devicesBehind(suite, person, concatBytes(TREE_CONTEXT, root), w);
  if (devices === undefined) return undefined;
  known.set(name, devices);
  const [oldest] = known.keys();
  if (known.size > SIGNATURES_REMEMBERED_MAX && oldest !== undefined) known.delete(oldest);
  return devices;
}

/** What the body of an invoice says, with what stands behind it. @throws MoneyError("bad-invoice") */
function invoiceOf(
  suite: CryptoSuite,
  { a, c, d, h, k, m, r, x }: ReturnType<typeof bodySchema>,
  { b, bytes, devices }: Pick<Invoice, "bytes" | "devices"> & { readonly b: Uint8Array },
): Invoice {
  if ([d, ...r.map((hint) => hint.d)].some(isLowOrderDhKey)) throw damaged();
  return {
    amount: a,
    currency: c,
    hash: h,
    memo: m,
    expiresAtMs: x,
    hints: r.map((hint) => ({ person: toHex(hint.p), dhKey: hint.d, selector: hint.l })),
    payee: personIdOf(suite, k),
    dhKey: d,
    devices,
    proof: suite.sha256(PROOF, b).slice(0, PROOF_BYTES),
    bytes,
  };
}

/** @throws MoneyError("bad-invoice") for whatever is wrong with an invoice */
function soundly(make: () => Invoice): Invoice {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof TypedError)) throw cause;
    throw cause instanceof MoneyError ? cause : damaged(cause);
  }
}

/** What an invoice says, without looking at its signature: for bytes that were checked before they were kept. */
export function keptTerms(
  suite: CryptoSuite,
  bytes: Uint8Array,
): Pick<Invoice, "amount" | "currency" | "hash" | "memo" | "payee"> {
  const { b } = wholeSchema(decodeCbor(bytes), "invoice");
  const { a, c, h, k, m } = bodySchema(decodeCbor(b), "invoice");
  return { amount: a, currency: c, hash: h, memo: m, payee: personIdOf(suite, k) };
}

/** An invoice as a link, for people, programs and QR codes. */
export function invoiceLink(invoice: Pick<Invoice, "bytes">): string {
  return PREFIX + toBase32(invoice.bytes);
}

/** What an invoice, its payment and its receipt are named by. */
export function paymentIdOf({ hash }: Pick<Invoice, "hash">): PaymentId {
  return toBase32(hash);
}

/** Whether a text wants to be the link of an invoice. */
export function isInvoiceLink(text: string): boolean {
  return text.trim().slice(0, PREFIX.length).toLowerCase() === PREFIX;
}

/**
 * The invoice behind a link.
 * @throws MoneyError("bad-invoice")
 */
export function parseInvoiceLink(suite: CryptoSuite, link: string): Invoice {
  const bytes = bytesOfLink(PREFIX, link);
  if (bytes === undefined) throw damaged();
  return decodeInvoice(suite, bytes);
}

/** What stands behind the beginning of a link, or undefined where it is no such link. */
export function bytesOfLink(prefix: string, link: string): Uint8Array | undefined {
  const trimmed = link.length > PAYMENT_LINK_CHARS_MAX ? "" : link.trim();
  if (trimmed.slice(0, prefix.length).toLowerCase() !== prefix) return undefined;
  return fromBase32(trimmed.slice(prefix.length));
}

function damaged(cause?: unknown): MoneyError {
  return new MoneyError(
    "bad-invoice",
    "This request for money is not whole or was altered. Ask the payee for it again, and copy the link from 'peernet:pay/' to its end.",
    { cause },
  );
}
