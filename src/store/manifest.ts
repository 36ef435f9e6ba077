import { TAG_BYTES } from "../crypto/index.ts";
import { type CborValue, decodeCbor, encodeCbor, schema, WireError } from "../wire/index.ts";
import { DATA_SHARDS_MAX, FRAGMENTS_MAX } from "./erasure/index.ts";
import { type Geometry, type Layer, sizeOf, stripeCount } from "./geometry.ts";
import {
  LAYERS_MAX,
  MANIFEST_BYTES_MAX,
  SEALED_META_BYTES_MAX,
  STRIPE_BYTES,
  STRIPE_BYTES_MIN,
  STRIPES_MAX,
} from "./limits.ts";

/** What everybody who holds a fragment knows about an object. */
export interface Manifest extends Geometry {
  /** Fragments that were made at the put: what healing aims at. */
  readonly n: number;
  /** Fragments that the object commits to; those from n on can be made when they are needed. */
  readonly nMax: number;
  /** What the object is, sealed; only the read key opens it. */
  readonly sealedMeta: Uint8Array;
}

/** Version of the manifests that puts make. */
export const MANIFEST_VERSION = 2;
/** The Reed-Solomon code of erasure/code.ts; a later one gets another number. */
const CODE = 1;
const OBJECT_BYTES_MAX = STRIPES_MAX * STRIPE_BYTES;

const layerSchema = schema.record({
  k: schema.integer(1, DATA_SHARDS_MAX),
  s: schema.integer(0, OBJECT_BYTES_MAX),
});

const common = {
  c: schema.literal(CODE),
  b: schema.integer(STRIPE_BYTES_MIN, STRIPE_BYTES),
  n: schema.integer(1, FRAGMENTS_MAX),
  m: schema.bytes(TAG_BYTES, SEALED_META_BYTES_MAX),
};

const firstSchema = schema.record({
  ...common,
  v: schema.literal(1),
  s: schema.integer(0, OBJECT_BYTES_MAX),
  l: schema.list(layerSchema, 1),
});

const secondSchema = schema.record({
  ...common,
  v: schema.literal(MANIFEST_VERSION),
  x: schema.integer(1, FRAGMENTS_MAX),
  l: schema.list(layerSchema, LAYERS_MAX),
});

/** The manifest as canonical CBOR; these bytes are what the root commits to. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const { version, stripeBytes, n, nMax, sealedMeta } = manifest;
  const layers = manifest.layers.map(({ k, sizeBytes }) => ({ k, s: sizeBytes }));
  const value = { v: version, c: CODE, b: stripeBytes, n, l: layers, m: sealedMeta };
  const more: Record<string, CborValue> = version === 1 ? { s: sizeOf(manifest) } : { x: nMax };
  return encodeCbor({ ...value, ...more });
}

/**
 * The manifest in these bytes, which stay untouched.
 * @throws WireError for anything that no version would write
 */
export function decodeManifest(bytes: Uint8Array): Manifest {
  if (bytes.length > MANIFEST_BYTES_MAX) {
    throw new WireError("too-large", "The manifest is longer than any manifest is.");
  }
  const value = decodeCbor(bytes);
  const manifest = hasVersionOne(value) ? decodeFirst(value) : decodeSecond(value);
  if (manifest.layers.length === 0 || manifest.layers.some(({ k }) => k > manifest.n)) {
    throw new WireError("out-of-range", "The manifest's layers do not fit its code.");
  }
  if (stripeCount(manifest) > STRIPES_MAX) {
    throw new WireError("out-of-range", "The object has more stripes than are allowed.");
  }
  return manifest;
}

/** Whether a decoded record or manifest says that it is of the first format. */
export function hasVersionOne(value: unknown): boolean {
  return typeof value === "object" && value !== null && "v" in value && value.v === 1;
}

function decodeFirst(decoded: unknown): Manifest {
  const value = firstSchema(decoded, "manifest");
  const layers = value.l.map(toLayer);
  if (sizeOf({ layers }) !== value.s) {
    throw new WireError("out-of-range", "The manifest's layer does not cover the object.");
  }
  const { b: stripeBytes, n, m: sealedMeta } = value;
  return { version: 1, stripeBytes, n, nMax: n, layers, sealedMeta };
}

function decodeSecond(decoded: unknown): Manifest {
  const value = secondSchema(decoded, "manifest");
  const layers = value.l.map(toLayer);
  const { b: stripeBytes, n, x: nMax, m: sealedMeta } = value;
  const isAscending = layers.every(({ k }, i) => k >= (layers[i - 1]?.k ?? 1));
  const isFilled = layers.length === 1 || layers.every(({ sizeBytes }) => sizeBytes > 0);
  if (nMax < n || !isAscending || !isFilled) {
    throw new WireError("out-of-range", "The manifest's layers are not in order.");
  }
  return { version: MANIFEST_VERSION, stripeBytes, n, nMax, layers, sealedMeta };
}

function toLayer({ k, s }: { readonly k: number; readonly s: number }): Layer {
  return { k, sizeBytes: s };
}
