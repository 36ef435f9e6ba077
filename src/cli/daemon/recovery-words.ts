import { randomInt } from "node:crypto";
import type { Home } from "../../adapters/node/home.ts";
import { ApiError, type WordsSwitch } from "../../api/index.ts";
import { entropyToWords, RECOVERY_WORDS } from "../../identity/index.ts";

/** Words that are asked for. */
const ASKED = 3;
/** Wrong answers that one run of the peer takes. */
const WRONG_MAX = 20;

/** Asks for some of the recovery words, and remembers that somebody knew them. */
export class RecoveryWords implements WordsSwitch {
  readonly #home: Home;
  #asks: readonly number[] = choose();
  #wrong = 0;

  constructor(home: Home) {
    this.#home = home;
  }

  get isHeld(): boolean {
    return this.#home.identity?.personEntropy !== undefined;
  }

  get isConfirmed(): boolean {
    return this.#home.identity?.wordsConfirmed === true;
  }

  get asks(): readonly number[] {
    return this.#asks;
  }

  show(): readonly string[] {
    const entropy = this.#home.identity?.personEntropy;
    if (entropy === undefined) {
      throw new ApiError("forbidden", "Your 24 words are not on this device.");
    }
    if (this.isConfirmed) {
      throw new ApiError(
        "forbidden",
        "You have shown that you know your words, so no page shows them any more; 'peernet recovery show' does.",
      );
    }
    return entropyToWords(entropy);
  }

  async confirm(typed: readonly string[]): Promise<void> {
    const { identity } = this.#home;
    const entropy = identity?.personEntropy;
    if (identity === undefined || entropy === undefined) {
      throw new ApiError("forbidden", "Your 24 words are not on this device.");
    }
    if (this.#wrong >= WRONG_MAX) {
      throw new ApiError("unavailable", "That was wrong too often. Start the peer anew.");
    }
    const words = entropyToWords(entropy);
    const isRight =
      typed.length === ASKED &&
      this.#asks.every((place, at) => typed[at]?.trim().toLowerCase() === words[place - 1]);
    if (!isRight) {
      this.#wrong++;
      this.#asks = choose();
      throw new ApiError(
        "conflict",
        "Those are not the words at these places. Look at what you wrote down; 'peernet recovery show' shows them.",
      );
    }
    await this.#home.writeIdentity({ ...identity, wordsConfirmed: true });
  }
}

/** Different places, in order, counted from 1. */
function choose(): readonly number[] {
  const places = new Set<number>();
  while (places.size < ASKED) places.add(randomInt(1, RECOVERY_WORDS + 1));
  return [...places].sort((a, b) => a - b);
}
