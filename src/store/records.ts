import { ID_BYTES, type PeerId, peerIdFromBytes, peerIdToBytes } from "../identity/index.ts";
import { type CborValue, decodeCbor, encodeCbor, schema, WireError } from "../wire/index.ts";
import { DATA_SHARDS_MAX, FRAGMENTS_MAX } from "./erasure/index.ts";
import { fullK, type Layer } from "./geometry.ts";
import {
  LAYERS_MAX,
  MEDIA_TYPE_BYTES_MAX,
  OBJECT_NAME_BYTES_MAX,
  SPREAD_PEERS_MAX,
  STRIPE_BYTES,
  STRIPES_MAX,
} from "./limits.ts";
import { READ_KEY_BYTES } from "./link.ts";
import { hasVersionOne } from "./manifest.ts";
import { HASH_BYTES } from "./merkle.ts";
import type { LayerRole } from "./stripe-cipher.ts";

/** What the keys of object records begin with; a root in hexadecimal follows. */
export const OBJECT_PREFIX = "store/object/";
/** What the keys of fragment records begin with; root and index of three digits follow. */
export const FRAGMENT_PREFIX = "store/fragment/";
/** What the keys begin with that name leaf lists of which the fragments are not there yet; root and job follow. */
export const PENDING_PREFIX = "store/pending/";
/** What the keys of all blocks begin with. */
export const BLOCK_PREFIX = "s/";

/** The key of an object record. */
export function objectKey(root: string): string {
  return OBJECT_PREFIX + root;
}

/** The key of a head. */
export function headKey(root: string): string {
  return `store/head/${root}`;
}

/** The key of a fragment record. */
export function fragmentKey(root: string, index: number): string {
  return `${FRAGMENT_PREFIX}${root}/${threeDigits(index)}`;
}

/** The key of a fragment's leaf list. */
export function leavesKey(root: string, index: number): string {
  return `store/leaves/${root}/${threeDigits(index)}`;
}

/** What the keys of all blocks of a fragment begin with; `at` is the id of the job that wrote it. */
export function fragmentBlocks(at: string, index: number): string {
  return `${BLOCK_PREFIX}${at}/${threeDigits(index)}/`;
}

/** The key of the block with one shard. */
export function blockKey(at: string, index: number, stripe: number): string {
  return fragmentBlocks(at, index) + stripe;
}

function threeDigits(index: number): string {
  return String(index).padStart(3, "0");
}

/** A fragment that is persisted here. */
export interface FragmentEntry {
  /** Id of the job that wrote its blocks. */
  readonly at: string;
  readonly stripes: number;
  /** Bytes of its shards and leaf list. */
  readonly bytes: number;
  /** Who brought it; undefined for objects of this peer's owner. */
  readonly from: PeerId | undefined;
}

/** A layer of an object; without the read key all count as body. */
export interface ObjectLayer extends Layer {
  readonly role: LayerRole;
}

/** An object that this peer looks after: put here, or repaired here. */
export interface ObjectEntry {
  readonly root: string;
  /** Undefined where only the root is known. */
  readonly readKey: Uint8Array | undefined;
  /** Empty where the read key is not known. */
  readonly name: string;
  /** Empty where it is not known. */
  readonly mediaType: string;
  /** Bytes of the file; of all layers where the read key is not known. */
  readonly sizeBytes: number;
  /** Wall clock at the put or repair. */
  readonly createdAtMs: number;
  /** Most important first. */
  readonly layers: readonly ObjectLayer[];
  readonly n: number;
  readonly nMax: number;
  /** The peer known to hold fragment i; undefined: here or unknown. At least n, at most nMax. */
  readonly holders: readonly (PeerId | undefined)[];
  /** Number of peers, this one included, among which it was last spread completely. */
  readonly spreadOver: number;
  /**
   * Wall clock until which others want it, where this peer only heals it for them; without it,
   * it is this peer's own.
   */
  readonly lentUntilMs?: number | undefined;
}

/** Whether an object is one that this peer looks after, rather than heals for others. */
export function isOwn(object: ObjectEntry | undefined): boolean {
  return object !== undefined && object.lentUntilMs === undefined;
}

const fragmentSchema = schema.record({
  v: schema.literal(1),
  a: schema.text(64),
  s: schema.integer(1, STRIPES_MAX),
  b: schema.integer(1, Number.MAX_SAFE_INTEGER),
  f: schema.optional(schema.bytes(ID_BYTES)),
});

/** A fragment record as canonical CBOR. */
export function encodeFragment(entry: FragmentEntry): Uint8Array {
  return encodeCbor({
    v: 1,
    a: entry.at,
    s: entry.stripes,
    b: entry.bytes,
    f: entry.from === undefined ? undefined : peerIdToBytes(entry.from),
  });
}

/** @throws WireError */
export function decodeFragment(bytes: Uint8Array): FragmentEntry {
  const value = fragmentSchema(decodeCbor(bytes), "fragment");
  const from = value.f === undefined ? undefined : peerIdFromBytes(value.f);
  return { at: value.a, stripes: value.s, bytes: value.b, from };
}

