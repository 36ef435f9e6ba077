/** Something that keeps back what it has to write, until it is asked for it. */
export interface Gatherer {
  flush(): void;
}

/**
 * What is said to partners while one thing is dealt with goes out in one piece at its end: many messages came in one
 * piece, or with one disk batch, and so do the many that follow from them.
 */
export class Gathering {
  #depth = 0;
  readonly #due = new Set<Gatherer>();

  /** Whether something is being dealt with: what is to be written then waits for its end. */
  get isOn(): boolean {
    return this.#depth > 0;
  }

  /** Somebody has something to write. */
  add(one: Gatherer): void {
    this.#due.add(one);
  }

  /** Deals with something; what it made others want to write is written when it returns or throws. */
  during(call: () => void): void {
    this.#depth++;
    try {
      call();
    } finally {
      this.#depth--;
      if (this.#depth === 0) this.#flush();
    }
  }

  #flush(): void {
    const due = [...this.#due];
    this.#due.clear();
    for (const one of due) one.flush();
  }
}
