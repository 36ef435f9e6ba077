import { chacha20, chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, fromHex, toHex, utf8 } from "../../../src/base/bytes.ts";

// A second ratchet, written from docs/protocol/messages.md alone on libraries that the product
// does not use, for clearness and not for speed: it makes every key of a chain beforehand and
// keeps all of them. It must understand every frame of the real one, and be understood.

const PLACES = 400;
const ZEROS = new Uint8Array(12);

interface ReferenceChain {
  readonly keys: readonly Uint8Array[];
  readonly tags: readonly string[];
  readonly used: Set<number>;
  base: number;
}

/** What the reference makes of a frame. */
export interface ReferenceOpened {
  readonly body: Uint8Array;
  readonly index: number;
}

function expand(salt: Uint8Array, secret: Uint8Array, info: string, count: number): Uint8Array[] {
  const bytes = hkdf(sha256, secret, salt, utf8(info), 32 * count);
  return Array.from({ length: count }, (_, i) => bytes.slice(32 * i, 32 * i + 32));
}

function chainOf(chainKey: Uint8Array, tagKey: Uint8Array, base: number): ReferenceChain {
  const keys: Uint8Array[] = [];
  for (let key = chainKey; keys.length < PLACES; key = hmac(sha256, key, Uint8Array.of(2))) {
    keys.push(hmac(sha256, key, Uint8Array.of(1)));
  }
  const tags = keys.map((_, place) => {
    const block = Uint8Array.of(0, 0, place >> 11, (place >> 3) & 0xff);
    return toHex(hmac(sha256, tagKey, block)).slice(8 * (place % 8), 8 * (place % 8) + 8);
  });
  return { keys, tags, used: new Set(), base };
}

function seal(key: Uint8Array, head: Uint8Array, plain: Uint8Array): Uint8Array {
  if ((head[0] ?? 0) % 2 === 0) {
    return concatBytes(head, chacha20poly1305(key, ZEROS, head).encrypt(plain));
  }
  const text = chacha20(hmac(sha256, key, Uint8Array.of(3)), ZEROS, plain, undefined, 1);
  const mac = hmac(sha256, hmac(sha256, key, Uint8Array.of(4)), concatBytes(head, text));
  return concatBytes(head, text, mac.slice(0, 8));
}

function unseal(key: Uint8Array, head: Uint8Array, rest: Uint8Array): Uint8Array {
  if ((head[0] ?? 0) % 2 === 0) return chacha20poly1305(key, ZEROS, head).decrypt(rest);
  const text = rest.slice(0, -8);
  const mac = hmac(sha256, hmac(sha256, key, Uint8Array.of(4)), concatBytes(head, text));
  if (toHex(mac.slice(0, 8)) !== toHex(rest.slice(-8))) throw new RangeError("forged");
  return chacha20(hmac(sha256, key, Uint8Array.of(3)), ZEROS, text, undefined, 1);
}

/** Noise_X_25519_ChaChaPoly_SHA256 spelled out; returns the message and what split() calls k3. */
function noiseX(
  prologue: Uint8Array,
  responder: Uint8Array,
  step: (
    mixHash: (data: Uint8Array) => void,
    mixKey: (secret: Uint8Array) => void,
    box: (text: Uint8Array, decrypt: boolean) => Uint8Array,
  ) => void,
): Uint8Array {
  let hash = concatBytes(utf8("Noise_X_25519_ChaChaPoly_SHA256"), new Uint8Array(1));
  let chaining = hash;
  let key = ZEROS;
  const mixHash = (data: Uint8Array) => {
    hash = sha256(concatBytes(hash, data));
  };
  mixHash(prologue);
  mixHash(responder);
  const mixKey = (secret: Uint8Array) => {
    const bytes = hkdf(sha256, secret, chaining, new Uint8Array(0), 64);
    chaining = bytes.slice(0, 32);
    key = bytes.slice(32);
  };
  const box = (text: Uint8Array, decrypt: boolean) => {
    const cipher = chacha20poly1305(key, ZEROS, hash);
    const result = decrypt ? cipher.decrypt(text) : cipher.encrypt(text);
    mixHash(decrypt ? text : result);
    return result;
  };
  step(mixHash, mixKey, box);
  return hkdf(sha256, new Uint8Array(0), chaining, new Uint8Array(0), 96).slice(64);
}

