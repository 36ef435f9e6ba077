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
  readonly #shared = new Map<string, number>();
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
    const id = `${way} ${name}`;
    const context = this.#shared.get(id) ?? this.#newContext(name, way, key);
    this.#shared.set(id, context);
    return context;
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

/** One direction of a key. */
class EvpWay {
  readonly direction: EvpDirection;
  readonly #evp: Evp;
  readonly #name: AeadName;
  readonly #way: Way;
  readonly #key: Uint8Array;
  readonly #owner: object;
  #uses = 0;
  #own = 0;

  constructor(evp: Evp, name: AeadName, way: Way, key: Uint8Array, owner: object) {
    this.#evp = evp;
    this.#name = name;
    this.#way = way;
    this.#key = key;
    this.#owner = owner;
    this.direction = evp.functions[way];
  }

  /** A context that is ready for the message with this nonce and associated data. */
  begin(nonce: Uint8Array, associatedData: Uint8Array): number {
    assert(nonce.length === NONCE_BYTES, "an AEAD nonce has 12 bytes");
    const { memory } = this.#evp;
    const { init, update, updateFrom } = this.direction;
    memory.putNonce(nonce);
    const context = this.#own === 0 ? this.#choose() : this.#own;
    const key = this.#own === 0 ? memory.key : 0;
    let good = init(context, 0, 0, key, memory.nonce);
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

  /** Most keys of handshakes are used once: those never cost memory that V8 does not see. */
  #choose(): number {
    this.#uses += 1;
    if (this.#uses > EVP_KEY_USES_SHARED) {
      this.#own = this.#evp.contextFor(this.#owner, this.#name, this.#way, this.#key);
      return this.#own;
    }
    const shared = this.#evp.sharedContext(this.#name, this.#way, this.#key);
    this.#evp.memory.putKey(this.#key);
    return shared;
  }
}

class EvpAeadKey implements AeadKey {
  readonly #evp: Evp;
  readonly #name: AeadName;
  readonly #key: Uint8Array;
  /** Most keys go one way only, and there are two for each of thousands of sessions. */
  #sealing: EvpWay | undefined;
  #opening: EvpWay | undefined;

  constructor(evp: Evp, name: AeadName, key: Uint8Array) {
    if (key.length !== KEY_BYTES) {
      throw new CryptoError("bad-key", `An AEAD key has ${KEY_BYTES} bytes, not ${key.length}.`);
    }
    this.#evp = evp;
    this.#name = name;
    this.#key = Uint8Array.from(key);
  }

  get #seal(): EvpWay {
    this.#sealing ??= new EvpWay(this.#evp, this.#name, "seal", this.#key, this);
    return this.#sealing;
  }

  get #open(): EvpWay {
    this.#opening ??= new EvpWay(this.#evp, this.#name, "open", this.#key, this);
    return this.#opening;
  }

  seal(nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const { functions, memory } = this.#evp;
    const { update, updateBytes, final } = this.#seal.direction;
    const bytes = plaintext.length;
    const context = this.#seal.begin(nonce, associatedData);
    const isSmall = bytes + TAG_BYTES <= EVP_SMALL_BYTES;
    const sealed = isSmall ? undefined : unfilled(bytes + TAG_BYTES);
    const out = isSmall ? memory.room(bytes + TAG_BYTES) : 0;
    let good = 1;
    if (sealed !== undefined) {
      good = updateBytes(context, sealed, memory.length, plaintext, bytes);
    } else if (bytes > 0) {
      memory.putInput(plaintext);
      good = update(context, out, memory.length, memory.input, bytes);
    }
    good &= final(context, memory.tag, memory.length);
    const tag = sealed === undefined ? out + bytes : memory.tag;
    good &= functions.control(context, GET_TAG, TAG_BYTES, tag);
    assert(good === 1, "OpenSSL seals whatever it is given");
    if (sealed === undefined) return memory.cut(bytes + TAG_BYTES);
    memory.copyTag(sealed, bytes);
    return sealed;
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
    if (bytes + TAG_BYTES <= EVP_SMALL_BYTES) {
      out.set(this.seal(nonce, associatedData, plaintext), at);
      return;
    }
    const { functions, memory } = this.#evp;
    const { updateBytes, final } = this.#seal.direction;
    const context = this.#seal.begin(nonce, associatedData);
    let good = updateBytes(context, out.subarray(at), memory.length, plaintext, bytes);
    good &= final(context, memory.tag, memory.length);
    good &= functions.control(context, GET_TAG, TAG_BYTES, memory.tag);
    assert(good === 1, "OpenSSL seals whatever it is given");
    memory.copyTag(out, at + bytes);
  }

  open(
    nonce: Uint8Array,
    associatedData: Uint8Array,
    ciphertext: Uint8Array,
    room?: Uint8Array,
  ): Uint8Array | undefined {
    const { functions, memory } = this.#evp;
    const { update, updateBytes, final } = this.#open.direction;
    const bytes = ciphertext.length - TAG_BYTES;
    const context = this.#open.begin(nonce, associatedData);
    if (bytes < 0) return undefined;
    const isSmall = ciphertext.length <= EVP_SMALL_BYTES;
    const plain = isSmall ? undefined : (within(room, bytes) ?? unfilled(bytes));
    let good: number;
    if (plain === undefined) {
      memory.putInput(ciphertext);
      good = functions.control(context, SET_TAG, TAG_BYTES, memory.input + bytes);
      if (bytes > 0) {
        good &= update(context, memory.room(bytes), memory.length, memory.input, bytes);
      }
    } else {
      memory.putTag(ciphertext.subarray(bytes));
      good = functions.control(context, SET_TAG, TAG_BYTES, memory.tag);
      good &= updateBytes(context, plain, memory.length, ciphertext, bytes);
    }
    assert(good === 1, "OpenSSL reads whatever it is given before it judges");
    if (final(context, memory.tag, memory.length) === 1) return plain ?? memory.cut(bytes);
    // Or the next failure of node:crypto would be told with the words of this one.
    functions.clearErrors();
    return undefined;
  }
}

function within(room: Uint8Array | undefined, bytes: number): Uint8Array | undefined {
  return room !== undefined && room.length >= bytes ? room.subarray(0, bytes) : undefined;
}

/** An array that is about to be written in full: clearing 64 KiB takes as long as sealing 16. */
function unfilled(bytes: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer);
}
