import { type BenchOptions, type BenchRow, benchRow } from "./row.ts";

/** Rows that are measured together, by the name under which PEERNET_BENCH_ROWS chooses them. */
export type RowGroups = Readonly<Record<string, (options: BenchOptions) => Promise<BenchRow[]>>>;

/** For each name that is asked for and does not exist a row without a value, so that `--strict` fails. */
export function unknownRows(
  bench: string,
  asked: readonly string[] | undefined,
  known: readonly string[],
): BenchRow[] {
  const note = `there is no such group; known: ${known.join(", ")}`;
  return (asked ?? [])
    .filter((name) => !known.includes(name))
    .map((name) => ({ ...benchRow(`${bench}.${name}`, null, ""), note }));
}

/**
 * The rows of the groups that PEERNET_BENCH_ROWS names (comma between), of all where it is not set.
 * A group that breaks, or that does not exist, says so in a row of its own, `bench.group`, and the
 * others go on.
 */
export async function groupRows(
  bench: string,
  groups: RowGroups,
  options: BenchOptions,
): Promise<BenchRow[]> {
  const asked = process.env["PEERNET_BENCH_ROWS"]?.split(",");
  const rows = unknownRows(bench, asked, Object.keys(groups));
  for (const [name, measure] of Object.entries(groups)) {
    if (asked !== undefined && !asked.includes(name)) continue;
    try {
      rows.push(...(await measure(options)));
    } catch (error) {
      console.error(error);
      rows.push({ ...benchRow(`${bench}.${name}`, null, ""), note: String(error) });
    }
  }
  return rows;
}
