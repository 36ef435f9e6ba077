import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto";
import { assert } from "../../base/errors.ts";
import { type AeadKey, type AeadName, CryptoError, TAG_BYTES } from "../../crypto/suite.ts";

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
/** Bytes sealed at a time: the answer, which is memory of its own, is copied while in the cache. */
const PIECE_BYTES = 65_536;
const OPTIONS = { authTagLength: TAG_BYTES } as const;

/** AEAD by OpenSSL; the key is handed over once and kept in its own form. */
export class NodeAeadKey implements AeadKey {
  readonly #name: "chacha20-poly1305" | "aes-256-gcm";
  readonly #key: KeyObject;

  /** @throws CryptoError("bad-key") unless the key has 32 bytes */
  constructor(name: AeadName, key: Uint8Array) {
    if (key.length !== KEY_BYTES) {
      throw new CryptoError("bad-key", `An AEAD key has ${KEY_BYTES} bytes, not ${key.length}.`);
    }
    this.#name = name;
    this.#key = createSecretKey(key);
  }

  seal(nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const sealed = new Uint8Array(plaintext.length + TAG_BYTES);
    this.sealInto(nonce, associatedData, plaintext, sealed);
    return sealed;
  }

  sealInto(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    plaintext: Uint8Array,
    out: Uint8Array,
  ): void {
    assert(nonce.length === NONCE_BYTES, "an AEAD nonce has 12 bytes");
    const cipher = cipherOf(this.#name, this.#key, nonce);
    if (associatedData.length > 0)
      cipher.setAAD(associatedData, { plaintextLength: plaintext.length });
    const at = out.length - plaintext.length - TAG_BYTES;
    assert(at >= 0, "there is room for text and tag");
    for (let done = 0; done < plaintext.length; done += PIECE_BYTES) {
      out.set(cipher.update(plaintext.subarray(done, done + PIECE_BYTES)), at + done);
    }
    cipher.final();
    out.set(cipher.getAuthTag(), at + plaintext.length);
  }

  open(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    ciphertext: Uint8Array,
  ): Uint8Array | undefined {
    assert(nonce.length === NONCE_BYTES, "an AEAD nonce has 12 bytes");
    const bodyBytes = ciphertext.length - TAG_BYTES;
    if (bodyBytes < 0) return undefined;
    const decipher = decipherOf(this.#name, this.#key, nonce);
    if (associatedData.length > 0) decipher.setAAD(associatedData, { plaintextLength: bodyBytes });
    decipher.setAuthTag(ciphertext.subarray(bodyBytes));
    const body = decipher.update(ciphertext.subarray(0, bodyBytes));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return new Uint8Array(body.buffer, body.byteOffset, body.length);
  }
}

/** Node's types tell the ciphers apart by literal names, hence the two calls. */
function cipherOf(name: AeadName, key: KeyObject, nonce: Uint8Array) {
  return name === "aes-256-gcm"
    ? createCipheriv(name, key, nonce, OPTIONS)
    : createCipheriv(name, key, nonce, OPTIONS);
}

function decipherOf(name: AeadName, key: KeyObject, nonce: Uint8Array) {
  return name === "aes-256-gcm"
    ? createDecipheriv(name, key, nonce, OPTIONS)
    : createDecipheriv(name, key, nonce, OPTIONS);
}
