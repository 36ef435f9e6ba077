import { firstStripeOf, layerStripeBytes, type StripePlace } from "./geometry.ts";
import type { Manifest } from "./manifest.ts";
import { type BodyTransform, bodyBytesOf, type SealedMeta } from "./stripe-cipher.ts";
import type { FileRange, GetOptions } from "./types.ts";

/** Which stripes a get needs, and what of them. */
export interface Wanted {
  /** Ascending. */
  readonly stripes: readonly number[];
  /** The part of an opened stripe that was asked for; a view. */
  readonly cut: (place: StripePlace, plain: Uint8Array) => Uint8Array;
  /** Whether it is all of a body that the file is made from, rather than the file itself. */
  readonly isBody: boolean;
  readonly transform: BodyTransform;
  /** What is wanted of the file. */
  readonly range: FileRange;
}

/**
 * What a get with these options needs of an object.
 * @returns undefined where the range begins after the end of the file
 */
export function wantedOf(
  manifest: Manifest,
  meta: SealedMeta,
  options: GetOptions,
): Wanted | undefined {
  if (options.preview === true)
    return ofLayers(manifest, options.layersMax ?? manifest.layers.length);
  const { range } = options;
  const chosen = typeof range === "function" ? range(meta.fileBytes) : range;
  const { from, to } = chosen ?? { from: 0, to: meta.fileBytes };
  if (from > meta.fileBytes || from < 0 || to < from) return undefined;
  const wished = { from, to: Math.min(to, meta.fileBytes) };
  const { transform } = meta;
  if (transform === "none")
    return { ...ofBody(manifest, meta, wished), isBody: false, transform, range: wished };
  const all = { from: 0, to: bodyBytesOf(manifest.layers, meta.roles) };
  return { ...ofBody(manifest, meta, all), isBody: true, transform, range: wished };
}

function ofLayers(manifest: Manifest, layersMax: number): Wanted {
  const end = firstStripeOf(manifest, Math.min(layersMax, manifest.layers.length));
  const stripes = Array.from({ length: end }, (_, stripe) => stripe);
  const range = { from: 0, to: 0 };
  return { stripes, cut: (_, plain) => plain, isBody: false, transform: "none", range };
}

/** The stripes of the body layers that overlap with the range. */
function ofBody(
  manifest: Manifest,
  meta: SealedMeta,
  { from, to }: FileRange,
): Pick<Wanted, "stripes" | "cut"> {
  const stripes: number[] = [];
  /** Where each layer begins in the body. */
  const begins: number[] = [];
  let at = 0;
  for (const [i, layer] of manifest.layers.entries()) {
    begins.push(at);
    if (meta.roles[i] !== "body") continue;
    const end = at + layer.sizeBytes;
    const full = layerStripeBytes(manifest, layer.k);
    const first = firstStripeOf(manifest, i);
    const low = Math.max(from, at) - at;
    const high = Math.min(to, end) - at;
    // An empty file has one stripe, which shows that the key is right.
    const stop = meta.fileBytes === 0 ? 1 : Math.ceil(high / full);
    if (low < high || meta.fileBytes === 0) {
      for (let stripe = Math.floor(low / full); stripe < stop; stripe++)
        stripes.push(first + stripe);
    }
    at = end;
  }
  const cut = (place: StripePlace, plain: Uint8Array): Uint8Array => {
    const begin = (begins[place.layer] ?? 0) + place.fromByte;
    return plain.subarray(Math.max(0, from - begin), Math.max(0, to - begin));
  };
  return { stripes, cut };
}
