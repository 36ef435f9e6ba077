import { assert } from "../../../base/errors.ts";
import { type AeadKey, type AeadName, CryptoError, TAG_BYTES } from "../../../crypto/suite.ts";
import { EVP_ASSOCIATED_BYTES, EVP_KEY_USES_SHARED, EVP_SMALL_BYTES } from "../limits.ts";
import { type EvpDirection, type EvpFunctions, findEvp } from "./evp-functions.ts";
import { EvpMemory } from "./evp-memory.ts";
import type { Ffi } from "./ffi.ts";

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
/** EVP_CTRL_AEAD_GET_TAG and EVP_CTRL_AEAD_SET_TAG (evp.h). */
const GET_TAG = 0x10;
const SET_TAG = 0x11;

type Way = "seal" | "open";

/** OpenSSL without node:crypto's objects around each call. One per thread is enough. */
export class Evp {
  readonly functions: EvpFunctions;
  readonly memory: EvpMemory;
  /** By cipher: the context that seals and the one that opens, 0 before there is one. */
  readonly #shared: Readonly<Record<AeadName, Record<Way, number>>> = {
    "aes-256-gcm": { seal: 0, open: 0 },
    "chacha20-poly1305": { seal: 0, open: 0 },
  };
  readonly #contexts: FinalizationRegistry<number>;

  /** @throws Error where this node has another library for cryptography */
  constructor(ffi: Ffi) {
    this.functions = findEvp(ffi);
    this.memory = new EvpMemory(ffi);
    const { freeContext } = this.functions;
    this.#contexts = new FinalizationRegistry((context) => void freeContext(context));
  }

  /**
   * An AEAD with a 32-byte key.
   * @throws CryptoError("bad-key") unless the key has 32 bytes
   */
  aead(name: AeadName, key: Uint8Array): AeadKey {
    return new EvpAeadKey(this, name, key);
  }

  /** A context for one owner and direction, freed when nobody has the owner any more. */
  contextFor(owner: object, name: AeadName, way: Way, key: Uint8Array): number {
    const context = this.#newContext(name, way, key);
    this.#contexts.register(owner, context);
    return context;
  }

  /** The context for keys that have no own one (yet); the caller sets its key. */
  sharedContext(name: AeadName, way: Way, key: Uint8Array): number {
    const shared = this.#shared[name];
    if (shared[way] === 0) shared[way] = this.#newContext(name, way, key);
    return shared[way];
  }

  #newContext(name: AeadName, way: Way, key: Uint8Array): number {
    const context = this.functions.newContext();
    assert(context !== 0, "OpenSSL has no memory left");
    this.memory.putKey(key);
    const cipher = this.functions.ciphers[name];
    const made = this.functions[way].init(context, cipher, 0, this.memory.key, 0);
    assert(made === 1, "OpenSSL has no such cipher");
    return context;
  }
}

class EvpAeadKey implements AeadKey {
  readonly #evp: Evp;
  readonly #name: AeadName;
  readonly #key: Uint8Array;
  /** Uses so far; its own context, once there were enough. Addresses lie far above. */
  #sealing = 0;
  #opening = 0;

  constructor(evp: Evp, name: AeadName, key: Uint8Array) {
    if (key.length !== KEY_BYTES) {
      throw new CryptoError("bad-key", `An AEAD key has ${KEY_BYTES} bytes, not ${key.length}.`);
    }
    this.#evp = evp;
    this.#name = name;
    this.#key = new Uint8Array(key);
  }

  /** A context that is ready to seal the message with this nonce and associated data. */
  #beginSeal(nonce: Uint8Array, associatedData: Uint8Array): number {
    if (this.#sealing <= EVP_KEY_USES_SHARED) this.#sealing = this.#use("seal", this.#sealing);
    const direction = this.#evp.functions.seal;
    return this.#begin("seal", direction, this.#sealing, nonce, associatedData);
  }

  /** The same for opening. */
  #beginOpen(nonce: Uint8Array, associatedData: Uint8Array): number {
    if (this.#opening <= EVP_KEY_USES_SHARED) this.#opening = this.#use("open", this.#opening);
    const direction = this.#evp.functions.open;
    return this.#begin("open", direction, this.#opening, nonce, associatedData);
  }

