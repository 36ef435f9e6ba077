import { equalBytes, toHex } from "../base/bytes.ts";
import type { PeerId } from "../identity/index.ts";
import { UNCONFIRMED_MS, UNCONFIRMED_SESSIONS_MAX } from "./limits.ts";

/** An answer already given. */
export interface Answer {
  readonly to: PeerId;
  readonly welcome: Uint8Array;
}

interface Entry extends Answer {
  readonly key: string;
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
  /** Oldest first. A map that is emptied from the front looks at all that are gone to find one. */
  readonly #order: Entry[] = [];

  /** The answer already given to exactly this message. */
  answerTo(hello: Uint8Array, nowMs: number): Answer | undefined {
    const entry = this.#entries.get(keyOf(hello));
    if (entry === undefined || entry.untilMs <= nowMs) return undefined;
    return equalBytes(entry.hello, hello) ? entry : undefined;
  }

  /** Remembers an answer for as long as an unconfirmed session lives. */
  add(hello: Uint8Array, answer: Answer, nowMs: number): void {
    this.#forget(nowMs);
    const { to, welcome } = answer;
    const key = keyOf(hello);
    const entry = { key, to, welcome, hello: hello.slice(), untilMs: nowMs + UNCONFIRMED_MS };
    this.#entries.set(key, entry);
    this.#order.push(entry);
  }

  /** Makes room for one, and drops what is late. */
  #forget(nowMs: number): void {
    for (;;) {
      const [oldest] = this.#order;
      if (oldest === undefined) return;
      if (oldest.untilMs > nowMs && this.#order.length < ENTRIES_MAX) return;
      this.#order.shift();
      if (this.#entries.get(oldest.key) === oldest) this.#entries.delete(oldest.key);
    }
  }
}

function keyOf(hello: Uint8Array): string {
  return toHex(hello.subarray(0, EPHEMERAL_BYTES));
}
