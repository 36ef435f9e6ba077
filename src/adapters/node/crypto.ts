import { type KeyObject, sign } from "node:crypto";
import { isUnusableSignKey, SIGNATURE_BYTES } from "../../crypto/points.ts";
import type {
  AeadKey,
  AeadName,
  CryptoSuite,
  DhKey,
  DhOnce,
  SigningKey,
} from "../../crypto/suite.ts";
import { NodeAeadKey } from "./crypto-aead.ts";
import { NodeDhKey } from "./crypto-dh.ts";
import { NODE_HASHES, nodeHkdf, plain } from "./crypto-hash.ts";
import { privateKeyObject, rawPublicKey } from "./crypto-keys.ts";
import { nodeVerifier } from "./crypto-verify.ts";
import { measureFastAead } from "./fast-aead.ts";
import { type EvpParts, evpParts } from "./native/evp-suite.ts";

const HASH_BYTES = 32;

/** Everything by node:crypto. */
function nodeParts(): EvpParts {
  return {
    aead: (name, key) => new NodeAeadKey(name, key),
    hashes: NODE_HASHES,
    hkdf: nodeHkdf,
    dhKey: (secret) => new NodeDhKey(secret),
    verify: nodeVerifier(),
  };
}

/**
 * The suite that Node's own OpenSSL computes. One per process is enough. It calls OpenSSL
 * directly where that is possible, and through node:crypto elsewhere: the results are the same.
 * @param fastAead which AEAD to prefer; the one that proves faster where nothing is said
 */
export function createNodeSuite(fastAead?: AeadName): CryptoSuite {
  return new NodeSuite(evpParts() ?? nodeParts(), fastAead);
}

/** The AEAD that was found to be faster, once per process. */
let measured: AeadName | undefined;

class NodeSuite implements CryptoSuite {
  readonly #parts: EvpParts;
  readonly #preferred: AeadName | undefined;
  readonly dhOnce: DhOnce;

  constructor(parts: EvpParts, preferred: AeadName | undefined) {
    this.#parts = parts;
    this.dhOnce = parts.dhOnce ?? {
      publicOf: (secret) => parts.dhKey(secret).publicKey,
      exchange: (secret, theirs) => parts.dhKey(secret).dh(theirs),
    };
    this.#preferred = preferred;
  }

  get fastAead(): AeadName {
    if (this.#preferred !== undefined) return this.#preferred;
    measured ??= measureFastAead(this.#parts.aead);
    return measured;
  }

  sha256(...parts: readonly Uint8Array[]): Uint8Array {
    return this.#parts.hashes.sha256(...parts);
  }

  sha256Each(texts: readonly Uint8Array[], into: Uint8Array): void {
    const { multiHash, hashes } = this.#parts;
    if (multiHash !== undefined) multiHash.sha256Each(texts, into);
    else for (const [i, text] of texts.entries()) into.set(hashes.sha256(text), i * HASH_BYTES);
  }

  sha256Longer(text: Uint8Array, more: (hash: Uint8Array) => Uint8Array): Uint8Array {
    return this.#parts.hashes.sha256Longer(text, more);
  }

  hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
    return this.#parts.hashes.hmacSha256(key, ...parts);
  }

  hkdf(salt: Uint8Array, secret: Uint8Array, count: number, info: Uint8Array): Uint8Array[] {
    return this.#parts.hkdf(salt, secret, count, info);
  }

  signingKey(seed: Uint8Array): SigningKey {
    return new NodeSigningKey(privateKeyObject("ed25519", seed));
  }

  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    if (signature.length !== SIGNATURE_BYTES || isUnusableSignKey(publicKey)) return false;
    return this.#parts.verify(publicKey, message, signature);
  }

  dhKey(secret: Uint8Array): DhKey {
    return this.#parts.dhKey(secret);
  }

  aead(name: AeadName, key: Uint8Array): AeadKey {
    return this.#parts.aead(name, key);
  }
}

class NodeSigningKey implements SigningKey {
  readonly publicKey: Uint8Array;
  readonly #key: KeyObject;

  constructor(key: KeyObject) {
    this.#key = key;
    this.publicKey = rawPublicKey(key);
  }

  sign(message: Uint8Array): Uint8Array {
    return plain(sign(null, message, this.#key));
  }
}
