import { concatBytes, equalBytes, NO_BYTES } from "../../base/bytes.ts";
import { assert, must } from "../../base/errors.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import type { Random } from "../../ports/index.ts";
import { LAYER_BYTES, type LayerKeys, MAC_BYTES, type RunKeys, singleKeys } from "./layer-keys.ts";
import {
  HOPS_MAX,
  LAYER_PAYLOAD_BYTES,
  LONG_ONION_BYTES,
  NEAR_HOPS_MAX,
  NEAR_ONION_BYTES,
  SHORT_HOPS_MAX,
  SHORT_ONION_BYTES,
} from "./limits.ts";

/** Bytes of the key in front of an onion. */
export const ONION_KEY_BYTES = 32;
/** Bytes that an onion of a run has more than one whose key is in no other: its mark. */
export const MARK_BYTES = 1;
const SINGLE_BYTES: readonly number[] = [NEAR_ONION_BYTES, SHORT_ONION_BYTES, LONG_ONION_BYTES];

/** One of those that an onion goes through, as the payer sees them. */
export interface OnionHop {
  /** Their X25519 public key, 32 bytes. */
  readonly dhKey: Uint8Array;
  /** What only they read: LAYER_PAYLOAD_BYTES. */
  readonly payload: Uint8Array;
}

/** A key for onions over one way, and what the payer shares by it with each on the way. */
export interface WayKey {
  readonly publicKey: Uint8Array;
  readonly secrets: readonly Uint8Array[];
}

/**
 * Wraps what each one on the way shall read, so that each learns neither the others nor its own
 * place: Sphinx (Danezis and Goldberg, 2009) without a body, over X25519, and without blinding: all on the way see one
 * key, made for this onion, as all of them see one hash in the lock that follows. NEAR_ONION_BYTES for up to NEAR_HOPS_MAX of
 * them, SHORT_ONION_BYTES for up to SHORT_HOPS_MAX, LONG_ONION_BYTES beyond: that is all that its length tells.
 * @param hops 1 … HOPS_MAX, nearest first, no two with the same key (`repeatedAt`)
 * @param key made for this onion alone, of `wayKey`
 */
export function wrapOnion(
  suite: CryptoSuite,
  random: Random,
  hops: readonly OnionHop[],
  key: WayKey = wayKey(suite, random, hops),
): Uint8Array {
  const keys = key.secrets.map((shared) => singleKeys(suite, shared));
  return wrapBehind(key.publicKey, hops, keys);
}

/**
 * The same with a key that is in other onions over the same way, too: MARK_BYTES longer.
 * @param run by the secrets of the key, in the order of the hops
 * @param mark 0 … 255, in no other onion with this key
 */
export function wrapMarkedOnion(
  publicKey: Uint8Array,
  run: readonly RunKeys[],
  mark: number,
  hops: readonly OnionHop[],
): Uint8Array {
  const keys = run.map((each) => each.at(mark));
  return wrapBehind(concatBytes(publicKey, Uint8Array.of(mark)), hops, keys);
}

/** The first place on a way whose key was there before, if any: no onion can be wrapped for such a way. */
export function repeatedAt(hops: readonly Pick<OnionHop, "dhKey">[]): number | undefined {
  const at = hops.findIndex(({ dhKey }, place) => {
    for (let before = 0; before < place; before++) {
      if (equalBytes(hops[before]?.dhKey ?? NO_BYTES, dhKey)) return true;
    }
    return false;
  });
  return at < 0 ? undefined : at;
}

function sizeFor(count: number): number {
  if (count <= NEAR_HOPS_MAX) return NEAR_ONION_BYTES;
  return count <= SHORT_HOPS_MAX ? SHORT_ONION_BYTES : LONG_ONION_BYTES;
}

/** A new key for a way: one X25519 for each on it. */
export function wayKey(
  suite: CryptoSuite,
  random: Random,
  hops: readonly Pick<OnionHop, "dhKey">[],
): WayKey {
  assert(hops.length >= 1 && hops.length <= HOPS_MAX, "an onion has one to twelve layers");
  assert(repeatedAt(hops) === undefined, "two layers under one secret would show what both say");
  const { dhOnce } = suite;
  const secret = random.bytes(ONION_KEY_BYTES);
  if (dhOnce !== undefined) {
    const secrets = hops.map(({ dhKey }) => dhOnce.exchange(secret, dhKey));
    return { publicKey: dhOnce.publicOf(secret), secrets };
  }
  const own = suite.dhKey(secret);
  return { publicKey: own.publicKey, secrets: hops.map(({ dhKey }) => own.dh(dhKey)) };
}

/** Whether something may be an onion, by its length. */
export function isOnionLength(sizeBytes: number): boolean {
  return SINGLE_BYTES.includes(sizeBytes) || isMarkedLength(sizeBytes);
}

/** Whether an onion is one of a run, by its length. */
export function isMarkedLength(sizeBytes: number): boolean {
  return SINGLE_BYTES.includes(sizeBytes - MARK_BYTES);
}

/** Behind the head of an onion, checksum and layers for the first of the hops. */
function wrapBehind(
  head: Uint8Array,
  hops: readonly OnionHop[],
  keys: readonly LayerKeys[],
): Uint8Array {
  assert(keys.length === hops.length, "one key for each hop");
  const layersBytes = sizeFor(hops.length) - ONION_KEY_BYTES - MAC_BYTES;
  const streams = keys.map((key) => key.stream(layersBytes));
  let filler: Uint8Array = NO_BYTES;
  // All of a stream that is used: a checksum of the cipher's stands behind it.
  const streamBytes = layersBytes + LAYER_BYTES;
  for (let at = 0; at < streams.length - 1; at++) {
    const stream = must(streams[at], "one stream for each hop");
    const longer = stream.slice(streamBytes - filler.length - LAYER_BYTES, streamBytes);
    xorInto(longer, filler);
    filler = longer;
  }
  // What fills up the last one's layers looks like more layers to them.
  let rest = must(keys.at(-1), "at least one hop").padding(layersBytes);
  let mac = new Uint8Array(MAC_BYTES);
  for (let at = hops.length - 1; at >= 0; at--) {
    const { payload } = must(hops[at], "within the list");
    assert(payload.length === LAYER_PAYLOAD_BYTES, "a layer's payload has one size");
    const layers = must(streams[at], "one stream for each hop").subarray(0, layersBytes);
    xorInto(layers, payload);
    xorInto(layers, mac, LAYER_PAYLOAD_BYTES);
    xorInto(layers, rest, LAYER_BYTES, layersBytes - LAYER_BYTES);
    rest = layers;
    if (at === hops.length - 1) rest.set(filler, layersBytes - filler.length);
    mac = must(keys[at], "one key for each hop").mac(rest);
  }
  return concatBytes(head, mac, rest);
}

/** Puts bytes under a stream, where they stand in it. @param at where in the stream @param count so many, all where left out */
export function xorInto(
  stream: Uint8Array,
  bytes: Uint8Array,
  at = 0,
  count: number = bytes.length,
): void {
  for (let i = 0; i < count; i++) stream[at + i] = (stream[at + i] ?? 0) ^ (bytes[i] ?? 0);
}
