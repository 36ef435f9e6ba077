import { byteName, equalSecretAt, utf8 } from "../../base/bytes.ts";
import { TypedError } from "../../base/errors.ts";
import { lentBytes } from "../../base/lent.ts";
import { type CryptoSuite, type DhKey, isLowOrderDhKey } from "../../crypto/index.ts";
import { LAYER_BYTES, MAC_BYTES, RunKeys, singleKeys } from "./layer-keys.ts";
import { LAYER_PAYLOAD_BYTES, ONION_SECRETS_MAX } from "./limits.ts";
import { isMarkedLength, isOnionLength, MARK_BYTES, ONION_KEY_BYTES, xorInto } from "./onion.ts";

const BLIND = utf8("peernet payment onion v1 blind");

/** What somebody on the way finds in an onion. */
export interface PeeledOnion {
  readonly payload: Uint8Array;
  /**
   * For the next one: as long as what came in, in memory shared with others (`lentBytes`).
   * @param isBlinded whether the next one sees another key: so it was until layers said which
   */
  next(isBlinded: boolean): Uint8Array;
}

/** What this device and a payer share, by the key in an onion. */
interface Secret {
  readonly shared: Uint8Array;
  /** Once an onion of a run came. */
  run: RunKeys | undefined;
  /** The key that the next one sees in an onion of before, once it was asked for. */
  blindedKey: Uint8Array | undefined;
}

/** Opens onions with this device's key; remembers the secrets of keys that come again. */
export class OnionReader {
  readonly #suite: CryptoSuite;
  readonly #dhKey: DhKey;
  readonly #secrets = new Map<string, Secret>();

  constructor(suite: CryptoSuite, dhKey: DhKey) {
    this.#suite = suite;
    this.#dhKey = dhKey;
  }

  /** What is in it for us, or undefined where it is not for us or was altered. */
  peel(onion: Uint8Array): PeeledOnion | undefined {
    if (!isOnionLength(onion.length)) return undefined;
    const key = onion.subarray(0, ONION_KEY_BYTES);
    const secret = this.#secretFor(key);
    if (secret === undefined) return undefined;
    const isMarked = isMarkedLength(onion.length);
    const macAt = ONION_KEY_BYTES + (isMarked ? MARK_BYTES : 0);
    const mark = onion[ONION_KEY_BYTES] ?? 0;
    const layers = onion.subarray(macAt + MAC_BYTES);
    if (isMarked) secret.run ??= new RunKeys(this.#suite, secret.shared);
    const keys = isMarked ? secret.run?.at(mark) : singleKeys(this.#suite, secret.shared);
    if (keys === undefined || !equalSecretAt(keys.mac(layers), 0, onion, macAt, MAC_BYTES)) {
      return undefined;
    }
    const plain = keys.stream(layers.length);
    xorInto(plain, layers);
    return {
      payload: plain.subarray(0, LAYER_PAYLOAD_BYTES),
      next: (isBlinded) => {
        const nextKey = isBlinded ? this.#blinded(secret, key) : key;
        const rest = plain.subarray(LAYER_PAYLOAD_BYTES, layers.length + LAYER_BYTES);
        const onward = lentBytes(onion.length);
        onward.set(nextKey);
        if (isMarked) onward[ONION_KEY_BYTES] = mark;
        onward.set(rest, macAt);
        return onward;
      },
    };
  }

  #blinded(secret: Secret, key: Uint8Array): Uint8Array {
    const blind = this.#suite.hmacSha256(secret.shared, BLIND, key);
    secret.blindedKey ??= this.#suite.dhKey(blind).dh(key);
    return secret.blindedKey;
  }

  #secretFor(key: Uint8Array): Secret | undefined {
    const name = byteName(key);
    const known = this.#secrets.get(name);
    if (known !== undefined) return known;
    if (isLowOrderDhKey(key)) return undefined;
    try {
      const secret: Secret = {
        shared: this.#dhKey.dh(key),
        run: undefined,
        blindedKey: undefined,
      };
      const [oldest] = this.#secrets.keys();
      if (this.#secrets.size >= ONION_SECRETS_MAX && oldest !== undefined) {
        this.#secrets.delete(oldest);
      }
      this.#secrets.set(name, secret);
      return secret;
    } catch (error) {
      if (!(error instanceof TypedError)) throw error;
      return undefined;
    }
  }
}
