import { equalBytes, toHex } from "../base/bytes.ts";
import type { PeerId } from "../identity/index.ts";
import { UNCONFIRMED_MS, UNCONFIRMED_SESSIONS_MAX } from "./limits.ts";

/** An answer already given. */
export interface Answer {
  readonly to: PeerId;
  readonly welcome: Uint8Array;
}

interface Entry extends Answer {
  readonly hello: Uint8Array;
  readonly untilMs: number;
}

/** Bytes of the ephemeral key that a first message begins with. */
const EPHEMERAL_BYTES = 32;
/** First messages remembered. */
const ENTRIES_MAX: number = 4 * UNCONFIRMED_SESSIONS_MAX;

/**
 * First messages answered lately, so that a repeated one gets the same answer without new
 * Diffie-Hellman work and without a second session.
 */
export class HelloMemory {
  readonly #entries: Map<string, Entry> = new Map();

  /** The answer already given to exactly this message. */
  answerTo(hello: Uint8Array, nowMs: number): Answer | undefined {
    const entry = this.#entries.get(keyOf(hello));
    if (entry === undefined || entry.untilMs <= nowMs) return undefined;
    return equalBytes(entry.hello, hello) ? entry : undefined;
  }

  /** Remembers an answer for as long as an unconfirmed session lives. */
  add(hello: Uint8Array, answer: Answer, nowMs: number): void {
    for (const [key, entry] of this.#entries) {
      if (entry.untilMs > nowMs && this.#entries.size < ENTRIES_MAX) break;
      this.#entries.delete(key);
    }
    const entry = { ...answer, hello: hello.slice(), untilMs: nowMs + UNCONFIRMED_MS };
    this.#entries.set(keyOf(hello), entry);
  }
}

function keyOf(hello: Uint8Array): string {
  return toHex(hello.subarray(0, EPHEMERAL_BYTES));
}
