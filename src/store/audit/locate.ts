import { divide, multiply } from "../erasure/field.ts";

/** Rows of a matrix over GF(2^8), all of one length. */
export type Rows = readonly Uint8Array[];

/**
 * Places of `count` errors that explain the syndromes of all columns (Peterson 1960, for several
 * columns with the same places at once): the locator polynomial, with the errors' points as
 * roots, is the solution of a linear system.
 * @param syndromes row t: the sums with x^t, one column per codeword
 * @param points of all replies, by place
 * @returns exactly `count` places, or undefined where no such polynomial exists
 */
export function locateErrors(
  syndromes: Rows,
  count: number,
  points: readonly number[],
): readonly number[] | undefined {
  const locator = solve(locatorSystem(syndromes, count), count);
  if (locator === undefined) return undefined;
  const places: number[] = [];
  for (const [place, point] of points.entries()) {
    // The leading coefficient is one.
    let value = 1;
    for (let i = count - 1; i >= 0; i--) value = multiply(value, point) ^ (locator[i] ?? 0);
    if (value === 0) places.push(place);
  }
  return places.length === count ? places : undefined;
}

/** One equation per column and window of `count + 1` syndromes; the last entry is the right side. */
function locatorSystem(syndromes: Rows, count: number): Uint8Array[] {
  const equations: Uint8Array[] = [];
  for (let first = 0; first + count < syndromes.length; first++) {
    for (let column = 0; column < (syndromes[0]?.length ?? 0); column++) {
      const equation = new Uint8Array(count + 1);
      for (let i = 0; i <= count; i++) equation[i] = syndromes[first + i]?.[column] ?? 0;
      equations.push(equation);
    }
  }
  return equations;
}

/** A solution by elimination, or undefined where there is none or no single one. */
function solve(equations: Uint8Array[], unknowns: number): Uint8Array | undefined {
  for (let at = 0; at < unknowns; at++) {
    const pivot = equations.findIndex((row, i) => i >= at && row[at] !== 0);
    const row = equations[pivot];
    const other = equations[at];
    if (row === undefined || other === undefined) return undefined;
    equations[pivot] = other;
    equations[at] = row;
    const lead = row[at] ?? 1;
    for (let i = at; i <= unknowns; i++) row[i] = divide(row[i] ?? 0, lead);
    for (const target of equations) if (target !== row) clear(target, row, at);
  }
  const isSolved = equations.slice(unknowns).every((row) => row[unknowns] === 0);
  return isSolved
    ? Uint8Array.from(equations.slice(0, unknowns), (row) => row[unknowns] ?? 0)
    : undefined;
}

/** Subtracts a row, which begins with a one at `at`, so that the target has a zero there. */
function clear(target: Uint8Array, row: Uint8Array, at: number): void {
  const factor = target[at] ?? 0;
  if (factor === 0) return;
  for (let i = at; i < row.length; i++) {
    target[i] = (target[i] ?? 0) ^ multiply(factor, row[i] ?? 0);
  }
}
