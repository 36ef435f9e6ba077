import type { AeadName, CryptoSuite } from "../crypto/index.ts";

/** Bits of the byte by which each side of a handshake says what it can and prefers. */
const AES_IS_FAST = 0x01;
/** In answers: the data that came along with the first message was taken. */
const EARLY_TAKEN = 0x02;
/** The byte is below this; the record that follows it begins above (a map in CBOR). */
const ABILITIES_END = 0x80;

/** What this side says of itself. That it says anything means: it knows key updates. */
export function abilitiesOf(suite: CryptoSuite): number {
  return suite.fastAead === "aes-256-gcm" ? AES_IS_FAST : 0;
}

/** The same in an answer, which also tells the fate of early data. */
export function answeredAbilities(suite: CryptoSuite, earlyTaken: boolean): number {
  return abilitiesOf(suite) | (earlyTaken ? EARLY_TAKEN : 0);
}

/** Whether an answer says that early data was taken. */
export function wasEarlyTaken(abilities: number | undefined): boolean {
  return ((abilities ?? 0) & EARLY_TAKEN) !== 0;
}

/** Whether a byte says what its sender can; bits that we do not know mean nothing to us. */
export function isAbilities(byte: number | undefined): byte is number {
  return byte !== undefined && byte < ABILITIES_END;
}

/**
 * The AEAD of the session's packets, the same on both sides: AES-256-GCM where both compute it
 * faster. One that lacks the instructions would lose more by it than the other gains.
 * @param theirs undefined where the other side said nothing, as peers did before there was a choice
 */
export function chooseAead(ours: number, theirs: number | undefined): AeadName {
  const both = ours & (theirs ?? 0);
  return (both & AES_IS_FAST) === 0 ? "chacha20-poly1305" : "aes-256-gcm";
}
