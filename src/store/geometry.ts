import { must } from "../base/errors.ts";
import { TAG_BYTES } from "../crypto/index.ts";
import { SHARD_ALIGN_BYTES, SHARD_BYTES_AIM } from "./limits.ts";

/** Bytes of an object that any `k` of its fragments give back. */
export interface Layer {
  readonly k: number;
  /** Bytes before they are sealed; at least 1, except in an empty object's only layer. */
  readonly sizeBytes: number;
}

/**
 * What the lengths of stripes and shards follow from. Stripes are numbered through all layers,
 * the most important layer first; every layer begins a new stripe.
 */
export interface Geometry {
  /** Version of the manifest: in 1 a stripe was as long as `stripeBytes` whatever k was. */
  readonly version: 1 | 2;
  /** Bytes of the object in a full stripe, at most. */
  readonly stripeBytes: number;
  readonly layers: readonly Layer[];
}

/** Where a stripe is. */
export interface StripePlace {
  readonly layer: number;
  readonly k: number;
  /** The first of its bytes, counted in its layer. */
  readonly fromByte: number;
  readonly plainBytes: number;
  /** Whether it is the last one of its layer. */
  readonly isLast: boolean;
}

/** Bytes of all layers. */
export function sizeOf(geometry: Pick<Geometry, "layers">): number {
  return geometry.layers.reduce((sum, layer) => sum + layer.sizeBytes, 0);
}

/** Fragments that it takes to read everything. */
export function fullK(geometry: Pick<Geometry, "layers">): number {
  return geometry.layers.reduce((most, layer) => Math.max(most, layer.k), 1);
}

/** Bytes of the object in a full stripe of a layer with this k: few shards make short stripes. */
export function layerStripeBytes(
  { version, stripeBytes }: Omit<Geometry, "layers">,
  k: number,
): number {
  return version === 1 ? stripeBytes : Math.min(stripeBytes, k * SHARD_BYTES_AIM);
}

/** Stripes of one layer; an empty one has a single, empty stripe. */
export function layerStripes(geometry: Geometry, layer: Layer): number {
  return Math.max(1, Math.ceil(layer.sizeBytes / layerStripeBytes(geometry, layer.k)));
}

/** Stripes of an object. */
export function stripeCount(geometry: Geometry): number {
  let count = 0;
  for (const layer of geometry.layers) count += layerStripes(geometry, layer);
  return count;
}

/** Where stripe `stripe` is; it must be below `stripeCount`. */
export function stripePlace(geometry: Geometry, stripe: number): StripePlace {
  return must(findPlace(geometry, stripe), "a stripe number is below the object's count");
}

function findPlace(geometry: Geometry, stripe: number): StripePlace | undefined {
  let first = 0;
  for (const [index, layer] of geometry.layers.entries()) {
    const count = layerStripes(geometry, layer);
    if (stripe < first + count) {
      const full = layerStripeBytes(geometry, layer.k);
      const fromByte = (stripe - first) * full;
      return {
        layer: index,
        k: layer.k,
        fromByte,
        plainBytes: Math.min(full, layer.sizeBytes - fromByte),
        isLast: stripe === first + count - 1,
      };
    }
    first += count;
  }
  return undefined;
}

/** Number of the first stripe of a layer. */
export function firstStripeOf(geometry: Geometry, layer: number): number {
  let first = 0;
  for (const earlier of geometry.layers.slice(0, layer)) first += layerStripes(geometry, earlier);
  return first;
}

/** Fragments that it takes to read a stripe. */
export function kOf(geometry: Geometry, stripe: number): number {
  return stripePlace(geometry, stripe).k;
}

/** Bytes of one shard of a stripe with this many bytes of the object. */
export function shardBytesOf(plainLength: number, k: number): number {
  const each = Math.ceil((plainLength + TAG_BYTES) / k);
  return Math.ceil(each / SHARD_ALIGN_BYTES) * SHARD_ALIGN_BYTES;
}

/** Bytes of each shard of a stripe. */
export function shardBytes(geometry: Geometry, stripe: number): number {
  const { plainBytes, k } = stripePlace(geometry, stripe);
  return shardBytesOf(plainBytes, k);
}

/** Bytes of all shards of one fragment. */
export function fragmentBytes(geometry: Geometry): number {
  let bytes = 0;
  for (const layer of geometry.layers) {
    const full = layerStripeBytes(geometry, layer.k);
    const last = layerStripes(geometry, layer) - 1;
    bytes += last * shardBytesOf(full, layer.k);
    bytes += shardBytesOf(layer.sizeBytes - last * full, layer.k);
  }
  return bytes;
}

/**
 * How many bytes are kept in all for each byte of the object: n * sum(s_i / k_i) (Albanese,
 * Bloemer, Edmonds, Luby, Sudan, "Priority encoding transmission", 1996: no code is shorter).
 */
export function expansionOf(geometry: Pick<Geometry, "layers">, n: number): number {
  const size = sizeOf(geometry);
  if (size === 0) return n / fullK(geometry);
  return geometry.layers.reduce((sum, { k, sizeBytes }) => sum + (n * sizeBytes) / k, 0) / size;
}
