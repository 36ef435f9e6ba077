import type { Head } from "./head.ts";
import { KNOWN_HEADS_MAX } from "./limits.ts";

/**
 * Heads that others gave lately, by root. Who reads a second part of an object needs not ask for its
 * head again: a head never changes, and its root is its hash.
 */
export class KnownHeads {
  readonly #heads: Map<string, Head> = new Map();

  /** The head of this root, in hexadecimal digits, where it is known. */
  get(root: string): Head | undefined {
    const head = this.#heads.get(root);
    if (head !== undefined) this.add(head);
    return head;
  }

  /** Keeps a head that was checked; the longest unused one makes room. */
  add(head: Head): void {
    this.#heads.delete(head.rootHex);
    this.#heads.set(head.rootHex, head);
    for (const oldest of this.#heads.keys()) {
      if (this.#heads.size <= KNOWN_HEADS_MAX) break;
      this.#heads.delete(oldest);
    }
  }
}
