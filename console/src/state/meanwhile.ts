import { MEANWHILE_MAX } from "../limits.ts";
import type { Conversations } from "./events.ts";

/** What happened to the conversations, to be done to others again. */
export type Change = (known: Conversations) => Conversations;

/**
 * What happens to conversations while a part of them is being fetched: the peer may have answered
 * before it happened, and what is told by itself may overtake that answer.
 */
export class Meanwhile {
  readonly #fetches = new Set<Change[]>();

  /** Something has happened. Of what happens during one fetch the last `MEANWHILE_MAX` count. */
  note(change: Change): void {
    for (const changes of this.#fetches) {
      changes.push(change);
      if (changes.length > MEANWHILE_MAX) changes.shift();
    }
  }

  /** Fetches something, and uses the answer together with what has happened since the question. */
  async during<T>(fetch: () => Promise<T>, use: (answer: T, since: Change) => void): Promise<void> {
    const changes: Change[] = [];
    this.#fetches.add(changes);
    try {
      const answer = await fetch();
      // Nothing may happen between the two: what does is noted until the answer is in its place.
      use(answer, (known) => changes.reduce((so, change) => change(so), known));
    } finally {
      this.#fetches.delete(changes);
    }
  }
}
