/** A map in order of insertion that takes no memory while it is empty, as `LazySet` does. */
export class LazyMap<K, V> {
  #items: Map<K, V> | undefined;

  /** How many entries there are. */
  get size(): number {
    return this.#items?.size ?? 0;
  }

  /** The value of a key, where it has one. */
  get(key: K): V | undefined {
    return this.#items?.get(key);
  }

  /** Whether the key has a value. */
  has(key: K): boolean {
    return this.#items?.has(key) ?? false;
  }

  /** Gives the key a value; it keeps its place where it had one already. */
  set(key: K, value: V): void {
    this.#items ??= new Map();
    this.#items.set(key, value);
  }

  /** Takes the key out. False: it had no value. */
  delete(key: K): boolean {
    const wasIn = this.#items?.delete(key) ?? false;
    if (this.#items?.size === 0) this.#items = undefined;
    return wasIn;
  }

  /** Takes all out. */
  clear(): void {
    this.#items = undefined;
  }

  /** The values; those added while they are walked come last. */
  values(): Iterable<V> {
    return this.#items?.values() ?? [];
  }

  /** Keys with their values; those added while they are walked come last. */
  entries(): Iterable<[K, V]> {
    return this.#items?.entries() ?? [];
  }
}
