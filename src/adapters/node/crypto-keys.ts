import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { CryptoError } from "../../crypto/suite.ts";

/** The curves of the suite. */
export type Curve = "ed25519" | "x25519";

/** What precedes the 32 raw bytes in PKCS #8 and SubjectPublicKeyInfo (RFC 8410). */
const PRIVATE_HEAD: Readonly<Record<Curve, Buffer>> = {
  ed25519: Buffer.from("302e020100300506032b657004220420", "hex"),
  x25519: Buffer.from("302e020100300506032b656e04220420", "hex"),
};
const PUBLIC_HEAD: Readonly<Record<Curve, Buffer>> = {
  ed25519: Buffer.from("302a300506032b6570032100", "hex"),
  x25519: Buffer.from("302a300506032b656e032100", "hex"),
};
const KEY_BYTES = 32;

/**
 * OpenSSL's form of a raw secret of 32 bytes.
 * @throws CryptoError("bad-key") for any other length
 */
export function privateKeyObject(curve: Curve, secret: Uint8Array): KeyObject {
  if (secret.length !== KEY_BYTES) {
    throw new CryptoError("bad-key", `A secret key has ${KEY_BYTES} bytes, not ${secret.length}.`);
  }
  const der = Buffer.concat([PRIVATE_HEAD[curve], secret]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  der.fill(0);
  return key;
}

/**
 * OpenSSL's form of a raw public key of 32 bytes.
 * @throws CryptoError("bad-key") for any other length
 */
export function publicKeyObject(curve: Curve, raw: Uint8Array): KeyObject {
  if (raw.length !== KEY_BYTES) {
    throw new CryptoError("bad-key", `A public key has ${KEY_BYTES} bytes, not ${raw.length}.`);
  }
  const der = Buffer.concat([PUBLIC_HEAD[curve], raw]);
  return createPublicKey({ key: der, format: "der", type: "spki" });
}

/** The raw public key, 32 bytes, that belongs to a private key. */
export function rawPublicKey(privateKey: KeyObject): Uint8Array {
  const der = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return Uint8Array.from(der.subarray(der.length - KEY_BYTES));
}

/** Keeps the KeyObjects of the public keys used last, because parsing costs. */
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
