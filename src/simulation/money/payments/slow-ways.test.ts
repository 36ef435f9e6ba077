import { expect, test } from "vitest";
import { createNodeSuite } from "../../../adapters/node/crypto.ts";
import { toyPaymentSuite } from "./schedule.ts";
import { payByStick, payOverRadio } from "./slow-ways.ts";

const suite = toyPaymentSuite(createNodeSuite());

test("a payment over five lines of 1 kB/s that answer after 5 s", () => {
  const result = payOverRadio({ suite, hops: 5, payments: 1 }, 1_000, 5_000);
  expect(result.paid).toBe(1);
  expect(result.tookMs).toBeLessThan(80_000);
  expect(result.bytes / result.hops).toBeLessThan(460);
  const many = payOverRadio({ suite, hops: 5, payments: 20 }, 1_000, 5_000);
  expect(many.paid).toBe(20);
});

test("a payment over five lines that somebody with a stick walks along once a day", () => {
  const result = payByStick({ suite, hops: 5, payments: 3 });
  expect(result.paid).toBe(3);
  // One line further each day: out, and back with the preimage.
  expect(result.tookMs).toBeLessThan(8 * 24 * 3_600_000);
});
