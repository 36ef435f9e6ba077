import goals from "./goals.json" with { type: "json" };

/** A bound that a measured value must keep. */
export interface BenchGoal {
  readonly op: "<=" | ">=";
  readonly value: number;
}

/** What another program reached at the same task, in the same run. */
export interface BenchRival {
  readonly name: string;
  /** In the row's unit, or null where it could not run. */
  readonly value: number | null;
  /** How it ran, or why it did not. */
  readonly note?: string;
}

/** One measured figure. */
export interface BenchRow {
  /** Room, task and variant, dotted; the key in goals.json. */
  readonly id: string;
  /** Null where it could not be measured. */
  readonly value: number | null;
  readonly unit: string;
  readonly goal: BenchGoal | null;
  /** Whether the goal is kept; null where there is no goal or no value. */
  readonly met: boolean | null;
  readonly rivals: readonly BenchRival[];
  /** What a reader must know to judge the value: how much was sampled, say. */
  readonly note?: string;
  /** Measured at a smaller scale than the goal speaks of: not enough for --strict. */
  readonly reduced?: boolean;
}

/** How a bench is run. */
export interface BenchOptions {
  /** At full scale, however long that takes. */
  readonly full: boolean;
}

interface StoredGoal extends BenchGoal {
  readonly unit: string;
}

function isGoal(entry: { op: string; value: number; unit: string }): entry is StoredGoal {
  return entry.op === "<=" || entry.op === ">=";
}

/**
 * A row judged by its goal in goals.json.
 * @throws RangeError where the goal there is spelled wrongly or has another unit
 */
export function benchRow(
  id: string,
  value: number | null,
  unit: string,
  rivals: readonly BenchRival[] = [],
): BenchRow {
  const entry = new Map(Object.entries(goals)).get(id);
  if (!entry) return { id, value, unit, goal: null, met: null, rivals };
  if (!isGoal(entry) || entry.unit !== unit) {
    throw new RangeError(`goals.json: ${id} needs op <= or >= and the unit ${unit}`);
  }
  const isMet = (reached: number): boolean =>
    entry.op === ">=" ? reached >= entry.value : reached <= entry.value;
  const goal = { op: entry.op, value: entry.value };
  return { id, value, unit, goal, met: value === null ? null : isMet(value), rivals };
}

/** The middle value, or null of none. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? null;
}
