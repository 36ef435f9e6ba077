import { NO_BYTES, utf8 } from "../../base/bytes.ts";
import type { AeadKey, CryptoSuite } from "../../crypto/index.ts";
import { HOPS_MAX, LAYER_PAYLOAD_BYTES } from "./limits.ts";

/** Bytes of a layer's checksum. Only who is asked can say whether a guess was right, and a wrong layer costs nobody anything. */
export const MAC_BYTES = 4;
/** Bytes of one layer of an onion. */
export const LAYER_BYTES: number = LAYER_PAYLOAD_BYTES + MAC_BYTES;
const NONCE_BYTES = 12;
/** As long as the longest stream; nobody writes to it. */
const ZEROS = new Uint8Array((HOPS_MAX + 1) * LAYER_BYTES);
const zerosByLength: (Uint8Array | undefined)[] = [];
const [RHO, MU, PAD] = ["rho", "mu", "pad"].map((use) =>
  utf8(`peernet payment onion v1 ${use}`),
) as [Uint8Array, Uint8Array, Uint8Array];
const [RUN_RHO, RUN_MU, RUN_PAD] = ["rho", "mu", "pad"].map((use) =>
  utf8(`peernet payment onion v2 ${use}`),
) as [Uint8Array, Uint8Array, Uint8Array];

/** What the payer and one on the way can compute for one onion, and nobody else. */
export interface LayerKeys {
  /** As many pseudorandom bytes as all layers have and one more, and a few to be left alone, in memory of the caller's. */
  stream(layersBytes: number): Uint8Array;
  /** What the last one takes for more layers: at least as many bytes. */
  padding(layersBytes: number): Uint8Array;
  /** The checksum of all layers: MAC_BYTES. */
  mac(layers: Uint8Array): Uint8Array<ArrayBuffer>;
}

/** Those of an onion whose key is in no other. @param shared the secret of X25519 */
export function singleKeys(suite: CryptoSuite, shared: Uint8Array): LayerKeys {
  const nonce = new Uint8Array(NONCE_BYTES);
  return {
    stream: (bytes) => streamOf(cipher(suite, suite.hmacSha256(shared, RHO)), nonce, bytes),
    padding: (bytes) => {
      const key = suite.hmacSha256(suite.hmacSha256(shared, PAD), RHO);
      return streamOf(cipher(suite, key), nonce, bytes);
    },
    mac: (layers) => checksum(suite.hmacSha256(suite.hmacSha256(shared, MU), layers)),
  };
}

/** What is shared for a run: onions with one key, told apart by a mark, none of which is in two of them. */
export class RunKeys {
  readonly #suite: CryptoSuite;
  readonly #rho: AeadKey;
  readonly #mu: Uint8Array;
  readonly #pad: AeadKey;

  /** @param shared the secret of X25519 */
  constructor(suite: CryptoSuite, shared: Uint8Array) {
    this.#suite = suite;
    this.#rho = cipher(suite, suite.hmacSha256(shared, RUN_RHO));
    this.#mu = suite.hmacSha256(shared, RUN_MU);
    this.#pad = cipher(suite, suite.hmacSha256(shared, RUN_PAD));
  }

  /** Those of one onion of the run. @param mark 0 … 255 */
  at(mark: number): LayerKeys {
    return new MarkedKeys(this, mark);
  }

  stream(nonce: Uint8Array, layersBytes: number): Uint8Array {
    return streamOf(this.#rho, nonce, layersBytes);
  }

  padding(nonce: Uint8Array, layersBytes: number): Uint8Array {
    return streamOf(this.#pad, nonce, layersBytes);
  }

  mac(mark: Uint8Array, layers: Uint8Array): Uint8Array<ArrayBuffer> {
    return checksum(this.#suite.hmacSha256(this.#mu, mark, layers));
  }
}

class MarkedKeys implements LayerKeys {
  readonly #run: RunKeys;
  readonly #nonce: Uint8Array = new Uint8Array(NONCE_BYTES);
  readonly #mark: Uint8Array = new Uint8Array(1);

  constructor(run: RunKeys, mark: number) {
    this.#run = run;
    this.#nonce[0] = mark;
    this.#mark[0] = mark;
  }

  stream(layersBytes: number): Uint8Array {
    return this.#run.stream(this.#nonce, layersBytes);
  }

  padding(layersBytes: number): Uint8Array {
    return this.#run.padding(this.#nonce, layersBytes);
  }

  mac(layers: Uint8Array): Uint8Array<ArrayBuffer> {
    return this.#run.mac(this.#mark, layers);
  }
}

/** Byte by byte: a view of a small array would give it a place outside of V8's heap. */
function checksum(mac: Uint8Array): Uint8Array<ArrayBuffer> {
  const short = new Uint8Array(MAC_BYTES);
  for (let at = 0; at < MAC_BYTES; at++) short[at] = mac[at] ?? 0;
  return short;
}

function cipher(suite: CryptoSuite, key: Uint8Array): AeadKey {
  return suite.aead("chacha20-poly1305", key);
}

/** ChaCha20 under a key and nonce that nothing else uses. */
function streamOf(key: AeadKey, nonce: Uint8Array, layersBytes: number): Uint8Array {
  return key.seal(nonce, NO_BYTES, zerosFor(layersBytes));
}

/** Zeros for all layers and one more: onions have few lengths. */
function zerosFor(layersBytes: number): Uint8Array {
  let zeros = zerosByLength[layersBytes];
  if (zeros === undefined) {
    zeros = ZEROS.subarray(0, layersBytes + LAYER_BYTES);
    zerosByLength[layersBytes] = zeros;
  }
  return zeros;
}
