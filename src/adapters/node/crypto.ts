import {
  createHash,
  createHmac,
  diffieHellman,
  hash,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { isAllZero, isUnusableSignKey, SIGNATURE_BYTES } from "../../crypto/points.ts";
import {
  type AeadKey,
  type AeadName,
  CryptoError,
  type CryptoSuite,
  type DhKey,
  type SigningKey,
} from "../../crypto/suite.ts";
import { NodeAeadKey } from "./crypto-aead.ts";
import { PublicKeyCache, privateKeyObject, publicKeyObject, rawPublicKey } from "./crypto-keys.ts";
import { measureFastAead } from "./fast-aead.ts";
import { type AeadMaker, evpAeads } from "./native/evp-suite.ts";

/** Public keys whose parsed form is kept: about one kilobyte each. */
const VERIFY_KEYS_MAX = 1024;

/**
 * The suite that Node's own OpenSSL computes. One per process is enough. AEADs call OpenSSL
 * directly where that is possible, and through node:crypto elsewhere: the results are the same.
 * @param fastAead which AEAD to prefer; the one that proves faster where nothing is said
 */
export function createNodeSuite(fastAead?: AeadName): CryptoSuite {
  return new NodeSuite(evpAeads() ?? ((name, key) => new NodeAeadKey(name, key)), fastAead);
}

/** The AEAD that was found to be faster, once per process. */
let measured: AeadName | undefined;

class NodeSuite implements CryptoSuite {
  readonly #verifyKeys: PublicKeyCache = new PublicKeyCache("ed25519", VERIFY_KEYS_MAX);
  readonly #aead: AeadMaker;
  readonly #preferred: AeadName | undefined;

  constructor(aead: AeadMaker, preferred: AeadName | undefined) {
    this.#aead = aead;
    this.#preferred = preferred;
  }

  get fastAead(): AeadName {
    if (this.#preferred !== undefined) return this.#preferred;
    measured ??= measureFastAead(this.#aead);
    return measured;
  }

  sha256(...parts: readonly Uint8Array[]): Uint8Array {
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) return plain(hash("sha256", only, "buffer"));
    const state = createHash("sha256");
    for (const part of parts) state.update(part);
    return plain(state.digest());
  }

  hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
    const state = createHmac("sha256", key);
    for (const part of parts) state.update(part);
    return plain(state.digest());
  }

  signingKey(seed: Uint8Array): SigningKey {
    return new NodeSigningKey(privateKeyObject("ed25519", seed));
  }

  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    if (signature.length !== SIGNATURE_BYTES || isUnusableSignKey(publicKey)) return false;
    try {
      return verify(null, message, this.#verifyKeys.get(publicKey), signature);
    } catch {
      // OpenSSL throws for some 32 bytes that are no point of the curve.
      return false;
    }
  }

  dhKey(secret: Uint8Array): DhKey {
    return new NodeDhKey(privateKeyObject("x25519", secret));
  }

  aead(name: AeadName, key: Uint8Array): AeadKey {
    return this.#aead(name, key);
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

class NodeDhKey implements DhKey {
  readonly publicKey: Uint8Array;
  readonly #key: KeyObject;

  constructor(key: KeyObject) {
    this.#key = key;
    this.publicKey = rawPublicKey(key);
  }

  dh(theirPublicKey: Uint8Array): Uint8Array {
    const publicKey = publicKeyObject("x25519", theirPublicKey);
    let secret: Buffer | undefined;
    try {
      secret = diffieHellman({ privateKey: this.#key, publicKey });
    } catch (cause) {
      // The only public keys of the right size that OpenSSL refuses are those of low order.
      throw new CryptoError("low-order", LOW_ORDER, { cause });
    }
    if (isAllZero(secret)) throw new CryptoError("low-order", LOW_ORDER);
    return plain(secret);
  }
}

const LOW_ORDER = "The other side's key would make a secret that everybody knows; it is refused.";

/** The same memory as a plain Uint8Array, whose `slice` copies as the rest of the code expects. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
