import { sign } from "node:crypto";
import { type AeadKey, type AeadName, type DhOnce, TAG_BYTES } from "../../../crypto/suite.ts";
import { NodeAeadKey } from "../crypto-aead.ts";
import { type DhKeyMaker, NodeDhKey } from "../crypto-dh.ts";
import { type Hashes, type Hkdf, NODE_HASHES, nodeHkdf } from "../crypto-hash.ts";
import { privateKeyObject, rawPublicKey } from "../crypto-keys.ts";
import { nodeVerifier, type Verifier } from "../crypto-verify.ts";
import { EVP_SMALL_BYTES } from "../limits.ts";
import { Evp } from "./evp.ts";
import { EvpDh } from "./evp-dh.ts";
import { EvpHashes } from "./evp-hash.ts";
import { EvpHkdf } from "./evp-hkdf.ts";
import { EvpVerify } from "./evp-verify.ts";
import { type Ffi, loadFfi } from "./ffi.ts";
import { type MultiHash, multiHash } from "./multi-hash.ts";

/** Makes AEADs, as `CryptoSuite.aead` does. */
export type AeadMaker = (name: AeadName, key: Uint8Array) => AeadKey;

/** The parts of the suite that are worth a direct call. */
export interface EvpParts {
  readonly aead: AeadMaker;
  readonly hashes: Hashes;
  readonly hkdf: Hkdf;
  readonly dhKey: DhKeyMaker;
  /** X25519 without pairs, where that is faster. */
  readonly dhOnce?: DhOnce | undefined;
  readonly verify: Verifier;
  /** Hashes several texts at a time, where that is faster. */
  readonly multiHash?: MultiHash | undefined;
}

const made = new WeakMap<Ffi, { readonly parts: EvpParts | undefined }>();

/** Parts by OpenSSL's own functions, or undefined where those are missing or do something else. */
export function evpParts(ffi: Ffi | undefined = loadFfi()): EvpParts | undefined {
  if (ffi === undefined) return undefined;
  const known = made.get(ffi) ?? { parts: tryEvp(ffi) };
  made.set(ffi, known);
  return known.parts;
}

function tryEvp(ffi: Ffi): EvpParts | undefined {
  try {
    const evp = new Evp(ffi);
    const dh = new EvpDh(ffi);
    const aead: AeadMaker = (name, key) => evp.aead(name, key);
    const hashes = new EvpHashes(ffi, NODE_HASHES);
    const blocks = new EvpHkdf(ffi);
    const hkdf: Hkdf = (...all) => blocks.blocks(...all) ?? nodeHkdf(...all);
    const dhKey: DhKeyMaker = (secret) => dh.key(secret);
    const verifier = (once: boolean): Verifier => {
      const signatures = new EvpVerify(ffi, nodeVerifier(), once);
      return (...all) => signatures.verify(...all);
    };
    const once = verifier(true);
    const verify = verifiesRightly(once) ? once : verifier(false);
    const isRight =
      agrees(aead, "aes-256-gcm") &&
      agrees(aead, "chacha20-poly1305") &&
      hashesAgree(hashes) &&
      blocksAgree(hkdf) &&
      exchangesAgree(dhKey) &&
      verifiesRightly(verify);
    if (!isRight) return undefined;
    return {
      aead,
      hashes,
      hkdf,
      dhKey,
      dhOnce: dh.once && onceAgrees(dh.once) ? dh.once : undefined,
      verify,
      multiHash: multiHash(ffi, (text) => hashes.sha256(text)),
    };
  } catch {
    // Another library than OpenSSL, or one that was built without these algorithms.
    return undefined;
  }
}

/**
 * Whether a maker's AEADs do what node:crypto does: each size more often than a context is
 * shared, one byte altered, and the answers of one key opened by the other.
 */
function agrees(maker: AeadMaker, name: AeadName): boolean {
  const bytes = Uint8Array.from({ length: 2 * EVP_SMALL_BYTES }, (_, i) => (i * 167) >> 3);
  const [ours, theirs] = [
    maker(name, bytes.subarray(0, 32)),
    new NodeAeadKey(name, bytes.subarray(0, 32)),
  ];
  const sizes = [0, 1, 64, 1_200, EVP_SMALL_BYTES - TAG_BYTES, EVP_SMALL_BYTES, bytes.length];
  return sizes.every((size, i) => {
    const nonce = bytes.subarray(i, i + 12);
    const associated = bytes.subarray(i, i + 9 * i);
    const plain = bytes.subarray(bytes.length - size);
    const sealed = ours.seal(nonce, associated, plain);
    const opened = ours.open(nonce, associated, sealed);
    const across = [new Uint8Array(size >> 1), new Uint8Array(size + TAG_BYTES - (size >> 1))];
    ours.sealAcross?.(nonce, associated, plain, across);
    const forged = Uint8Array.from(sealed);
    forged[i] = (forged[i] ?? 0) ^ 1;
    return (
      Buffer.compare(sealed, theirs.seal(nonce, associated, plain)) === 0 &&
      Buffer.compare(sealed, Buffer.concat(across)) === 0 &&
      opened !== undefined &&
      Buffer.compare(opened, plain) === 0 &&
      ours.open(nonce, associated, forged) === undefined &&
      ours.open(nonce, associated, sealed.subarray(1)) === undefined
    );
  });
}

