import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { runSchedule, toyPaymentSuite } from "../../src/simulation/money/payments/schedule.ts";
import { runSybils } from "../../src/simulation/money/payments/sybils.ts";
import { type BenchOptions, type BenchRow, benchRow } from "../row.ts";

const FULL = 1_000_000;
const REDUCED = 5_000;
const SYBILS = [1, 10, 100, 1_000] as const;
const SYBILS_FULL = 10_000;

/**
 * Broken invariants over randomised schedules, of which half have evil people in them, and over
 * towns with many false identities behind a few lines. Lines are simulated, payments are the real ones.
 */
export function safety({ full }: BenchOptions): Promise<BenchRow[]> {
  const suite = toyPaymentSuite(createNodeSuite());
  const schedules = full ? FULL : REDUCED;
  const sums = { deals: 0, paid: 0, crashes: 0, partitions: 0, lost: 0, evil: 0, tricks: 0 };
  const faults: string[] = [];
  for (let seed = 1; seed <= schedules; seed++) {
    const result = runSchedule({ suite, seed, evilMax: seed % 2 === 0 ? 0 : 3 });
    faults.push(...result.faults.map((fault) => `schedule ${seed}: ${fault}`));
    sums.deals += result.deals;
    sums.paid += result.paid;
    sums.crashes += result.crashes;
    sums.partitions += result.partitions;
    sums.lost += result.lost;
    sums.evil += result.evil;
    for (const count of result.tricks.values()) sums.tricks += count;
  }
  const counts = full ? [...SYBILS, SYBILS_FULL] : SYBILS;
  const sybils = counts.map((count) => ({ count, ...runSybils(suite, count, count) }));
  for (const { count, faults: found } of sybils) {
    faults.push(...found.map((fault) => `${count} sybils: ${fault}`));
  }
  for (const fault of faults.slice(0, 20)) console.error(fault);
  const note =
    `${schedules} schedules: ${sums.deals} payments asked for, ${sums.paid} paid, ${sums.crashes} crashes, ` +
    `${sums.partitions} partitions, ${sums.lost} messages lost, ${sums.evil} evil people, ${sums.tricks} tricks; sybils ` +
    sybils.map(({ count, claims, cut }) => `${count}: got ${claims} of ${cut}`).join(", ");
  const row = benchRow("money.safety.violations", faults.length, "violations");
  return Promise.resolve([{ ...row, note, reduced: !full }]);
}
