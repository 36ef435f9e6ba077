import { TypedError } from "../base/errors.ts";

/** Why a cryptographic step was refused. */
export class CryptoError extends TypedError<
  "bad-key" | "low-order" | "decrypt" | "out-of-order" | "nonce-exhausted" | "too-large"
> {
  override readonly name = "CryptoError";
}

/** An Ed25519 key pair (RFC 8032). The secret stays inside. */
export interface SigningKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** A signature of 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}

/** An X25519 key pair (RFC 7748). The secret stays inside. */
export interface DhKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /**
   * The shared secret of 32 bytes.
   * @throws CryptoError("low-order") where the result would be all zero
   */
  dh(theirPublicKey: Uint8Array): Uint8Array;
  /** Lets go of the secret at once, where it does not lie with the garbage; `dh` is over then. */
  forget?(): void;
}

/**
 * X25519 (RFC 7748) with secrets that are used once: no pair is made for them, which takes longer than the exchange.
 * Unlike a suite's `dhKey`, which a simulation may replace, it is always that curve.
 */
export interface DhOnce {
  /** What `dhKey(secret).publicKey` is. */
  publicOf(secret: Uint8Array): Uint8Array;
  /**
   * What `dhKey(secret).dh(theirPublicKey)` is.
   * @throws CryptoError("low-order") where the result would be all zero, ("bad-key") for other lengths
   */
  exchange(secret: Uint8Array, theirPublicKey: Uint8Array): Uint8Array;
}

/** Authenticated encryption under one key; nonces have 12 bytes, tags 16. */
export interface AeadKey {
  /** Ciphertext followed by the tag. The caller never repeats a nonce under one key. */
  seal(nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /**
   * The same into the last `plaintext.length + TAG_BYTES` bytes of `out`, which must not overlap
   * what goes in: large results that are soon copied on need no memory of their own.
   */
  sealInto(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    plaintext: Uint8Array,
    out: Uint8Array,
  ): void;
  /**
   * The same as `seal` across parts that together have room, one after another; what is left over
   * of them becomes zero. Back ends that would need a copy for it leave it out.
   */
  sealAcross?(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    plaintext: Uint8Array,
    parts: readonly Uint8Array[],
  ): void;
  /**
   * The plaintext, or undefined where anything was altered.
   * @param room where it may be put instead of memory of its own; what is there afterwards is nobody's business unless
   *   it is returned itself, where it has the size of the plaintext, or a view of it where it is larger
   */
  open(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    ciphertext: Uint8Array,
    room?: Uint8Array,
  ): Uint8Array | undefined;
}

/** ChaCha20-Poly1305 (RFC 8439), fast everywhere; AES-256-GCM (SP 800-38D), fast with AES instructions. */
export type AeadName = "chacha20-poly1305" | "aes-256-gcm";

/** Bytes that AEAD adds. */
export const TAG_BYTES = 16;

/**
 * Everything cryptographic that Peernet uses, behind one door. Back ends are injected (native
 * in adapters/, a reference in testing/) and checked on the same vectors. All calls are synchronous.
 */
export interface CryptoSuite {
  /** The AEAD that takes less time here; both are equally strong. */
  readonly fastAead: AeadName;
  /** SHA-256 (FIPS 180-4) of the parts one after another: 32 bytes. */
  sha256(...parts: readonly Uint8Array[]): Uint8Array;
  /**
   * SHA-256 of each text, 32 bytes one after another into `into`. Back ends that are no faster so
   * than text by text leave it out.
   */
  sha256Each?(texts: readonly Uint8Array[], into: Uint8Array): void;
  /**
   * SHA-256 of a text with what `more` makes of the hash of the text alone behind it: the text is
   * gone through once for both. `more` must not come here again.
   */
  sha256Longer?(text: Uint8Array, more: (hash: Uint8Array) => Uint8Array): Uint8Array;
  /** HMAC-SHA-256 (RFC 2104): 32 bytes. */
  hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array;
  /**
   * The first blocks of HKDF-SHA-256 (RFC 5869), extract and expand in one step, 32 bytes each in arrays of their
   * own. Back ends that are no faster so than by `hmacSha256` leave it out.
   * @param count 1 … 255
   */
  hkdf?(salt: Uint8Array, secret: Uint8Array, count: number, info: Uint8Array): Uint8Array[];
  /** The Ed25519 pair of a 32-byte seed. */
  signingKey(seed: Uint8Array): SigningKey;
  /** Whether `signature` is `publicKey`'s over `message`; false also for malformed keys. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** The X25519 pair of a 32-byte secret. */
  dhKey(secret: Uint8Array): DhKey;
  /** Left out by back ends that are no faster so, or of which `dhKey` is no X25519. */
  readonly dhOnce?: DhOnce | undefined;
  /** An AEAD with a 32-byte key. */
  aead(name: AeadName, key: Uint8Array): AeadKey;
}
