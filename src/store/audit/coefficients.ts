import { NO_BYTES, utf8 } from "../../base/bytes.ts";
import { assert } from "../../base/errors.ts";
import type { AeadKey, CryptoSuite } from "../../crypto/index.ts";
import { type PeerId, peerIdToBytes } from "../../identity/index.ts";

const LABEL = utf8("peernet audit v1");
const NONCE_BYTES = 12;
/** First word of the nonces of block coefficients, and of those that fold a layer's sum. */
const BLOCKS = 0;
const FOLDS = 1;

/**
 * The coefficients of one challenge: what each block of a fragment is multiplied by. They follow
 * from the seed, but a holder cannot foresee them, and they differ for every asker, so that no
 * holder can pass a challenge on to others and put its own answer together from theirs.
 *
 * None of them is zero: then a single wrong byte always shows, and any other corruption that was
 * there before the challenge stays hidden with 1 of 255 (1 of 127.5 where a sum is folded).
 */
export class Coefficients {
  readonly #stream: AeadKey;

  /**
   * @param root the object's, 32 bytes
   * @param asker the peer that asks, as the session proved it to be
   * @param seed of the challenge, 32 bytes
   */
  constructor(suite: CryptoSuite, root: Uint8Array, asker: PeerId, seed: Uint8Array) {
    const key = suite.sha256(LABEL, root, peerIdToBytes(asker), seed);
    this.#stream = suite.aead("aes-256-gcm", key);
  }

  /** What the blocks of a stripe's shard are multiplied by: `count` bytes, none of them zero. */
  ofStripe(stripe: number, count: number): Uint8Array {
    return this.#draw(BLOCKS, stripe, count);
  }

  /** What the pieces of a layer's sum are multiplied by when it is folded. */
  ofFold(layer: number, count: number): Uint8Array {
    return this.#draw(FOLDS, layer, count);
  }

  /** The first bytes of AES-256 in counter mode that are not zero, which keeps all others uniform. */
  #draw(use: number, number: number, count: number): Uint8Array {
    const nonce = new Uint8Array(NONCE_BYTES);
    const view = new DataView(nonce.buffer);
    view.setUint32(0, use);
    view.setUint32(NONCE_BYTES - 4, number);
    const drawn = new Uint8Array(count);
    for (let length = count + (count >> 6) + 32; ; length *= 2) {
      // Sealing zeros yields the key stream itself. A longer one begins with the shorter one, so
      // the nonce is used for one stream only.
      const stream = this.#stream.seal(nonce, NO_BYTES, new Uint8Array(length));
      if (takeNonZero(stream.subarray(0, length), drawn)) return drawn;
      assert(length < 64 * (count + 32), "a key stream is not nearly all zeros");
    }
  }
}

/** Fills `into` with the bytes that are not zero; false: there are too few. */
function takeNonZero(stream: Uint8Array, into: Uint8Array): boolean {
  let at = 0;
  for (const byte of stream) {
    if (at === into.length) return true;
    if (byte !== 0) into[at++] = byte;
  }
  return at === into.length;
}
