import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { HOPS_MAX } from "../../src/money/payments/limits.ts";
import { toyPaymentSuite } from "../../src/simulation/money/payments/schedule.ts";
import { payByStick, payOverRadio } from "../../src/simulation/money/payments/slow-ways.ts";
import { type BenchRow, benchRow } from "../row.ts";

const HOPS = 5;
const AT_ONCE = 8;

/** Payments over five lines that are slow, or on which only files are carried; and what a line carries. */
export function slowRows(): readonly BenchRow[] {
  const suite = toyPaymentSuite(createNodeSuite());
  const together = payOverRadio({ suite, hops: HOPS, payments: AT_ONCE }, undefined, 20);
  const long = payOverRadio({ suite, hops: HOPS_MAX, payments: AT_ONCE }, undefined, 20);
  const alone = payOverRadio({ suite, hops: HOPS, payments: 1 }, undefined, 20);
  const radio = payOverRadio({ suite, hops: HOPS, payments: AT_ONCE }, 1_000, 5_000);
  const stick = payByStick({ suite, hops: HOPS, payments: AT_ONCE });
  const bytesOf = ({ bytes, hops, begun }: typeof alone) => bytes / hops / begun;
  const seconds = (ms: number) => `${Math.round(ms / 1_000)} s`;
  return [
    {
      ...benchRow("money.multihop.hop.bytes", bytesOf(together), "B"),
      note: `${AT_ONCE} payments begun at once over ${HOPS} lines, reservation, lock and fulfilment, batches with their signatures; one payment alone ${Math.round(bytesOf(alone))} B; without what sessions add`,
    },
    {
      ...benchRow("money.multihop.long.hop.bytes", bytesOf(long), "B"),
      note: `the same over ${HOPS_MAX} lines, which need the long onion`,
    },
    {
      ...benchRow("money.multihop.radio.percent", (100 * radio.paid) / radio.begun, "%"),
      note: `1 kB/s and 5 s round trip on each of ${HOPS} lines, virtual time: all ${radio.begun} paid after ${seconds(radio.tookMs)}`,
    },
    {
      ...benchRow("money.multihop.stick.percent", (100 * stick.paid) / stick.begun, "%"),
      note: `nobody reaches anybody, files are carried from line to line once a day: all ${stick.begun} paid after ${(stick.tookMs / 86_400_000).toFixed(1)} days, virtual time`,
    },
  ];
}
