/** Makes a decided change durable and real, and then tells how it went. Called once. */
export type Carry<E> = (done: (error: E | null) => void) => void;

/** What refusals of changes are. */
export interface SerialOptions<E extends Error> {
  /** Changes that may wait behind the one under way. */
  readonly waitingMax: number;
  /** One more was to wait. */
  readonly busy: () => E;
  /** Whether an error that a decision threw is an answer to its caller; others are thrown on. */
  readonly isRefusal: (error: unknown) => error is E;
}

interface Waiting<E> {
  readonly decide: () => Carry<E> | undefined;
  readonly done: (error: E | null) => void;
}

/** Makes changes one after another: each is decided on what the one before it has left. */
export class SerialChanges<E extends Error> {
  readonly #options: SerialOptions<E>;
  readonly #waiting: Waiting<E>[] = [];
  #isBusy = false;

  constructor(options: SerialOptions<E>) {
    this.#options = options;
  }

  /** Queues a change. `decide` answers undefined where nothing is to be done. */
  make(decide: () => Carry<E> | undefined, done: (error: E | null) => void): void {
    if (this.#waiting.length >= this.#options.waitingMax) {
      done(this.#options.busy());
      return;
    }
    this.#waiting.push({ decide, done });
    this.#next();
  }

  #next(): void {
    if (this.#isBusy) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#isBusy = true;
    let carry: Carry<E> | undefined;
    try {
      carry = next.decide();
    } catch (error) {
      if (!this.#options.isRefusal(error)) throw error;
      this.#settle(next, error);
      return;
    }
    if (carry === undefined) this.#settle(next, null);
    else carry((error) => this.#settle(next, error));
  }

  #settle({ done }: Waiting<E>, error: E | null): void {
    this.#isBusy = false;
    done(error);
    this.#next();
  }
}
