import { expect, test } from "vitest";
import { describe } from "./requests.ts";

test("introductions that one began are told in words, not in codes", () => {
  const sent = [
    { id: "1", to: "ben", about: "Dora", state: "not-unwanted" as const, isOwn: false, atMs: 0 },
  ];
  const settings = { perDay: 3, relay: false, findable: false };
  const text = describe({ requests: [], waiting: [], sent, settings });
  expect(text).toContain("welcome, or not answered");
  expect(text).not.toContain("not-unwanted");
});

test("what came to another own device says so, and an answer says for which device it waits", () => {
  const settings = { perDay: 3, relay: false, findable: false };
  const provenance =
    "Cleo introduces somebody whom they call 'ben', and who calls themselves 'ben'.";
  const request = {
    ...{ id: "ab".repeat(16), personId: "cd".repeat(16), provenance, text: "Hello" },
    ...{ atMs: 0, endsAtMs: 1, looksLike: null, suggestedName: "ben", device: "phone" },
  };
  const shown = describe({ requests: [request], waiting: [], sent: [], settings });
  expect(shown).toContain("It came to your device 'phone'.");
  const own = describe({
    requests: [{ ...request, device: null }],
    waiting: [],
    sent: [],
    settings,
  });
  expect(own).not.toContain("came to your device");
  const waiting = [{ id: request.id, answer: "accept" as const, provenance, device: "phone" }];
  const answered = describe({ requests: [], waiting, sent: [], settings });
  expect(answered).toContain("Accepted: Cleo introduces");
  expect(answered).toContain("your device 'phone', which does that as soon as this one reaches it");
});

test("a knock of one's own is listed while it waits", () => {
  const sent = [
    { id: "1", to: "anna (choir)", about: "me", state: "delivered" as const, isOwn: true, atMs: 0 },
  ];
  const settings = { perDay: 3, relay: false, findable: false };
  const text = describe({ requests: [], waiting: [], sent, settings });
  expect(text).toMatch(/you +anna \(choir\) +delivered; they become a contact if they accept/);
});