/** One end of a channel. Mutable: what it opens or seals changes it at once. */
export class ReferenceRatchet {
  readonly #odd: boolean;
  readonly #random: () => Uint8Array;
  readonly #chains: Map<number, ReferenceChain> = new Map();
  #contact: Uint8Array | undefined;
  #root: Uint8Array = ZEROS;
  #step = 1;
  #ourSecret: Uint8Array;
  #theirKey: Uint8Array;
  #sending: number;
  #offered: Uint8Array | undefined;
  #sealedInChain = 0;
  #lastLength = 0;
  #sealed = 0;
  acknowledged = 0;
  #highest = -1;
  readonly #opened: Set<number> = new Set();
  #sinceStep = 0;
  readonly #stepAfter: number;

  private constructor(
    odd: boolean,
    secret: Uint8Array,
    ourSecret: Uint8Array,
    theirKey: Uint8Array,
    random: () => Uint8Array,
    stepAfter: number,
  ) {
    const [root, ck0, tag0, ck1, tag1] = expand(
      new Uint8Array(0),
      secret,
      "peernet ratchet begin v1",
      5,
    );
    if (!root || !ck0 || !tag0 || !ck1 || !tag1) throw new RangeError("five keys");
    this.#odd = odd;
    this.#root = root;
    this.#chains.set(0, chainOf(ck0, tag0, 0));
    this.#chains.set(1, chainOf(ck1, tag1, 0));
    this.#sending = odd ? 1 : 0;
    this.#ourSecret = ourSecret;
    this.#theirKey = theirKey;
    this.#random = random;
    this.#stepAfter = stepAfter;
  }

  /** The side that begins. `stepAfter` is how many messages a ratchet key may serve. */
  static begin(
    ours: Uint8Array,
    theirDh: Uint8Array,
    prekey: Uint8Array,
    generation: number,
    random: () => Uint8Array,
    stepAfter = 20,
  ): ReferenceRatchet {
    const ephemeral = random();
    const parts: Uint8Array[] = [x25519.getPublicKey(ephemeral)];
    const prologue = concatBytes(utf8("peernet ratchet contact v1"), theirDh);
    const secret = noiseX(prologue, prekey, (mixHash, mixKey, box) => {
      mixHash(x25519.getPublicKey(ephemeral));
      mixKey(x25519.getSharedSecret(ephemeral, prekey));
      parts.push(box(x25519.getPublicKey(ours), false));
      mixKey(x25519.getSharedSecret(ours, prekey));
      const payload = new Uint8Array(6);
      new DataView(payload.buffer).setUint32(2, generation % 2 ** 32);
      new DataView(payload.buffer).setUint16(0, Math.floor(generation / 2 ** 32));
      parts.push(box(payload, false));
    });
    const made = new ReferenceRatchet(true, secret, ephemeral, prekey, random, stepAfter);
    const message = concatBytes(...parts);
    const hint = hmac(
      sha256,
      prekey,
      concatBytes(utf8("peernet ratchet hint v1"), message.slice(0, 32)),
    );
    made.#contact = concatBytes(hint.slice(0, 4), message);
    return made;
  }

  /** The side that is written to; the first frame must then be opened. */
  static accept(
    ourDh: Uint8Array,
    prekeySecret: Uint8Array,
    frame: Uint8Array,
    random: () => Uint8Array,
    stepAfter = 20,
  ): ReferenceRatchet {
    const message = frame.slice(5, 107);
    const ephemeral = message.slice(0, 32);
    const prologue = concatBytes(utf8("peernet ratchet contact v1"), ourDh);
    const prekey = x25519.getPublicKey(prekeySecret);
    const secret = noiseX(prologue, prekey, (mixHash, mixKey, box) => {
      mixHash(ephemeral);
      mixKey(x25519.getSharedSecret(prekeySecret, ephemeral));
      const theirs = box(message.slice(32, 80), true);
      mixKey(x25519.getSharedSecret(prekeySecret, theirs));
      box(message.slice(80), true);
    });
    return new ReferenceRatchet(false, secret, prekeySecret, ephemeral, random, stepAfter);
  }

