import type { LineId } from "../line-desk.ts";

/** Something for each of many locks, by line and `byteName` of the id: whoever is at a line chooses only names on it. */
export class LockMap<T> {
  readonly #lines = new Map<LineId, Map<string, T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(line: LineId, name: string): T | undefined {
    return this.#lines.get(line)?.get(name);
  }

  set(line: LineId, name: string, value: T): void {
    let names = this.#lines.get(line);
    if (names === undefined) {
      names = new Map();
      this.#lines.set(line, names);
    }
    this.#size -= names.size;
    names.set(name, value);
    this.#size += names.size;
  }

  /** @returns whether it was there */
  delete(line: LineId, name: string): boolean {
    const names = this.#lines.get(line);
    if (names?.delete(name) !== true) return false;
    this.#size--;
    if (names.size === 0) this.#lines.delete(line);
    return true;
  }

  /** What there is on one line, the oldest first. */
  on(line: LineId): Iterable<T> {
    return this.#lines.get(line)?.values() ?? [];
  }

  /** All of it, line by line. */
  *values(): Iterable<T> {
    for (const names of this.#lines.values()) yield* names.values();
  }

  /** What is oldest on each of the lines. */
  *oldest(): Iterable<T> {
    for (const names of this.#lines.values()) {
      for (const value of names.values()) {
        yield value;
        break;
      }
    }
  }
}
