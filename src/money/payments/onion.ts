import { concatBytes, equalBytes, NO_BYTES, toHex, utf8 } from "../../base/bytes.ts";
import { assert, must, TypedError } from "../../base/errors.ts";
import { type CryptoSuite, type DhKey, isLowOrderDhKey } from "../../crypto/index.ts";
import type { Random } from "../../ports/index.ts";
import {
  HOPS_MAX,
  LAYER_PAYLOAD_BYTES,
  LONG_ONION_BYTES,
  NEAR_HOPS_MAX,
  NEAR_ONION_BYTES,
  ONION_SECRETS_MAX,
  SHORT_HOPS_MAX,
  SHORT_ONION_BYTES,
} from "./limits.ts";

const KEY_BYTES = 32;
/** Only who is asked can say whether a guess was right, and a wrong layer costs nobody anything. */
const MAC_BYTES = 4;
const LAYER_BYTES = LAYER_PAYLOAD_BYTES + MAC_BYTES;
const HEAD_BYTES = KEY_BYTES + MAC_BYTES;
const NONCE = new Uint8Array(12);
const [RHO, MU, BLIND, PAD] = ["rho", "mu", "blind", "pad"].map((use) =>
  utf8(`peernet payment onion v1 ${use}`),
) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];

/** One of those that an onion goes through, as the payer sees them. */
export interface OnionHop {
  /** Their X25519 public key, 32 bytes. */
  readonly dhKey: Uint8Array;
  /** What only they read: LAYER_PAYLOAD_BYTES. */
  readonly payload: Uint8Array;
}

/** What somebody on the way finds in an onion. */
export interface PeeledOnion {
  readonly payload: Uint8Array;
  /**
   * For the next one: as long as what came in.
   * @param isBlinded whether the next one sees another key: so it was until layers said which
   */
  next(isBlinded: boolean): Uint8Array;
}

/** What this device and a payer share for an onion, by the key in it. */
interface Secret {
  readonly shared: Uint8Array;
  /** The key that the next one sees in an onion of before, once it was asked for. */
  blindedKey: Uint8Array | undefined;
}

/**
 * Wraps what each one on the way shall read, so that each learns neither the others nor its own
 * place: Sphinx (Danezis and Goldberg, 2009) without a body, over X25519, and without blinding: all on the way see one
 * key, made for this onion, as all of them see one hash in the lock that follows. NEAR_ONION_BYTES for up to NEAR_HOPS_MAX of
 * them, SHORT_ONION_BYTES for up to SHORT_HOPS_MAX, LONG_ONION_BYTES beyond: that is all that its length tells.
 * @param hops 1 … HOPS_MAX, nearest first, no two with the same key (`repeatedAt`)
 */
export function wrapOnion(
  suite: CryptoSuite,
  random: Random,
  hops: readonly OnionHop[],
): Uint8Array {
  assert(hops.length >= 1 && hops.length <= HOPS_MAX, "an onion has one to twelve layers");
  assert(repeatedAt(hops) === undefined, "two layers under one secret would show what both say");
  const { publicKey, secrets } = shareWith(suite, random.bytes(KEY_BYTES), hops);
  return concatBytes(publicKey, layersFor(suite, hops, secrets, sizeFor(hops.length) - HEAD_BYTES));
}

/** The first place on a way whose key was there before, if any: no onion can be wrapped for such a way. */
export function repeatedAt(hops: readonly Pick<OnionHop, "dhKey">[]): number | undefined {
  const seen = new Set<string>();
  for (const [at, { dhKey }] of hops.entries()) {
    if (seen.has(toHex(dhKey))) return at;
    seen.add(toHex(dhKey));
  }
  return undefined;
}

function sizeFor(count: number): number {
  if (count <= NEAR_HOPS_MAX) return NEAR_ONION_BYTES;
  return count <= SHORT_HOPS_MAX ? SHORT_ONION_BYTES : LONG_ONION_BYTES;
}

/** The key that all see, and what the payer shares with each. */
function shareWith(
  suite: CryptoSuite,
  secret: Uint8Array,
  hops: readonly OnionHop[],
): { readonly publicKey: Uint8Array; readonly secrets: readonly Uint8Array[] } {
  const { dhOnce } = suite;
  if (dhOnce !== undefined) {
    const secrets = hops.map(({ dhKey }) => dhOnce.exchange(secret, dhKey));
    return { publicKey: dhOnce.publicOf(secret), secrets };
  }
  const own = suite.dhKey(secret);
  return { publicKey: own.publicKey, secrets: hops.map(({ dhKey }) => own.dh(dhKey)) };
}

/** Whether something may be an onion, by its length. */
export function isOnionLength(sizeBytes: number): boolean {
  return [NEAR_ONION_BYTES, SHORT_ONION_BYTES, LONG_ONION_BYTES].includes(sizeBytes);
}

