import { TAG_BYTES } from "../crypto/index.ts";
import { type CborValue, decodeCbor, encodeCbor, schema, WireError } from "../wire/index.ts";
import { DATA_SHARDS_MAX, FRAGMENTS_MAX } from "./erasure/index.ts";
import {
  MANIFEST_BYTES_MAX,
  SEALED_NAME_BYTES_MAX,
  SHARD_ALIGN_BYTES,
  STRIPE_BYTES,
  STRIPE_BYTES_MIN,
  STRIPES_MAX,
} from "./limits.ts";

/** What everybody who holds a fragment knows about an object. */
export interface Manifest {
  /** Bytes of the object. */
  readonly sizeBytes: number;
  /** Bytes of the object in each stripe but the last. */
  readonly stripeBytes: number;
  /** Fragments that it takes to read. */
  readonly k: number;
  /** Fragments that were made. */
  readonly n: number;
  /** The sealed name; only the read key opens it. */
  readonly sealedName: Uint8Array;
}

/** The Reed-Solomon code of erasure/code.ts; a later one gets another number. */
const CODE = 1;

const manifestSchema = schema.record({
  v: schema.literal(1),
  c: schema.literal(CODE),
  s: schema.integer(0, STRIPES_MAX * STRIPE_BYTES),
  b: schema.integer(STRIPE_BYTES_MIN, STRIPE_BYTES),
  n: schema.integer(1, FRAGMENTS_MAX),
  l: schema.list(
    schema.record({
      k: schema.integer(1, DATA_SHARDS_MAX),
      s: schema.integer(0, STRIPES_MAX * STRIPE_BYTES),
    }),
    1,
  ),
  m: schema.bytes(TAG_BYTES, SEALED_NAME_BYTES_MAX),
});

/** The manifest as canonical CBOR; these bytes are what the root commits to. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const value: CborValue = {
    v: 1,
    c: CODE,
    s: manifest.sizeBytes,
    b: manifest.stripeBytes,
    n: manifest.n,
    l: [{ k: manifest.k, s: manifest.sizeBytes }],
    m: manifest.sealedName,
  };
  return encodeCbor(value);
}

/**
 * The manifest in these bytes, which stay untouched.
 * @throws WireError for anything that this version would not write
 */
export function decodeManifest(bytes: Uint8Array): Manifest {
  if (bytes.length > MANIFEST_BYTES_MAX) {
    throw new WireError("too-large", "The manifest is longer than any manifest is.");
  }
  const value = manifestSchema(decodeCbor(bytes), "manifest");
  const layer = value.l[0];
  if (layer === undefined || layer.s !== value.s || layer.k > value.n) {
    throw new WireError("out-of-range", "The manifest's layer does not cover the object.");
  }
  const manifest: Manifest = {
    sizeBytes: value.s,
    stripeBytes: value.b,
    k: layer.k,
    n: value.n,
    sealedName: value.m,
  };
  if (stripeCount(manifest) > STRIPES_MAX) {
    throw new WireError("out-of-range", "The object has more stripes than are allowed.");
  }
  return manifest;
}

/** What the lengths of stripes and shards follow from. */
export type Geometry = Pick<Manifest, "sizeBytes" | "stripeBytes" | "k" | "n">;

/** Stripes of an object; an empty one has a single, empty stripe. */
export function stripeCount(geometry: Pick<Geometry, "sizeBytes" | "stripeBytes">): number {
  return Math.max(1, Math.ceil(geometry.sizeBytes / geometry.stripeBytes));
}

/** Bytes of the object in a stripe. */
export function plainBytes(geometry: Geometry, stripe: number): number {
  return Math.min(geometry.stripeBytes, geometry.sizeBytes - stripe * geometry.stripeBytes);
}

/** Bytes of one shard of a stripe with this many bytes of the object. */
export function shardBytesOf(plainLength: number, k: number): number {
  const each = Math.ceil((plainLength + TAG_BYTES) / k);
  return Math.ceil(each / SHARD_ALIGN_BYTES) * SHARD_ALIGN_BYTES;
}

/** Bytes of each shard of a stripe. */
export function shardBytes(geometry: Geometry, stripe: number): number {
  return shardBytesOf(plainBytes(geometry, stripe), geometry.k);
}

/** Bytes of all shards of one fragment. */
export function fragmentBytes(geometry: Geometry): number {
  const last = stripeCount(geometry) - 1;
  return last * shardBytesOf(geometry.stripeBytes, geometry.k) + shardBytes(geometry, last);
}
