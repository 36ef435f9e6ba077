/** Rows of a long list that are drawn, `to` excluded. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** Heights of rows: measured ones, and a guess for those that were never drawn. In pixels. */
export class RowHeights {
  readonly #guess: number;
  readonly #known = new Map<string, number>();

  constructor(guess: number) {
    this.#guess = guess;
  }

  /** @returns whether that is news */
  set(id: string, height: number): boolean {
    if (this.#known.get(id) === height) return false;
    this.#known.set(id, height);
    return true;
  }

  /** Where each row begins, and at the end where the last one ends. */
  offsets(ids: readonly { readonly id: string }[]): Float64Array {
    const found = new Float64Array(ids.length + 1);
    let top = 0;
    for (let at = 0; at < ids.length; at += 1) {
      top += this.#known.get(ids[at]?.id ?? "") ?? this.#guess;
      found[at + 1] = top;
    }
    return found;
  }
}

/** The row at a place; the last one for places behind all of them. */
export function rowAt(offsets: Float64Array, top: number): number {
  let low = 0;
  let high = Math.max(0, offsets.length - 2);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets[middle] ?? 0) <= top) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The rows that show between two places, and some around them. */
export function windowAt(
  offsets: Float64Array,
  top: number,
  height: number,
  around: number,
): Window {
  const rows = offsets.length - 1;
  if (rows <= 0) return { from: 0, to: 0 };
  return {
    from: rowAt(offsets, top - around),
    to: Math.min(rows, rowAt(offsets, top + height + around) + 1),
  };
}
