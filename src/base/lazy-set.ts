const NOTHING: ReadonlySet<never> = new Set<never>();

/**
 * A set in order of insertion that takes no memory while it is empty: where there are thousands
 * of sets and most of them stay empty, that is most of their memory.
 */
export class LazySet<T> implements Iterable<T> {
  #items: Set<T> | undefined;

  /** How many items there are. */
  get size(): number {
    return this.#items?.size ?? 0;
  }

  /** Whether it is in. */
  has(item: T): boolean {
    return this.#items?.has(item) ?? false;
  }

  /** Takes it in; it keeps its place where it was in already. */
  add(item: T): void {
    this.#items ??= new Set();
    this.#items.add(item);
  }

  /** Takes it out. False: it was not in. */
  delete(item: T): boolean {
    const wasIn = this.#items?.delete(item) ?? false;
    if (this.#items?.size === 0) this.#items = undefined;
    return wasIn;
  }

  /** Takes all out. */
  clear(): void {
    this.#items = undefined;
  }

  /** The item that has been in for longest; undefined while it is empty. */
  first(): T | undefined {
    if (this.#items !== undefined) for (const item of this.#items) return item;
    return undefined;
  }

  /** The items; those added while it is walked come last. */
  [Symbol.iterator](): IterableIterator<T> {
    return (this.#items ?? NOTHING).values();
  }
}
