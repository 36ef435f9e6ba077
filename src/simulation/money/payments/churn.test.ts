import { expect, test } from "vitest";
import { createNodeSuite } from "../../../adapters/node/crypto.ts";
import { runChurn } from "./churn.ts";
import { toyPaymentSuite } from "./schedule.ts";

test("a neighbourhood with churn and partitions: nothing stays locked once all are back", () => {
  const suite = toyPaymentSuite(createNodeSuite());
  const result = runChurn({ suite, seed: 1, size: 60, payments: 300, churnShare: 0.3 });
  expect(result.begun).toBeGreaterThan(150);
  expect(result.paid).toBeGreaterThan(100);
  expect(result.openAtHeal).toBeGreaterThan(0);
  expect(result.openAfterHour).toBe(0);
  expect(result.unequal).toBe(0);
  expect(result.crashes).toBeGreaterThan(50);
});
