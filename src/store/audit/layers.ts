import { type Manifest, shardBytes, stripeCount } from "../manifest.ts";
import { AUDIT_REPLY_BYTES } from "./limits.ts";

/** Stripes with the same code: what one check of replies is about. */
export interface AuditLayer {
  readonly k: number;
  readonly firstStripe: number;
  readonly stripes: number;
}

/** The layers of an object, most important first. */
export function layersOf(manifest: Manifest): readonly AuditLayer[] {
  return [{ k: manifest.k, firstStripe: 0, stripes: stripeCount(manifest) }];
}

/** Bytes of one fragment that a challenge has read. */
export function auditedBytes(manifest: Manifest): number {
  let bytes = 0;
  for (let stripe = 0; stripe < stripeCount(manifest); stripe++) {
    bytes += shardBytes(manifest, stripe);
  }
  return bytes;
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
