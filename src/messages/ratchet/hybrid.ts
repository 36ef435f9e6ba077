import { concatBytes, NO_BYTES, utf8 } from "../../base/bytes.ts";
import { type CryptoSuite, hkdfSha256, KEY_BYTES } from "../../crypto/index.ts";
import { RatchetError } from "./errors.ts";
import type { Prekey, PrekeyBundle, RatchetKit } from "./types.ts";

const CONTEXT = utf8("peernet ratchet hybrid v1");

/** What ML-KEM-768 adds to a first contact. */
export interface HybridPart {
  readonly kemKey: Uint8Array;
  readonly ciphertext: Uint8Array;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

/**
 * The initiator's part, where the prekey is a hybrid one. It is never left out: that would be a way
 * down which nobody sees.
 * @throws CryptoError("bad-key")
 * @throws RatchetError("no-prekey") where this device cannot do it
 */
export function offerHybrid(kit: RatchetKit, { kemKey }: PrekeyBundle): HybridPart | undefined {
  if (kemKey === undefined) return undefined;
  if (kit.kem === undefined) throw cannot();
  return { kemKey, ...kit.kem.encapsulate(kemKey, kit.random) };
}

/**
 * The responder's part: a hybrid prekey opens hybrid first contacts alone, a plain one plain ones.
 * @param ciphertext empty in a plain first contact
 * @throws RatchetError("no-prekey") where it does not fit the prekey, or this device cannot do it
 */
export function takeHybrid(
  kit: RatchetKit,
  prekey: Prekey,
  ciphertext: Uint8Array,
): HybridPart | undefined {
  const { kemKey, kemSeed } = prekey;
  if (ciphertext.length === 0 && kemKey === undefined) return undefined;
  const isWhole = ciphertext.length > 0 && kemKey !== undefined && kemSeed !== undefined;
  if (!isWhole || kit.kem === undefined) throw cannot();
  return { kemKey, ciphertext, secret: kit.kem.decapsulate(kemSeed, ciphertext) };
}

function cannot(): RatchetError {
  return new RatchetError("no-prekey", "Somebody wrote by a kind of key that this device has not.");
}

/**
 * The secret of a first contact: that of Noise, and where there is one that of ML-KEM-768, bound to key
 * and ciphertext. It stays secret while either does.
 */
export function hybridSecret(
  suite: CryptoSuite,
  secret: Uint8Array,
  part: HybridPart | undefined,
): Uint8Array {
  if (part === undefined) return secret;
  const { kemKey, ciphertext } = part;
  const info = concatBytes(CONTEXT, suite.sha256(kemKey), suite.sha256(ciphertext));
  return hkdfSha256(suite, NO_BYTES, concatBytes(secret, part.secret), KEY_BYTES, info);
}
