import { test } from "vitest";
import { createNodeSuite } from "../../../adapters/node/crypto.ts";
import { runSchedule, toyPaymentSuite } from "./schedule.ts";

const suite = toyPaymentSuite(createNodeSuite());

test("try", () => {
  const begun = performance.now();
  let paid = 0,
    deals = 0;
  const faults: string[] = [];
  const N = Number(process.env["N"] ?? 300);
  for (let seed = 1; seed <= N; seed++) {
    const result = runSchedule({ suite, seed, evilMax: seed % 2 === 0 ? 0 : 3 });
    paid += result.paid;
    deals += result.deals;
    if (result.faults.length > 0)
      faults.push(`${seed} evil ${result.evil}: ${result.faults.join("; ")}`);
  }
  console.log(
    paid,
    deals,
    (performance.now() - begun) / N,
    "ms each",
    faults.length,
    faults.slice(0, 12).join("\n"),
  );
}, 600_000);
