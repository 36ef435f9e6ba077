import { assert } from "../../../base/errors.ts";
import { isAllZero } from "../../../crypto/points.ts";
import { CryptoError, type DhKey, type DhOnce } from "../../../crypto/suite.ts";
import { lowOrder } from "../crypto-dh.ts";
import type { Ffi, NativeFunction } from "./ffi.ts";
import { Pinned } from "./pinned.ts";

const KEY_BYTES = 32;
/** EVP_PKEY_X25519 (evp.h). */
const X25519 = 1034;
const SECRET_AT = 0;
const PUBLIC_AT = SECRET_AT + KEY_BYTES;
const RESULT_AT = PUBLIC_AT + KEY_BYTES;
const LENGTH_AT = RESULT_AT + KEY_BYTES;
const MEMORY_BYTES = LENGTH_AT + 8;

/** X25519 by OpenSSL itself: node:crypto takes 10 us more to read the other side's key. */
export class EvpDh {
  readonly #memory: Pinned;
  readonly #functions: ReturnType<typeof findFunctions>;
  readonly #contexts: FinalizationRegistry<number>;
  /** The curve alone, where this OpenSSL lets others call it. */
  readonly once: DhOnce | undefined;
  /** Stands for the other side in every exchange; filled anew for each. */
  readonly #theirs: number;

  /** @throws Error where this node has another library for cryptography */
  constructor(ffi: Ffi) {
    const functions = findFunctions(ffi);
    this.#functions = functions;
    this.#memory = new Pinned(ffi, MEMORY_BYTES);
    this.#contexts = new FinalizationRegistry((context) => void functions.freeContext(context));
    this.once = this.#findOnce(ffi);
    this.#memory.bytes[PUBLIC_AT] = 9;
    const theirs = functions.newPublic(X25519, 0, this.#memory.address + PUBLIC_AT, KEY_BYTES);
    assert(theirs !== 0, "OpenSSL has X25519");
    this.#theirs = theirs;
  }

  /**
   * The pair of a 32-byte secret.
   * @throws CryptoError("bad-key") for any other length
   */
  key(secret: Uint8Array): DhKey {
    checkLength(secret, "secret");
    const { newPrivate, freeKey, publicOf, newContext, init } = this.#functions;
    const { address, bytes } = this.#memory;
    bytes.set(secret, SECRET_AT);
    const key = newPrivate(X25519, 0, address + SECRET_AT, KEY_BYTES);
    bytes.fill(0, SECRET_AT, SECRET_AT + KEY_BYTES);
    assert(key !== 0, "any 32 bytes are a secret key");
    this.#memory.put64(LENGTH_AT, KEY_BYTES);
    const hasPublic = publicOf(key, address + PUBLIC_AT, address + LENGTH_AT);
    const context = newContext(key, 0);
    // The context keeps it.
    freeKey(key);
    assert(hasPublic === 1 && context !== 0 && init(context) === 1, "OpenSSL has X25519");
    const made = new EvpDhKey(this, context, bytes.slice(PUBLIC_AT, PUBLIC_AT + KEY_BYTES));
    this.#contexts.register(made, context, made);
    return made;
  }

  /** These functions are internal ones of OpenSSL 3: who uses them compares what they say first. */
  #findOnce(ffi: Ffi): DhOnce | undefined {
    const { address, bytes } = this.#memory;
    let multiply: NativeFunction;
    let publicOf: NativeFunction;
    try {
      multiply = ffi.find("ossl_x25519", ["address", "address", "address"]);
      publicOf = ffi.find("ossl_x25519_public_from_private", ["address", "address"]);
    } catch {
      return undefined;
    }
    const take = (): Uint8Array => {
      const result = bytes.slice(RESULT_AT, RESULT_AT + KEY_BYTES);
      bytes.fill(0, 0, RESULT_AT + KEY_BYTES);
      return result;
    };
    return {
      publicOf: (secret) => {
        checkLength(secret, "secret");
        bytes.set(secret, SECRET_AT);
        publicOf(address + RESULT_AT, address + SECRET_AT);
        return take();
      },
      exchange: (secret, theirs) => {
        checkLength(secret, "secret");
        checkLength(theirs, "public");
        bytes.set(secret, SECRET_AT);
        bytes.set(theirs, PUBLIC_AT);
        multiply(address + RESULT_AT, address + SECRET_AT, address + PUBLIC_AT);
        const shared = take();
        if (isAllZero(shared)) throw lowOrder();
        return shared;
      },
    };
  }

