import { Dice } from "../../test/crash/dice.ts";
import { type StormPlan, storm } from "../../test/crash/storm.ts";
import { Street } from "../../test/crash/street.ts";
import { auditStreet } from "../../test/crash/street-books.ts";
import { type BenchOptions, type BenchRow, benchRow } from "../row.ts";

const HOUSES = 12;
/** A third of the houses. */
const KILLED = 4;
/** Lines between payer and payee at most; those on the way may know of each other or not. */
const HOPS_MAX = 4;
const SEED = "money processes 1";
const FULL = { payments: 10_000, mostMs: 3 * 3_600_000 };
const REDUCED = { payments: 300, mostMs: 300_000 };
/** How long all may take to find each other again and to settle what hangs. */
const CALM_MS = 180_000;

/** A ring, and three lines across it: nobody is further from anybody than four lines. */
const LINES: readonly (readonly [number, number])[] = [
  ...Array.from({ length: HOUSES }, (_, at) => [at, (at + 1) % HOUSES] as const),
  ...([
    [0, 5],
    [6, 11],
    [2, 9],
  ] as const),
];

/** Twelve real peers pay each other while a third of them is killed and started again, over and over. */
export async function processes({ full }: BenchOptions): Promise<BenchRow[]> {
  const { mostMs, payments } = full ? FULL : REDUCED;
  const plan: StormPlan = {
    ...{ payments, mostMs, hopsMax: HOPS_MAX, atOnce: 12, killed: KILLED, killsMin: 2 * KILLED },
    ...{ upMs: 8_000, awayMs: 1_000 },
  };
  const street = new Street({ houses: HOUSES, lines: LINES, limit: "10000" });
  try {
    await street.build();
    const { begun, kills, tookMs } = await storm(street, plan, new Dice(SEED));
    const unrest = await street.calm(CALM_MS);
    const { byHops, faults, paid, receipts } = await auditStreet(street, begun);
    for (const one of [...unrest, ...faults]) console.error(one);
    const over = byHops
      .map((count, hops) => (count > 0 ? `${count} over ${hops}` : ""))
      .filter(Boolean);
    const note =
      `${HOUSES} processes, ${begun.length} begun, ${paid} paid (${over.join(", ")}), the others failed with nothing paid; ` +
      `${kills} kills, ${receipts} receipts checked without a peer; ${(paid / (tookMs / 1_000)).toFixed(1)} payments/s while they die and come back`;
    const rows = [
      benchRow("money.processes.paid", paid, "payments"),
      benchRow("money.processes.faults", faults.length, "faults"),
      benchRow("money.processes.unsettled", unrest.length, "left"),
    ];
    return rows.map((row) => ({ ...row, note, reduced: !full }));
  } finally {
    await street.remove();
  }
}