const common = {
  r: schema.optional(schema.bytes(READ_KEY_BYTES)),
  m: schema.text(OBJECT_NAME_BYTES_MAX),
  s: schema.integer(0, STRIPES_MAX * STRIPE_BYTES),
  t: schema.integer(0, Number.MAX_SAFE_INTEGER),
  n: schema.integer(1, FRAGMENTS_MAX),
  h: schema.list(schema.bytes(0, ID_BYTES), FRAGMENTS_MAX),
  o: schema.integer(0, SPREAD_PEERS_MAX + 1),
};

const firstSchema = schema.record({
  ...common,
  v: schema.literal(1),
  k: schema.integer(1, DATA_SHARDS_MAX),
});

const layerSchema = schema.record({
  k: schema.integer(1, DATA_SHARDS_MAX),
  s: schema.integer(0, STRIPES_MAX * STRIPE_BYTES),
  r: schema.oneOf("preview", "body"),
});

const secondSchema = schema.record({
  ...common,
  v: schema.literal(2),
  x: schema.integer(1, FRAGMENTS_MAX),
  y: schema.text(MEDIA_TYPE_BYTES_MAX),
  l: schema.list(layerSchema, LAYERS_MAX),
  e: schema.optional(schema.integer(0, Number.MAX_SAFE_INTEGER)),
});

/** An object record as canonical CBOR; its root is in the key. */
export function encodeObject(entry: ObjectEntry): Uint8Array {
  const none = new Uint8Array(0);
  const value: CborValue = {
    v: 2,
    r: entry.readKey,
    m: entry.name,
    y: entry.mediaType,
    s: entry.sizeBytes,
    t: entry.createdAtMs,
    l: entry.layers.map(({ k, sizeBytes, role }) => ({ k, s: sizeBytes, r: role })),
    n: entry.n,
    x: entry.nMax,
    h: entry.holders.map((id) => (id === undefined ? none : peerIdToBytes(id))),
    o: entry.spreadOver,
    e: entry.lentUntilMs,
  };
  return encodeCbor(value);
}

/** @throws WireError */
export function decodeObject(root: string, bytes: Uint8Array): ObjectEntry {
  const decoded = decodeCbor(bytes);
  const entry = hasVersionOne(decoded) ? firstObject(root, decoded) : secondObject(root, decoded);
  const { layers, holders, n, nMax } = entry;
  const isHeld = holders.length >= n && holders.length <= nMax;
  if (!isHeld || layers.length === 0 || fullK(entry) > n) {
    throw new WireError("out-of-range", "An object record does not fit its own code.");
  }
  return entry;
}

/** Of a record as Peernet 0.1 wrote it: one layer, no reserve. */
function firstObject(root: string, decoded: unknown): ObjectEntry {
  const { k, ...value } = firstSchema(decoded, "object");
  const layers = [{ k, sizeBytes: value.s, role: "body" as const }];
  return { ...commonOf(root, value), mediaType: "", layers, nMax: value.n };
}

function secondObject(root: string, decoded: unknown): ObjectEntry {
  const value = secondSchema(decoded, "object");
  const layers = value.l.map(({ k, s, r }) => ({ k, sizeBytes: s, role: r }));
  const more = value.e === undefined ? {} : { lentUntilMs: value.e };
  return { ...commonOf(root, value), mediaType: value.y, layers, nMax: value.x, ...more };
}

function commonOf(
  root: string,
  value: Omit<schema.Infer<typeof firstSchema>, "v" | "k">,
): Omit<ObjectEntry, "mediaType" | "layers" | "nMax"> {
  return {
    root,
    readKey: value.r,
    name: value.m,
    sizeBytes: value.s,
    createdAtMs: value.t,
    n: value.n,
    holders: value.h.map((id) => (id.length === ID_BYTES ? peerIdFromBytes(id) : undefined)),
    spreadOver: value.o,
  };
}

const PENDING_VERSION = 1;

/** Fragments of which leaf lists are being written before the fragments are: a version, and a byte for each. */
export function encodePending(indices: readonly number[]): Uint8Array {
  return Uint8Array.of(PENDING_VERSION, ...indices);
}

/** The same as numbers; none where the record is a newer Peernet's. */
export function decodePending(bytes: Uint8Array): readonly number[] {
  return bytes[0] === PENDING_VERSION ? [...bytes.subarray(1)] : [];
}

const LEAVES_VERSION = 1;

/** Bytes in front of a leaf list: its version. */
export const LEAVES_HEAD_BYTES = 1;

/** Makes a record of memory to which a leaf list was written behind its head. */
export function completeLeaves(record: Uint8Array): Uint8Array {
  record[0] = LEAVES_VERSION;
  return record;
}

/** The leaf list in a record, or undefined where it is none. */
export function decodeLeaves(bytes: Uint8Array): Uint8Array | undefined {
  const isWhole = bytes.length > 1 && (bytes.length - 1) % HASH_BYTES === 0;
  return bytes[0] === LEAVES_VERSION && isWhole ? bytes.subarray(1) : undefined;
}
