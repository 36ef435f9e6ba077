import { expect, test } from "vitest";
import { Bazaar } from "../../../test/support/bazaar.ts";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { toBase32 } from "../../base/base32.ts";
import { toyPaymentSuite } from "../../simulation/money/payments/schedule.ts";

const real = createNodeSuite();
const toy = toyPaymentSuite(real);

test("payments over five real lines, both ways, one after another and at once", () => {
  const bazaar = new Bazaar(real, 1, 6, 100_000);
  const there = [bazaar.request(5, 1_250), bazaar.request(5, 10), bazaar.request(4, 7)];
  for (const invoice of there) expect(bazaar.pay(0, invoice)).toBe("");
  const back = bazaar.request(0, 300);
  expect(bazaar.pay(5, back)).toBe("");
  bazaar.pass(5_000);
  for (const { hash } of there) {
    expect(bazaar.live(0).payments.receipt(toBase32(hash))).toBeDefined();
  }
  expect(bazaar.live(5).payments.receipt(toBase32(back.hash))).toBeDefined();
  expect(bazaar.balances()).toEqual([-967, 0, 0, 0, 7, 960]);
  expect(bazaar.locked()).toBe(0);
});

test("what is locked because of answers that come in one piece is under one signature", () => {
  const bazaar = new Bazaar(toy, 3, 3, 100_000, true);
  const invoices = bazaar.requests(2, 10, 16);
  const logged = (): readonly string[] =>
    [...bazaar.stall(0).disk.kept.keys()].filter((key) => key.startsWith("money/log/"));
  const before = logged().length;
  for (const invoice of invoices) expect(bazaar.pay(0, invoice)).toBe("");
  bazaar.pass(5_000);
  expect(bazaar.balances()).toEqual([-160, 0, 160]);
  // All locks, and that all were taken.
  expect(logged().length - before).toBe(2);
});

test("where streams take no more for a moment, no answer is lost that somebody would wait for", () => {
  const bazaar = new Bazaar(toy, 3, 6, 100_000);
  const invoices = Array.from({ length: 200 }, () => bazaar.request(5, 10));
  for (const invoice of invoices) expect(bazaar.pay(0, invoice)).toBe("");
  // Far less than the time after which an answer is no longer waited for.
  bazaar.pass(5_000);
  const { payments } = bazaar.live(0);
  const states = invoices.map(({ hash }) => payments.payment(toBase32(hash))?.state ?? "ended");
  expect(states.filter((state) => state !== "ended")).toEqual([]);
  expect(bazaar.balances()).toEqual([-2_000, 0, 0, 0, 0, 2_000]);
});

test("whoever starts anew so soon that routing does not notice is not waited for by those who asked it", () => {
  const waiting: string[] = [];
  for (const place of [1, 2]) {
    for (let steps = 2; steps < 40; steps++) {
      const bazaar = new Bazaar(toy, steps, 4, 1_000);
      const invoice = bazaar.request(3, 120);
      bazaar.pay(0, invoice);
      for (let step = 0; step < steps; step++) bazaar.step();
      bazaar.blink(bazaar.stall(place), steps % 4);
      // Far less than the time after which an answer is no longer waited for.
      bazaar.pass(30_000);
      const state = bazaar.live(0).payments.payment(toBase32(invoice.hash))?.state;
      if (state === "reserving") waiting.push(`${place} after ${steps} steps`);
    }
  }
  expect(waiting).toEqual([]);
});

test("each of three dies after every few steps, with none, some or all of its disk operations done", () => {
  let paid = 0;
  for (const place of [0, 1, 2]) {
    for (let steps = 2; steps < 60; steps += 3) {
      const bazaar = new Bazaar(toy, steps, 3, 1_000);
      const invoice = bazaar.request(2, 120);
      bazaar.pay(0, invoice);
      for (let step = 0; step < steps; step++) bazaar.step();
      bazaar.crash(bazaar.stall(place), steps % 4);
      bazaar.pass(2_000);
      bazaar.start(bazaar.stall(place));
      bazaar.pass(90_000_000);
      const isPaid = bazaar.live(0).payments.receipt(toBase32(invoice.hash)) !== undefined;
      const isGot = bazaar.live(2).payments.receipt(toBase32(invoice.hash)) !== undefined;
      const sum = isPaid ? 120 : 0;
      expect([place, steps, isGot, bazaar.locked(), ...bazaar.balances()]).toEqual([
        ...[place, steps, isPaid, 0],
        ...[-sum + 0, 0, sum],
      ]);
      if (isPaid) paid++;
    }
  }
  expect(paid).toBeGreaterThan(20);
});
