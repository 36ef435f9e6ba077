import { entropyToMnemonic, mnemonicToEntropy } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { IdentityError } from "./errors.ts";
import { RECOVERY_WORDS } from "./limits.ts";
import { SEED_BYTES } from "./seeds.ts";

const KNOWN_WORDS: ReadonlySet<string> = new Set(wordlist);

/**
 * The 24 words (BIP 39, English) that stand for a person's entropy.
 * @throws IdentityError("bad-seed") unless it has 32 bytes
 */
export function entropyToWords(entropy: Uint8Array): string[] {
  if (entropy.length !== SEED_BYTES) {
    throw new IdentityError("bad-seed", `Entropy has ${SEED_BYTES} bytes, not ${entropy.length}.`);
  }
  return entropyToMnemonic(entropy, wordlist).split(" ");
}

/**
 * The entropy behind 24 words as a person typed them; capitals and spaces around do not matter.
 * @throws IdentityError("word-count" | "unknown-word" | "words-checksum") saying what to look at
 */
export function wordsToEntropy(words: readonly string[]): Uint8Array {
  const typed = words.map((word) => word.trim().toLowerCase()).filter((word) => word !== "");
  if (typed.length !== RECOVERY_WORDS) {
    throw new IdentityError(
      "word-count",
      `There are ${typed.length} words, but recovery needs ${RECOVERY_WORDS}. Count them again.`,
    );
  }
  typed.forEach((word, index) => {
    if (KNOWN_WORDS.has(word)) return;
    throw new IdentityError(
      "unknown-word",
      `Word ${index + 1}, "${word.slice(0, 32)}", is not in the list of words. Check its spelling.`,
    );
  });
  try {
    return new Uint8Array(mnemonicToEntropy(typed.join(" "), wordlist));
  } catch (cause) {
    throw new IdentityError(
      "words-checksum",
      "These words do not belong together: one is wrong or in another place. Compare each one.",
      { cause },
    );
  }
}

/** Words that two people compare by voice: 44 bits, 11 a word. */
export const SPOKEN_WORDS = 4;

const WORD_BITS = 11;

/** The first 44 bits of a hash as four words of the same list, for the ear. */
export function spokenWords(hash: Uint8Array): string[] {
  const bits = [...hash].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return Array.from({ length: SPOKEN_WORDS }, (_, at) => {
    const index = Number.parseInt(bits.slice(at * WORD_BITS, (at + 1) * WORD_BITS), 2);
    return wordlist[index] ?? "";
  });
}
