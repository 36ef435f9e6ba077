/** Undirected links between places 0 … size-1 without loops and repetitions, in order of coming. */
export class LinkSet {
  readonly links: (readonly [number, number])[] = [];
  readonly #size: number;
  readonly #known = new Set<number>();

  constructor(size: number) {
    this.#size = size;
  }

  /** Takes a link in. False: a loop, or known already. */
  add(a: number, b: number): boolean {
    const [low, high] = a < b ? [a, b] : [b, a];
    const key = low * this.#size + high;
    if (low === high || this.#known.has(key)) return false;
    this.#known.add(key);
    this.links.push([low, high]);
    return true;
  }
}

/** Which places hang together: a union-find over their numbers. */
export class Components {
  readonly #above: Int32Array;

  constructor(size: number, links: readonly (readonly [number, number])[]) {
    this.#above = Int32Array.from({ length: size }, (_, place) => place);
    for (const [a, b] of links) this.join(a, b);
  }

  /** The place that stands for all that hang together with this one. */
  of(place: number): number {
    const above = this.#above;
    let at = place;
    for (let up = above[at] ?? at; up !== at; up = above[at] ?? at) {
      above[at] = above[up] ?? up;
      at = above[at] ?? up;
    }
    return at;
  }

  /** Joins what hangs together with `a` and with `b`; the smaller name stays. */
  join(a: number, b: number): void {
    const [low, high] = [this.of(a), this.of(b)].sort((x, y) => x - y);
    this.#above[high ?? 0] = low ?? 0;
  }
}