  /** Most keys of handshakes are used once: those never cost memory that V8 does not see. */
  #use(way: Way, uses: number): number {
    if (uses < EVP_KEY_USES_SHARED) return uses + 1;
    return this.#evp.contextFor(this, this.#name, way, this.#key);
  }

  #begin(
    way: Way,
    { init, update, updateFrom }: EvpDirection,
    use: number,
    nonce: Uint8Array,
    associatedData: Uint8Array,
  ): number {
    assert(nonce.length === NONCE_BYTES, "an AEAD nonce has 12 bytes");
    const { memory } = this.#evp;
    memory.putNonce(nonce);
    const isShared = use <= EVP_KEY_USES_SHARED;
    const context = isShared ? this.#evp.sharedContext(this.#name, way, this.#key) : use;
    if (isShared) memory.putKey(this.#key);
    let good = init(context, 0, 0, isShared ? memory.key : 0, memory.nonce);
    const bytes = associatedData.length;
    if (bytes > EVP_ASSOCIATED_BYTES) {
      good &= updateFrom(context, 0, memory.length, associatedData, bytes);
    } else if (bytes > 0) {
      memory.putAssociated(associatedData);
      good &= update(context, 0, memory.length, memory.associated, bytes);
    }
    assert(good === 1, "OpenSSL takes any nonce and associated data");
    return context;
  }

  seal(nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const { memory } = this.#evp;
    const bytes = plaintext.length + TAG_BYTES;
    if (bytes <= EVP_SMALL_BYTES) {
      this.#sealSmall(nonce, associatedData, plaintext, memory.room(bytes));
      return memory.cut(bytes);
    }
    const sealed = unfilled(bytes);
    this.sealInto(nonce, associatedData, plaintext, sealed);
    return sealed;
  }

  /** Seals what fits, to an address. */
  #sealSmall(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    plaintext: Uint8Array,
    out: number,
  ): void {
    const { functions, memory } = this.#evp;
    const { update, final } = functions.seal;
    const bytes = plaintext.length;
    const context = this.#beginSeal(nonce, associatedData);
    let good = 1;
    if (bytes > 0) {
      memory.putInput(plaintext);
      good = update(context, out, memory.length, memory.input, bytes);
    }
    good &= final(context, memory.tag, memory.length);
    good &= functions.control(context, GET_TAG, TAG_BYTES, out + bytes);
    assert(good === 1, "OpenSSL seals whatever it is given");
  }

  sealInto(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    plaintext: Uint8Array,
    out: Uint8Array,
  ): void {
    const bytes = plaintext.length;
    const at = out.length - bytes - TAG_BYTES;
    assert(at >= 0, "there is room for text and tag");
    const { functions, memory } = this.#evp;
    if (bytes + TAG_BYTES <= EVP_SMALL_BYTES) {
      this.#sealSmall(nonce, associatedData, plaintext, memory.output);
      memory.copyOutput(bytes + TAG_BYTES, out, at);
      return;
    }
    const { updateBytes, final } = functions.seal;
    const context = this.#beginSeal(nonce, associatedData);
    const place = at === 0 ? out : out.subarray(at);
    let good = updateBytes(context, place, memory.length, plaintext, bytes);
    good &= final(context, memory.tag, memory.length);
    good &= functions.control(context, GET_TAG, TAG_BYTES, memory.tag);
    assert(good === 1, "OpenSSL seals whatever it is given");
    memory.copyTag(out, at + bytes);
  }

  sealAcross(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    plaintext: Uint8Array,
    parts: readonly Uint8Array[],
  ): void {
    const { functions, memory } = this.#evp;
    const { updateBytes, final } = functions.seal;
    const context = this.#beginSeal(nonce, associatedData);
    let good = 1;
    let at = 0;
    for (const part of parts) {
      const some = plaintext.subarray(at, at + part.length);
      const { length } = some;
      at += length;
      if (length > 0) good &= updateBytes(context, part, memory.length, some, length);
      if (length < part.length) part.fill(0, length);
    }
    good &= final(context, memory.tag, memory.length);
    good &= functions.control(context, GET_TAG, TAG_BYTES, memory.tag);
    assert(good === 1, "OpenSSL seals whatever it is given");
    memory.spreadTag(parts, at);
  }

  open(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    ciphertext: Uint8Array,
    room?: Uint8Array,
  ): Uint8Array | undefined {
    const { functions, memory } = this.#evp;
    const { update, updateBytes, final } = functions.open;
    const bytes = ciphertext.length - TAG_BYTES;
    const context = this.#beginOpen(nonce, associatedData);
    if (bytes < 0) return undefined;
    const isSmall = ciphertext.length <= EVP_SMALL_BYTES;
    const into = isSmall && room?.length === bytes ? room : undefined;
    const plain = isSmall ? undefined : (within(room, bytes) ?? unfilled(bytes));
    let good: number;
    if (plain === undefined) {
      const out = into === undefined ? memory.room(bytes) : memory.output;
      memory.putInput(ciphertext);
      good = functions.control(context, SET_TAG, TAG_BYTES, memory.input + bytes);
      if (bytes > 0) good &= update(context, out, memory.length, memory.input, bytes);
    } else {
      memory.putTagOf(ciphertext);
      good = functions.control(context, SET_TAG, TAG_BYTES, memory.tag);
      good &= updateBytes(context, plain, memory.length, ciphertext, bytes);
    }
    assert(good === 1, "OpenSSL reads whatever it is given before it judges");
    if (final(context, memory.tag, memory.length) === 1) {
      if (into === undefined) return plain ?? memory.cut(bytes);
      memory.copyOutput(bytes, into, 0);
      return into;
    }
    // Or the next failure of node:crypto would be told with the words of this one.
    functions.clearErrors();
    return undefined;
  }
}

function within(room: Uint8Array | undefined, bytes: number): Uint8Array | undefined {
  if (room?.length === bytes) return room;
  return room !== undefined && room.length >= bytes ? room.subarray(0, bytes) : undefined;
}

/** An array that is about to be written in full: clearing 64 KiB takes as long as sealing 16. */
function unfilled(bytes: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer);
}