/** Checksum and layers for the first of the hops. */
function layersFor(
  suite: CryptoSuite,
  hops: readonly OnionHop[],
  secrets: readonly Uint8Array[],
  layersBytes: number,
): Uint8Array {
  const streams = secrets.map((shared) => streamOf(suite, shared, layersBytes));
  let filler: Uint8Array = NO_BYTES;
  for (const stream of streams.slice(0, -1)) {
    const longer = concatBytes(filler, new Uint8Array(LAYER_BYTES));
    filler = xor(longer, stream, stream.length - longer.length);
  }
  // What fills up the last one's layers looks like more layers to them.
  const last = must(secrets.at(-1), "at least one hop");
  let rest = streamOf(suite, suite.hmacSha256(last, PAD), layersBytes).subarray(0, layersBytes);
  let mac = new Uint8Array(MAC_BYTES);
  for (let at = hops.length - 1; at >= 0; at--) {
    const { payload } = must(hops[at], "within the list");
    assert(payload.length === LAYER_PAYLOAD_BYTES, "a layer's payload has one size");
    const plain = concatBytes(payload, mac, rest.subarray(0, layersBytes - LAYER_BYTES));
    rest = xor(plain, must(streams[at], "one stream for each hop"));
    if (at === hops.length - 1) rest.set(filler, layersBytes - filler.length);
    mac = macOf(suite, must(secrets[at], "one secret for each hop"), rest);
  }
  return concatBytes(mac, rest);
}

/** Opens onions with this device's key; remembers the secrets of keys that come again. */
export class OnionReader {
  readonly #suite: CryptoSuite;
  readonly #dhKey: DhKey;
  readonly #secrets = new Map<string, Secret>();

  constructor(suite: CryptoSuite, dhKey: DhKey) {
    this.#suite = suite;
    this.#dhKey = dhKey;
  }

  /** What is in it for us, or undefined where it is not for us or was altered. */
  peel(onion: Uint8Array): PeeledOnion | undefined {
    if (!isOnionLength(onion.length)) return undefined;
    const key = onion.subarray(0, KEY_BYTES);
    const secret = this.#secretFor(key);
    if (secret === undefined) return undefined;
    const layers = onion.subarray(HEAD_BYTES);
    const mac = macOf(this.#suite, secret.shared, layers);
    if (!equalBytes(mac, onion.subarray(KEY_BYTES, HEAD_BYTES))) return undefined;
    const stream = streamOf(this.#suite, secret.shared, layers.length);
    const plain = xor(concatBytes(layers, new Uint8Array(LAYER_BYTES)), stream);
    return {
      payload: plain.subarray(0, LAYER_PAYLOAD_BYTES),
      next: (isBlinded) => {
        const nextKey = isBlinded ? this.#blinded(secret, key) : key;
        return concatBytes(nextKey, plain.subarray(LAYER_PAYLOAD_BYTES));
      },
    };
  }

  #blinded(secret: Secret, key: Uint8Array): Uint8Array {
    const blind = this.#suite.hmacSha256(secret.shared, BLIND, key);
    secret.blindedKey ??= this.#suite.dhKey(blind).dh(key);
    return secret.blindedKey;
  }

  #secretFor(key: Uint8Array): Secret | undefined {
    const name = String.fromCharCode(...key);
    const known = this.#secrets.get(name);
    if (known !== undefined) return known;
    if (isLowOrderDhKey(key)) return undefined;
    try {
      const secret: Secret = { shared: this.#dhKey.dh(key), blindedKey: undefined };
      const [oldest] = this.#secrets.keys();
      if (this.#secrets.size >= ONION_SECRETS_MAX && oldest !== undefined) {
        this.#secrets.delete(oldest);
      }
      this.#secrets.set(name, secret);
      return secret;
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      return undefined;
    }
  }
}

function macOf(
  suite: CryptoSuite,
  shared: Uint8Array,
  layers: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const key = suite.hmacSha256(shared, MU);
  return Uint8Array.from(suite.hmacSha256(key, layers).subarray(0, MAC_BYTES));
}

/** As many pseudorandom bytes as all layers have and one more; the key is used for this alone. */
function streamOf(suite: CryptoSuite, shared: Uint8Array, layersBytes: number): Uint8Array {
  const zeros = new Uint8Array(layersBytes + LAYER_BYTES);
  const key = suite.aead("chacha20-poly1305", suite.hmacSha256(shared, RHO));
  return key.seal(NONCE, NO_BYTES, zeros).subarray(0, zeros.length);
}

/** @param from where in the stream to begin */
function xor(bytes: Uint8Array, stream: Uint8Array, from = 0): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at++) out[at] = (bytes[at] ?? 0) ^ (stream[from + at] ?? 0);
  return out;
}
