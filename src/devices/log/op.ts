import { concatBytes, toHex, utf8 } from "../../base/bytes.ts";
import { TypedError } from "../../base/errors.ts";
import { type CryptoSuite, KEY_BYTES, SIGNATURE_BYTES } from "../../crypto/index.ts";
import { checkName, type PeerId, peerIdOf } from "../../identity/index.ts";
import { decodeCbor, encodeCbor, limits, schema } from "../../wire/index.ts";
import { DevicesError } from "../errors.ts";
import { OP_BYTES_MAX, OP_PARENTS_MAX, VOUCHERS_NAMED_MAX } from "../limits.ts";

/** Bytes of an operation's id: the beginning of its SHA-256. */
export const OP_ID_BYTES = 16;
/** Bytes of the blinded id of a friend. */
export const VOUCHER_TAG_BYTES = 8;

const LABEL = utf8("peernet device op v1");

/** How a device came to its person: the first one, by another device, by words, by friends. */
export type DeviceOrigin = "first" | "paired" | "words" | "friends";

/** What an operation does to a device. */
export type DeviceChange =
  | {
      readonly kind: "add";
      readonly name: string;
      readonly origin: DeviceOrigin;
      /** Blinded ids of the friends who brought it back. */
      readonly vouchers: readonly Uint8Array[];
    }
  | { readonly kind: "revoke" }
  | { readonly kind: "name"; readonly name: string };

/** One signed operation of a device log. */
export interface DeviceOp {
  /** Hexadecimal, of all its bytes. */
  readonly id: string;
  /** The device that signed it; undefined where the person's own key did. */
  readonly author: PeerId | undefined;
  /** The sign key that signed it, 32 bytes. */
  readonly authorKey: Uint8Array;
  /** Ids of the operations that its author knew and that no other known one followed. */
  readonly parents: readonly string[];
  readonly device: PeerId;
  /** The sign key of that device, 32 bytes. */
  readonly deviceSignKey: Uint8Array;
  readonly change: DeviceChange;
  /** What the author's clock showed, milliseconds since 1970: for people, never for decisions. */
  readonly atMs: number;
  /** The encoded, signed form. */
  readonly bytes: Uint8Array;
}

const opSchema = schema.record({
  v: schema.literal(1),
  a: schema.bytes(KEY_BYTES),
  d: schema.bytes(KEY_BYTES),
  g: schema.optional(schema.list(schema.bytes(VOUCHER_TAG_BYTES), VOUCHERS_NAMED_MAX)),
  k: schema.oneOf("add", "revoke", "name"),
  n: schema.optional(schema.text(limits.NAME_BYTES_MAX)),
  o: schema.optional(schema.oneOf("first", "paired", "words", "friends")),
  p: schema.list(schema.bytes(OP_ID_BYTES), OP_PARENTS_MAX),
  w: schema.integer(0, Number.MAX_SAFE_INTEGER),
});

/** Signs with one key. */
export interface Signer {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** What an operation says besides who signs it. */
export interface OpDraft {
  /** 16 bytes each. */
  readonly parents: readonly Uint8Array[];
  readonly deviceSignKey: Uint8Array;
  readonly change: DeviceChange;
  readonly atMs: number;
}

/**
 * Canonical CBOR and the author's signature over label, the person's sign key and the CBOR.
 * @param person the sign key of the person whose log it belongs to
 */
export function encodeOp(person: Uint8Array, author: Signer, draft: OpDraft): Uint8Array {
  const { change } = draft;
  const isAdd = change.kind === "add";
  const body = encodeCbor({
    v: 1,
    a: author.publicKey,
    d: draft.deviceSignKey,
    g: isAdd && change.vouchers.length > 0 ? change.vouchers : undefined,
    k: change.kind,
    n: change.kind === "revoke" ? undefined : change.name,
    o: isAdd ? change.origin : undefined,
    p: draft.parents,
    w: draft.atMs,
  });
  return concatBytes(body, author.sign(concatBytes(LABEL, person, body)));
}

/** @throws DevicesError("bad-op") where an operation is not signed by the author that it names */
export function verifyOp(suite: CryptoSuite, person: Uint8Array, op: DeviceOp): void {
  const border = op.bytes.length - SIGNATURE_BYTES;
  const content = concatBytes(LABEL, person, op.bytes.subarray(0, border));
  if (suite.verify(op.authorKey, content, op.bytes.subarray(border))) return;
  throw badOp("is not signed by its author");
}

/**
 * Reads an operation; its signature is for `verifyOp`, and whether its author may do this for
 * `evaluate`.
 * @throws DevicesError("bad-op")
 */
export function readOp(suite: CryptoSuite, person: Uint8Array, bytes: Uint8Array): DeviceOp {
  if (bytes.length > OP_BYTES_MAX || bytes.length <= SIGNATURE_BYTES)
    throw badOp("has no fit size");
  const own = new Uint8Array(bytes);
  const border = own.length - SIGNATURE_BYTES;
  const body = own.subarray(0, border);
  try {
    const found = opSchema(decodeCbor(body), "operation");
    const parents = found.p.map(toHex);
    if (new Set(parents).size !== parents.length) throw badOp("names a parent twice");
    return {
      id: opIdOf(suite, own),
      authorKey: found.a,
      author: toHex(found.a) === toHex(person) ? undefined : peerIdOf(suite, found.a),
      parents,
      device: peerIdOf(suite, found.d),
      deviceSignKey: found.d,
      change: changeIn(found),
      atMs: found.w,
      bytes: own,
    };
  } catch (cause) {
    if (cause instanceof DevicesError || !(cause instanceof TypedError)) throw cause;
    throw badOp("is none", cause);
  }
}

/** The id of an operation's bytes. */
export function opIdOf(suite: CryptoSuite, bytes: Uint8Array): string {
  return toHex(suite.sha256(bytes).subarray(0, OP_ID_BYTES));
}

function changeIn({ g, k, n, o }: schema.Infer<typeof opSchema>): DeviceChange {
  const isFit =
    (n !== undefined) === (k !== "revoke") &&
    (o !== undefined) === (k === "add") &&
    (g === undefined || (k === "add" && g.length > 0));
  if (!isFit) throw badOp("has members of another kind");
  if (k === "revoke") return { kind: k };
  const name = n ?? "";
  checkName(name);
  return k === "name"
    ? { kind: k, name }
    : { kind: k, name, origin: o ?? "paired", vouchers: g ?? [] };
}

function badOp(why: string, cause?: unknown): DevicesError {
  return new DevicesError("bad-op", `An operation of a device log ${why}.`, { cause });
}
