import { wordlist } from "@scure/bip39/wordlists/english.js";
import { concatBytes, utf8 } from "../../base/bytes.ts";
import type { CryptoSuite } from "../../crypto/index.ts";
import { frameOf } from "../../feed/index.ts";
import { decodeCbor, encodeCbor, schema } from "../../wire/index.ts";
import type { Talk } from "../talk.ts";
import { VERIFY_FRAME_BYTES_MAX, VERIFY_WORDS } from "./limits.ts";
import type { PublicKeys } from "./person-link.ts";

/** Bytes of either side's random number. */
export const NONCE_BYTES = 32;

const COMMIT = utf8("peernet verify commit v1");
const WORDS = utf8("peernet verify words v1");
const BITS_PER_WORD = 11;

/** What opens an exchange of a verification. */
export type VerifyQuestion =
  /** The beginner is bound to a number that it does not show yet. */
  | { readonly t: "commit"; readonly c: Uint8Array }
  /** It shows the number, after it has heard the other one. */
  | { readonly t: "reveal"; readonly n: Uint8Array };

/** What answers it. */
export type VerifyAnswer =
  | { readonly t: "nonce"; readonly n: Uint8Array }
  | { readonly t: "done" }
  | { readonly t: "refused" };

const nonce = schema.bytes(NONCE_BYTES);
const frameSchema = schema.union({
  commit: schema.record({ t: schema.literal("commit"), c: schema.bytes(32) }),
  reveal: schema.record({ t: schema.literal("reveal"), n: nonce }),
  nonce: schema.record({ t: schema.literal("nonce"), n: nonce }),
  done: schema.record({ t: schema.literal("done") }),
  refused: schema.record({ t: schema.literal("refused") }),
});

/** What is said on the streams of the `verify` service. */
export const VERIFY_TALK: Talk<VerifyQuestion, VerifyAnswer> = {
  service: "verify",
  frameBytesMax: VERIFY_FRAME_BYTES_MAX,
  encode: (frame) => frameOf(encodeCbor(frame)),
  decode: (content) => frameSchema(decodeCbor(content), "frame"),
  isQuestion: (frame): frame is VerifyQuestion => frame.t === "commit" || frame.t === "reveal",
};

/** What binds the beginner to its number. */
export function commitmentOf(suite: CryptoSuite, ownNonce: Uint8Array): Uint8Array {
  return suite.sha256(COMMIT, ownNonce);
}

/**
 * The words that both read to each other. Whoever stands between two people has keys of its own
 * towards each, and must have them hear the same words: as its number is bound before it knows
 * theirs, each try succeeds once in 2^44 (Vaudenay, SAS-based authenticated key agreement, 2005).
 */
export function wordsOf(
  suite: CryptoSuite,
  beginner: PublicKeys & { readonly nonce: Uint8Array },
  other: PublicKeys & { readonly nonce: Uint8Array },
): string {
  const sides = [beginner, other].map(({ signKey, dhKey, nonce: number }) =>
    concatBytes(signKey, dhKey, number),
  );
  const hash = suite.sha256(WORDS, ...sides);
  let bits = 0n;
  for (const byte of hash.subarray(0, 8)) bits = (bits << 8n) | BigInt(byte);
  const words: string[] = [];
  for (let at = 1; at <= VERIFY_WORDS; at++) {
    const index = Number((bits >> BigInt(64 - at * BITS_PER_WORD)) & 0x7ffn);
    words.push(wordlist[index] ?? "");
  }
  return words.join(" ");
}
