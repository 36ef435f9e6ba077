import { expect, test } from "vitest";
import { Bazaar } from "../../test/support/bazaar.ts";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { toyPaymentSuite } from "../simulation/money/payments/schedule.ts";
import { ManualClock } from "../testing/fixtures.ts";
import { ANSWER_TIMEOUT_MS, IDLE_TIMEOUT_MS, OUTBOX_MAX } from "./limits.ts";
import type { LineEntry } from "./line-entry.ts";
import { Outbox } from "./outbox.ts";

test("a partner in reach is told something after a long silence, too; one who is away is not", () => {
  const bazaar = new Bazaar(toyPaymentSuite(createNodeSuite()), 3, 2, 1_000);
  const [line] = [...bazaar.live(0).lines.lines()];
  if (line === undefined) throw new RangeError("there is one");
  const heard: string[] = [];
  const talks: string[] = [];
  bazaar.live(1).lines.listen({
    ...{ onLine() {}, onPaid() {}, onPrepared() {}, onFulfilled() {}, onCancelled() {} },
    onTold: (_, bytes) => heard.push(String(bytes[0])),
    onTalk: (id) => talks.push(id),
    onReach() {},
  });
  const tell = (byte: number): boolean => bazaar.live(0).lines.tell(line.id, Uint8Array.of(byte));
  expect(tell(1)).toBe(true);
  bazaar.pass(2 * IDLE_TIMEOUT_MS);
  // The stream is gone: both are waiting for a new one, which each of these would open.
  expect([tell(2), tell(3)]).toEqual([true, true]);
  bazaar.pass(1_000);
  expect(heard).toEqual(["1", "2", "3"]);
  expect(talks.length).toBeGreaterThan(0);
  bazaar.crash(bazaar.stall(1), 0);
  bazaar.pass(1_000);
  expect(tell(4)).toBe(false);
});

test("so much waits and not more, for a short while", () => {
  const clock = new ManualClock();
  const outbox = new Outbox(clock);
  const line = {} as LineEntry;
  const put = (peer: string): boolean => outbox.put(peer, line, Uint8Array.of(1));
  for (let count = 1; count < OUTBOX_MAX; count++) expect(put("a")).toBe(true);
  expect([put("b"), put("b")]).toEqual([true, false]);
  expect([outbox.take("b").length, outbox.take("b").length]).toEqual([1, 0]);
  expect(put("b")).toBe(true);
  clock.advance(ANSWER_TIMEOUT_MS);
  expect([outbox.hasFor("a"), outbox.take("b").length]).toEqual([false, 0]);
});
