import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { must } from "../../base/errors.ts";
import { CryptoError } from "../../crypto/suite.ts";

/** The curves of the suite. */
export type Curve = "ed25519" | "x25519";

const NAMES: Readonly<Record<Curve, string>> = { ed25519: "Ed25519", x25519: "X25519" };
const KEY_BYTES = 32;

/**
 * What stands in for the public half of a JWK (RFC 8037). OpenSSL computes the public key from
 * the secret and never reads it; a test holds Node to that.
 */
const ANY_PUBLIC_KEY: string = Buffer.alloc(KEY_BYTES).toString("base64url");

/**
 * OpenSSL's form of a raw secret of 32 bytes. Goes through JWK, because reading PKCS #8 takes
 * ten times as long (345 against 31 microseconds) and every handshake makes a key.
 * @throws CryptoError("bad-key") for any other length
 */
export function privateKeyObject(curve: Curve, secret: Uint8Array): KeyObject {
  if (secret.length !== KEY_BYTES) {
    throw new CryptoError("bad-key", `A secret key has ${KEY_BYTES} bytes, not ${secret.length}.`);
  }
  const key = { kty: "OKP", crv: NAMES[curve], d: base64Url(secret), x: ANY_PUBLIC_KEY };
  return createPrivateKey({ key, format: "jwk" });
}

/**
 * OpenSSL's form of a raw public key of 32 bytes.
 * @throws CryptoError("bad-key") for any other length
 */
export function publicKeyObject(curve: Curve, raw: Uint8Array): KeyObject {
  if (raw.length !== KEY_BYTES) {
    throw new CryptoError("bad-key", `A public key has ${KEY_BYTES} bytes, not ${raw.length}.`);
  }
  const key = { kty: "OKP", crv: NAMES[curve], x: base64Url(raw) };
  return createPublicKey({ key, format: "jwk" });
}

/** The raw public key, 32 bytes, that belongs to a private key. */
export function rawPublicKey(privateKey: KeyObject): Uint8Array {
  const { x } = privateKey.export({ format: "jwk" });
  return new Uint8Array(Buffer.from(must(x, "a key has no public half"), "base64url"));
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
}

/** Keeps the KeyObjects of the public keys used last: verifying skips the parsing. */
export class PublicKeyCache {
  readonly #curve: Curve;
  readonly #keysMax: number;
  readonly #byRaw: Map<string, KeyObject> = new Map();

  constructor(curve: Curve, keysMax: number) {
    this.#curve = curve;
    this.#keysMax = keysMax;
  }

  /** How many keys are held. */
  get size(): number {
    return this.#byRaw.size;
  }

  /** @throws CryptoError("bad-key") unless `raw` has 32 bytes */
  get(raw: Uint8Array): KeyObject {
    const name = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString("latin1");
    let key = this.#byRaw.get(name);
    if (key === undefined) {
      key = publicKeyObject(this.#curve, raw);
      if (this.#byRaw.size >= this.#keysMax) this.#forgetOldest();
    } else {
      this.#byRaw.delete(name);
    }
    this.#byRaw.set(name, key);
    return key;
  }

  #forgetOldest(): void {
    for (const name of this.#byRaw.keys()) {
      this.#byRaw.delete(name);
      return;
    }
  }
}
