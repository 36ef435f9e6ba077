import { firstStripeOf, layerStripes } from "../geometry.ts";
import type { Manifest } from "../manifest.ts";
import { AUDIT_REPLY_BYTES } from "./limits.ts";

/** Stripes with the same code: what one check of replies is about. */
export interface AuditLayer {
  readonly k: number;
  readonly firstStripe: number;
  readonly stripes: number;
}

/** The layers of an object, most important first; neighbours with the same code are one here. */
export function layersOf(manifest: Manifest): readonly AuditLayer[] {
  const layers: AuditLayer[] = [];
  for (const [number, layer] of manifest.layers.entries()) {
    const stripes = layerStripes(manifest, layer);
    const last = layers.at(-1);
    if (last?.k === layer.k) layers.splice(-1, 1, { ...last, stripes: last.stripes + stripes });
    else layers.push({ k: layer.k, firstStripe: firstStripeOf(manifest, number), stripes });
  }
  return layers;
}

/** Fragments of one holder that a single challenge can be about. */
export function fragmentsPerChallenge(layers: number): number {
  return Math.max(1, Math.floor(AUDIT_REPLY_BYTES / layers));
}

/**
 * Bytes per fragment and layer of a reply: the largest power of two with which the answer about
 * so many fragments and layers has `AUDIT_REPLY_BYTES` at most. What is wrong shows in one byte
 * nearly as surely as in 64; more of them make guessing hopeless.
 */
export function replyWidth(fragments: number, layers: number): number {
  let width = AUDIT_REPLY_BYTES;
  while (width > 1 && width * fragments * layers > AUDIT_REPLY_BYTES) width /= 2;
  return width;
}