  /** The end of a key; OpenSSL overwrites its secret. */
  forget(key: object, context: number): void {
    this.#contexts.unregister(key);
    this.#functions.freeContext(context);
  }

  /** @throws CryptoError as `DhKey.dh` */
  exchange(context: number, theirPublicKey: Uint8Array): Uint8Array {
    checkLength(theirPublicKey, "public");
    const { setPublic, setPeer, derive, clearErrors } = this.#functions;
    const { address, bytes } = this.#memory;
    bytes.set(theirPublicKey, PUBLIC_AT);
    this.#memory.put64(LENGTH_AT, KEY_BYTES);
    const isSet =
      setPublic(this.#theirs, address + PUBLIC_AT, KEY_BYTES) === 1 &&
      setPeer(context, this.#theirs, 0) === 1;
    assert(isSet, "any 32 bytes are a public key");
    const isMade = derive(context, address + RESULT_AT, address + LENGTH_AT) === 1;
    const secret = bytes.slice(RESULT_AT, RESULT_AT + KEY_BYTES);
    bytes.fill(0, RESULT_AT, RESULT_AT + KEY_BYTES);
    if (!isMade) clearErrors();
    if (!isMade || isAllZero(secret)) throw lowOrder();
    return secret;
  }
}

class EvpDhKey implements DhKey {
  readonly publicKey: Uint8Array;
  readonly #evp: EvpDh;
  /** 0 once it is forgotten. */
  #context: number;

  constructor(evp: EvpDh, context: number, publicKey: Uint8Array) {
    this.#evp = evp;
    this.#context = context;
    this.publicKey = publicKey;
  }

  dh(theirPublicKey: Uint8Array): Uint8Array {
    assert(this.#context !== 0, "a key that was forgotten exchanges no more");
    return this.#evp.exchange(this.#context, theirPublicKey);
  }

  forget(): void {
    if (this.#context !== 0) this.#evp.forget(this, this.#context);
    this.#context = 0;
  }
}

/** What an exchange takes (evp.h of OpenSSL 3). */
function findFunctions(
  ffi: Ffi,
): Readonly<
  Record<
    | ("newPrivate" | "newPublic" | "freeKey" | "publicOf" | "setPublic")
    | ("newContext" | "freeContext" | "init" | "setPeer" | "derive" | "clearErrors"),
    NativeFunction
  >
> {
  const raw = ["int", "address", "address", "address"] as const;
  return {
    newPrivate: ffi.find("EVP_PKEY_new_raw_private_key", raw, "address"),
    newPublic: ffi.find("EVP_PKEY_new_raw_public_key", raw, "address"),
    freeKey: ffi.find("EVP_PKEY_free", ["address"]),
    publicOf: ffi.find("EVP_PKEY_get_raw_public_key", ["address", "address", "address"]),
    setPublic: ffi.find("EVP_PKEY_set1_encoded_public_key", ["address", "address", "address"]),
    newContext: ffi.find("EVP_PKEY_CTX_new", ["address", "address"], "address"),
    freeContext: ffi.find("EVP_PKEY_CTX_free", ["address"]),
    init: ffi.find("EVP_PKEY_derive_init", ["address"]),
    // Without a look at the key: `derive` refuses what gives no secret.
    setPeer: ffi.find("EVP_PKEY_derive_set_peer_ex", ["address", "address", "int"]),
    derive: ffi.find("EVP_PKEY_derive", ["address", "address", "address"]),
    clearErrors: ffi.find("ERR_clear_error", []),
  };
}

function checkLength(key: Uint8Array, kind: string): void {
  if (key.length !== KEY_BYTES) {
    throw new CryptoError("bad-key", `A ${kind} key has ${KEY_BYTES} bytes, not ${key.length}.`);
  }
}