/** Whether hashes are those of node:crypto, for texts and keys of less and more than a block. */
function hashesAgree(ours: Hashes): boolean {
  const bytes = Uint8Array.from({ length: EVP_SMALL_BYTES + 1 }, (_, i) => (i * 167) >> 3);
  return [0, 1, 64, 65, 300, EVP_SMALL_BYTES, bytes.length].every((size) => {
    const [key, text] = [bytes.subarray(0, size), bytes.subarray(bytes.length - size)];
    const theirs = [NODE_HASHES.sha256(text), NODE_HASHES.hmacSha256(key, text)] as const;
    return (
      Buffer.compare(ours.sha256(text), theirs[0]) === 0 &&
      Buffer.compare(ours.sha256(key, text), NODE_HASHES.sha256(key, text)) === 0 &&
      Buffer.compare(longer(ours, text), longer(NODE_HASHES, text)) === 0 &&
      Buffer.compare(ours.hmacSha256(key, text), theirs[1]) === 0
    );
  });
}

/** Whether blocks of HKDF are those of node:crypto, each time after others have lain in the same place. */
function blocksAgree(ours: Hkdf): boolean {
  const bytes = Uint8Array.from({ length: EVP_SMALL_BYTES + 1 }, (_, i) => (i * 167) >> 3);
  return [64, 0, 33, 32, bytes.length, 1].every((size) => {
    const [salt, info] = [bytes.subarray(0, size), bytes.subarray(bytes.length - size)];
    const theirs = nodeHkdf(salt, info, 3, salt);
    return ours(salt, info, 3, salt).every((one, i) => {
      return Buffer.compare(one, theirs[i] ?? NOTHING) === 0;
    });
  });
}

function longer(hashes: Hashes, text: Uint8Array): Uint8Array {
  return hashes.sha256Longer(text, (hash) => Buffer.concat([hash, hash, hash]));
}

/** Whether a maker's pairs do what those of node:crypto do, and refuse a key of low order. */
function exchangesAgree(maker: DhKeyMaker): boolean {
  const secrets = [3, 5].map((seed) => Uint8Array.from({ length: 32 }, (_, i) => i * seed));
  const [ours, theirs] = [secrets.map(maker), secrets.map((secret) => new NodeDhKey(secret))];
  return ours.every((key, i) => {
    const publicKey = theirs[i]?.publicKey ?? NOTHING;
    const isSame = theirs.every((other) => {
      return Buffer.compare(key.dh(other.publicKey), other.dh(publicKey)) === 0;
    });
    return isSame && Buffer.compare(key.publicKey, publicKey) === 0 && refuses(() => key.dh(ZERO));
  });
}

/** Whether exchanges without pairs are those of node:crypto. */
function onceAgrees({ exchange, publicOf }: DhOnce): boolean {
  const secrets = [3, 5].map((seed) => Uint8Array.from({ length: 32 }, (_, i) => i * seed));
  return secrets.every((secret) => {
    const theirs = new NodeDhKey(secret);
    return (
      Buffer.compare(publicOf(secret), theirs.publicKey) === 0 &&
      secrets.every((other) => {
        const publicKey = publicOf(other);
        return Buffer.compare(exchange(secret, publicKey), theirs.dh(publicKey)) === 0;
      }) &&
      refuses(() => exchange(secret, ZERO))
    );
  });
}

/** Whether a verifier takes what node:crypto signed, and nothing else. */
function verifiesRightly(verifies: Verifier): boolean {
  const key = privateKeyObject(
    "ed25519",
    Uint8Array.from({ length: 32 }, (_, i) => i),
  );
  const publicKey = rawPublicKey(key);
  return [0, EVP_SMALL_BYTES].every((size) => {
    const message = new Uint8Array(size).fill(size);
    const signature = new Uint8Array(sign(null, message, key));
    const [forged, other] = [Uint8Array.from(signature), Uint8Array.from(publicKey)];
    forged[size % 64] = (forged[size % 64] ?? 0) ^ 1;
    other[size % 32] = (other[size % 32] ?? 0) ^ 1;
    return (
      verifies(publicKey, message, signature) &&
      !verifies(publicKey, message, forged) &&
      !verifies(other, message, signature)
    );
  });
}

const NOTHING = new Uint8Array(0);
const ZERO = new Uint8Array(32);

function refuses(run: () => void): boolean {
  try {
    run();
    return false;
  } catch {
    return true;
  }
}
