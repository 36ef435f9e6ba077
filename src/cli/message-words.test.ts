import { expect, test } from "vitest";
import type { MessageBody } from "../api/client/index.ts";
import { messageLines, stateWords } from "./message-words.ts";

const message: MessageBody = {
  id: "1",
  contact: "ben",
  personId: "b",
  direction: "out",
  kind: "text",
  text: "hello",
  sentAtMs: 0,
  state: "waiting",
  deliveredAtMs: null,
};
const device = { peerId: "fd", name: "Phone", sinceMs: null, holders: [] };

test("direction characters of others are shown inert, in texts and in names", () => {
  const text = "pay \u202e001 to me\u2066";
  const lines = messageLines({ ...message, direction: "in", contact: "b\u202een", text });
  expect(lines).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  expect(lines).toContain("pay ·001 to me·");
});

test("the state tells the truth of each device", () => {
  expect(stateWords({ ...message, deliveries: [{ ...device, state: "waiting" }] })).toBe(
    "waiting here",
  );
  const held = { ...device, state: "held", sinceMs: 0, holders: [{ name: "cleo", sinceMs: 0 }] };
  expect(stateWords({ ...message, deliveries: [{ ...held, state: "held" }] })).toContain(
    "with cleo since",
  );
  const there = { ...device, state: "delivered", sinceMs: 0 } as const;
  const deliveries = [there, { ...device, name: "Laptop", state: "waiting" as const }];
  const words = stateWords({ ...message, state: "delivered", deliveries });
  expect(words).toContain("delivered to Phone at");
  expect(words).toContain("1 more of their devices to come");
  expect(stateWords({ ...message, deliveries: [{ ...there, state: "read" }] })).toContain(
    "read on Phone",
  );
  expect(stateWords({ ...message, state: "sent" })).toContain("another device of yours");
});
