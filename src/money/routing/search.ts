import type { CreditMap } from "./credit-map.ts";
import { ROUTE_LINES_MAX } from "./limits.ts";

/** A way over a map: its edges in order, and what it is guessed to carry. */
export interface FoundWay {
  readonly edges: readonly number[];
  readonly width: number;
}

/** What a further line costs: a way of one line more must carry more by this. */
export const LINE_FACTOR = 0.95;

/**
 * The best way from the payer to a person: of the widest ways of 1, 2 … `linesMax` lines the one
 * with the most width, but no more than is `wanted`, times LINE_FACTOR for each line. Widths are
 * found line by line (Bellman and Ford with minimum for sum). Undefined where all ways have no width.
 */
export function bestWay(
  map: CreditMap,
  payee: number,
  wanted: number,
  linesMax: number = ROUTE_LINES_MAX,
): FoundWay | undefined {
  const people = map.people.length;
  let width = new Float64Array(people);
  width[0] = Number.POSITIVE_INFINITY;
  const via: Int32Array[] = [];
  let best: { readonly lines: number; readonly score: number } | undefined;
  for (let lines = 1; lines <= linesMax; lines++) {
    const step = widen(map, width);
    if (step === undefined) break;
    width = step.width;
    via.push(step.via);
    if ((step.via[payee] ?? -1) < 0) continue;
    const carried = Math.min(width[payee] ?? 0, wanted);
    const score = carried * LINE_FACTOR ** lines;
    if (best === undefined || score > best.score) best = { lines, score };
    if (carried >= wanted) break;
  }
  return best === undefined ? undefined : trace(map, via.slice(0, best.lines), payee);
}

/** One line more: the edges by which somebody is now reached wider; undefined where nobody is. */
function widen(
  map: CreditMap,
  before: Float64Array,
): { readonly width: Float64Array<ArrayBuffer>; readonly via: Int32Array } | undefined {
  const width = new Float64Array(before);
  const via = new Int32Array(before.length).fill(-1);
  const { from, to, guess } = map;
  let isWider = false;
  for (let edge = 0; edge < from.length; edge++) {
    const through = Math.min(before[from[edge] ?? 0] ?? 0, guess[edge] ?? 0);
    const target = to[edge] ?? 0;
    if (through <= (width[target] ?? 0)) continue;
    width[target] = through;
    via[target] = edge;
    isWider = true;
  }
  return isWider ? { width, via } : undefined;
}

function trace(map: CreditMap, via: readonly Int32Array[], payee: number): FoundWay {
  const edges: number[] = [];
  let at = payee;
  let width = Number.POSITIVE_INFINITY;
  for (let lines = via.length - 1; lines >= 0; lines--) {
    const edge = via[lines]?.[at] ?? -1;
    // Reached as wide by fewer lines.
    if (edge < 0) continue;
    edges.push(edge);
    width = Math.min(width, map.guess[edge] ?? 0);
    at = map.from[edge] ?? 0;
  }
  return { edges: edges.reverse(), width };
}
