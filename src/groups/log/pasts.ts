import { PASTS_MAX } from "./limits.ts";
import type { Entry } from "./types.ts";

/** Which operations happened before which: sets of ancestors, made when they are asked for. */
export class Pasts {
  readonly #entries: readonly Entry[];
  readonly #sets = new Map<number, Uint32Array>();

  /** @param entries in an order in which everything comes after what it depends on; may grow */
  constructor(entries: readonly Entry[]) {
    this.#entries = entries;
  }

  /** Whether the author of `later` had seen `earlier`. An operation is not in its own past. */
  has(later: number, earlier: number): boolean {
    if (earlier >= later) return false;
    const set = this.#of(later);
    return (((set[earlier >> 5] ?? 0) >>> (earlier & 31)) & 1) === 1;
  }

  #of(index: number): Uint32Array {
    const kept = this.#sets.get(index);
    if (kept !== undefined) return kept;
    const set = new Uint32Array((index >> 5) + 1);
    const stack = [...(this.#entries[index]?.deps ?? [])];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (!mark(set, at)) continue;
      const known = this.#sets.get(at);
      if (known !== undefined) unite(set, known);
      else for (const dep of this.#entries[at]?.deps ?? []) stack.push(dep);
    }
    this.#keep(index, set);
    return set;
  }

  #keep(index: number, set: Uint32Array): void {
    if (this.#sets.size >= PASTS_MAX) {
      for (const oldest of this.#sets.keys()) {
        this.#sets.delete(oldest);
        break;
      }
    }
    this.#sets.set(index, set);
  }
}

/** @returns false where it was marked before */
function mark(set: Uint32Array, at: number): boolean {
  const word = at >> 5;
  const bit = 1 << (at & 31);
  const before = set[word] ?? 0;
  set[word] = before | bit;
  return (before & bit) === 0;
}

function unite(set: Uint32Array, other: Uint32Array): void {
  for (let word = 0; word < other.length; word++) {
    set[word] = (set[word] ?? 0) | (other[word] ?? 0);
  }
}
