import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { runChurn } from "../../src/simulation/money/payments/churn.ts";
import { toyPaymentSuite } from "../../src/simulation/money/payments/schedule.ts";
import { type BenchOptions, type BenchRow, benchRow } from "../row.ts";

const FULL = { size: 10_000, payments: 50_000 };
const REDUCED = { size: 500, payments: 2_500 };

/** Locks that are resolved within an hour after the last of five partitions, with churn all the while. */
export function scale({ full }: BenchOptions): Promise<BenchRow[]> {
  const suite = toyPaymentSuite(createNodeSuite());
  const { payments, size } = full ? FULL : REDUCED;
  const result = runChurn({ suite, seed: 1, size, payments, churnShare: 0.3 });
  const { openAtHeal, openAfterHour } = result;
  const percent = openAtHeal === 0 ? null : (100 * (openAtHeal - openAfterHour)) / openAtHeal;
  const note =
    `${size} peers, ${result.begun} payments begun, ${result.paid} paid, ${result.crashes} crashes, ` +
    `5 partitions of ${result.cutLines} lines in all, ${result.locks} locks; of ${openAtHeal} open when all were back, ` +
    `${openAfterHour} still were after an hour; lines whose sides differ: ${result.unequal}`;
  const rows = [
    benchRow("money.scale.resolved.percent", percent, "%"),
    benchRow("money.scale.unequal-lines", result.unequal, "lines"),
  ];
  return Promise.resolve(rows.map((row) => ({ ...row, note, reduced: !full })));
}