  get received(): number {
    let count = 0;
    while (this.#opened.has(count)) count++;
    return count;
  }

  seal(body: Uint8Array, short: boolean): Uint8Array {
    const isOurTurn = (this.#step % 2 === 1) !== this.#odd;
    if (!this.#offered && isOurTurn && (this.#step < 3 || this.#sinceStep >= this.#stepAfter)) {
      this.#ourSecret = this.#random();
      this.#offered = x25519.getPublicKey(this.#ourSecret);
      this.#addChain(x25519.getSharedSecret(this.#ourSecret, this.#theirKey));
    }
    const chain = this.#chain(this.#sending);
    const tellLength = chain.base > 0 && this.acknowledged <= chain.base;
    const length = this.#lastLength;
    const head = [
      (this.#offered ? 0x80 : 0) +
        (tellLength ? 0x40 : 0) +
        (this.#step > this.#sending ? 0x20 : 0),
      this.received % 256,
    ];
    const told = length < 64 ? [length] : [0x40 + (length >> 8), length & 0xff];
    const inner = concatBytes(
      Uint8Array.from(head),
      this.#offered ?? new Uint8Array(0),
      Uint8Array.from(tellLength ? told : []),
      body,
    );
    let padding = 0;
    while ((inner.length + padding) % 16 !== 10) padding++;
    inner[0] = (inner[0] ?? 0) + padding;
    const place = this.#sealedInChain++;
    this.#sealed++;
    this.#sinceStep++;
    const type = (this.#contact ? 0x62 : 0x60) + (short ? 1 : 0);
    const tag = fromHex(chain.tags[place] ?? "") ?? ZEROS;
    const outer = this.#contact
      ? concatBytes(Uint8Array.of(type), this.#contact, Uint8Array.of(place))
      : concatBytes(Uint8Array.of(type), tag);
    const key = chain.keys[place];
    if (!key) throw new RangeError("the reference chain is too short");
    return seal(key, outer, concatBytes(inner, new Uint8Array(padding)));
  }

  /** Throws RangeError or whatever the libraries throw for a frame that does not open. */
  open(frame: Uint8Array): ReferenceOpened {
    const isFirst = ((frame[0] ?? 0) & 0xfe) === 0x62;
    const headBytes = isFirst ? 108 : 5;
    const [step, place] = isFirst ? [1, frame[107] ?? 0] : this.#find(toHex(frame.slice(1, 5)));
    const chain = this.#chain(step);
    const key = chain.keys[place];
    if (!key || chain.used.has(place)) throw new RangeError("replayed");
    const inner = unseal(key, frame.slice(0, headBytes), frame.slice(headBytes));
    const flags = inner[0] ?? 0;
    const [ratchetKey, at] = this.#readExtras(inner, step);
    const index = chain.base + place;
    chain.used.add(place);
    this.#opened.add(index);
    this.#sinceStep++;
    this.#contact = undefined;
    if (index > this.#highest) this.#readAcknowledged(index, inner[1] ?? 0);
    const known = (flags & 0x20) !== 0;
    if (known && this.#offered && step + 1 === this.#sending + 2) this.#switch();
    if (ratchetKey && this.#step === step + 1) {
      this.#theirKey = ratchetKey;
      this.#addChain(x25519.getSharedSecret(this.#ourSecret, ratchetKey));
    }
    return { body: inner.slice(at, inner.length - (flags & 15)), index };
  }

  /** The ratchet key, and where the body begins; notes where the chain before ended. */
  #readExtras(inner: Uint8Array, step: number): readonly [Uint8Array | undefined, number] {
    const flags = inner[0] ?? 0;
    let at = 2;
    const ratchetKey = (flags & 0x80) !== 0 ? inner.slice(at, at + 32) : undefined;
    if (ratchetKey) at += 32;
    if ((flags & 0x40) === 0) return [ratchetKey, at];
    const first = inner[at] ?? 0;
    const length = first < 64 ? first : ((first & 0x3f) << 8) + (inner[at + 1] ?? 0);
    this.#chain(step).base = this.#chain(step - 2).base + length;
    return [ratchetKey, at + (first < 64 ? 1 : 2)];
  }

  #readAcknowledged(index: number, lowest: number): void {
    this.#highest = index;
    while (this.acknowledged % 256 !== lowest) this.acknowledged++;
    if (this.acknowledged > this.#sealed) throw new RangeError("clone");
  }

  #switch(): void {
    this.#offered = undefined;
    this.#sending += 2;
    this.#lastLength = this.#sealedInChain;
    this.#sealedInChain = 0;
    this.#chain(this.#sending).base = this.#sealed;
  }

  #addChain(shared: Uint8Array): void {
    const [root, chainKey, tagKey] = expand(this.#root, shared, "peernet ratchet step v1", 3);
    if (!root || !chainKey || !tagKey) throw new RangeError("three keys");
    this.#root = root;
    this.#step++;
    this.#sinceStep = 0;
    this.#chains.set(this.#step, chainOf(chainKey, tagKey, -1));
  }

  #chain(step: number): ReferenceChain {
    const chain = this.#chains.get(step);
    if (!chain) throw new RangeError("no such chain");
    return chain;
  }

  #find(tag: string): readonly [number, number] {
    for (const [step, chain] of this.#chains) {
      const place = chain.tags.indexOf(tag);
      if (place >= 0 && (step % 2 === 1) !== this.#odd) return [step, place];
    }
    throw new RangeError("not ours");
  }
}
