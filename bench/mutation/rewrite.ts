import { loopBodies, type Mutant } from "./operators.ts";

interface Edit {
  readonly start: number;
  readonly end: number;
  /** Among edits at one place, the smaller stands first. */
  readonly order: number;
  readonly text: string;
}

/** Larger than any source: openings of wide nodes must stand before those of narrow ones. */
const WIDEST = 1e9;

function edited(code: string, edits: readonly Edit[]): string {
  let result = "";
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start || a.order - b.order)) {
    result += code.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + code.slice(at);
}

/** Counts the turns of loops, so that a loop that a mutant made endless fails in a moment. */
function loopGuards(file: string, code: string): Edit[] {
  const turn = "globalThis.__peernetTurn?.();";
  return loopBodies(file, code).flatMap(({ start, end, isBlock }): Edit[] => {
    if (isBlock) return [{ start: start + 1, end: start + 1, order: WIDEST, text: turn }];
    return [
      { start, end: start, order: WIDEST - (end - start), text: `{${turn}` },
      { start: end, end, order: end - start + 0.5, text: "}" },
    ];
  });
}

/** The source with one mutant in place, its loops counted. */
export function applyMutant(code: string, mutant: Mutant): string {
  const { file, start, end, replacement, isStatement } = mutant;
  const guards = loopGuards(file, code).filter((edit) => edit.start <= start || edit.start >= end);
  const text = isStatement ? replacement : `(${replacement})`;
  return edited(code, [...guards, { start, end, order: 2 * WIDEST, text }]);
}

/** The source that reports, by number, each of these places that runs; its loops are counted. */
export function instrument(code: string, mutants: ReadonlyMap<number, Mutant>): string {
  const edits = [...mutants].flatMap(([number, { start, end, isStatement }]): Edit[] => {
    const width = end - start;
    const hit = `globalThis.__peernetHit?.(${number})`;
    const opening = isStatement ? `{${hit};` : `(${hit},`;
    // At one place, what ends narrowly comes first, then guards, then what starts widely.
    return [
      { start, end: start, order: 2 * WIDEST - width, text: opening },
      { start: end, end, order: width, text: isStatement ? "}" : ")" },
    ];
  });
  const [file] = [...mutants.values()].map((mutant) => mutant.file);
  return edited(code, file === undefined ? edits : [...loopGuards(file, code), ...edits]);
}
