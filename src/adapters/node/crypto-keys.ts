import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { must } from "../../base/errors.ts";
import { CryptoError } from "../../crypto/suite.ts";

/** The curves of the suite. */
export type Curve = "ed25519" | "x25519";

const NAMES: Readonly<Record<Curve, string>> = { ed25519: "Ed25519", x25519: "X25519" };
const KEY_BYTES = 32;

/**
 * What stands in for the public half of a JWK (RFC 8037). OpenSSL computes the public key from
 * the secret and never reads it; Node up to 22 does not either, which a test holds it to.
 */
const ANY_PUBLIC_KEY: string = Buffer.alloc(KEY_BYTES).toString("base64url");
/** All of a PKCS #8 key but the secret that ends it (RFC 8410, section 7). */
const PKCS8_HEADS: Readonly<Record<Curve, Buffer>> = {
  ed25519: Buffer.from("302e020100300506032b657004220420", "hex"),
  x25519: Buffer.from("302e020100300506032b656e04220420", "hex"),
};

/** Whether this Node compares the public half of a JWK with the secret, as from 24 on; found out once. */
const comparesPublicHalf: boolean = (() => {
  try {
    fromJwk("ed25519", new Uint8Array(KEY_BYTES));
    return false;
  } catch {
    return true;
  }
})();

/**
 * OpenSSL's form of a raw secret of 32 bytes. Goes through JWK where Node allows it: before
 * OpenSSL 3.5 reading PKCS #8 takes ten times as long (345 against 31 microseconds), and every
 * handshake makes a key. Nodes that compare the public half read PKCS #8 as quickly.
 * @throws CryptoError("bad-key") for any other length
 */
export function privateKeyObject(curve: Curve, secret: Uint8Array): KeyObject {
  if (secret.length !== KEY_BYTES) {
    throw new CryptoError("bad-key", `A secret key has ${KEY_BYTES} bytes, not ${secret.length}.`);
  }
  return comparesPublicHalf ? fromPkcs8(curve, secret) : fromJwk(curve, secret);
}

function fromJwk(curve: Curve, secret: Uint8Array): KeyObject {
  const key = { kty: "OKP", crv: NAMES[curve], d: base64Url(secret), x: ANY_PUBLIC_KEY };
  return createPrivateKey({ key, format: "jwk" });
}

function fromPkcs8(curve: Curve, secret: Uint8Array): KeyObject {
  const head = PKCS8_HEADS[curve];
  // Memory of its own, not what all small buffers share, and cleared again.
  const key = Buffer.alloc(head.length + KEY_BYTES);
  key.set(head);
  key.set(secret, head.length);
  const made = createPrivateKey({ key, format: "der", type: "pkcs8" });
  key.fill(0);
  return made;
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
