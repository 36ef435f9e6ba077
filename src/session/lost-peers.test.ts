import { expect, test } from "vitest";
import { LOST_PEERS_MAX } from "./limits.ts";
import { LostPeers } from "./lost-peers.ts";

test("whoever was lost answers once", () => {
  const lost = new LostPeers();
  expect(lost.answers("anna")).toBe(false);
  lost.add("anna");
  lost.add("anna");
  expect(lost.answers("anna")).toBe(true);
  expect(lost.answers("anna")).toBe(false);
});

test("so many are remembered, and of one more the oldest is forgotten", () => {
  const lost = new LostPeers();
  for (let index = 0; index < LOST_PEERS_MAX; index++) lost.add(`${index}`);
  lost.add("0");
  lost.add("one more");
  expect(lost.answers("1")).toBe(false);
  expect(["0", "2", "one more"].map((id) => lost.answers(id))).toEqual([true, true, true]);
});
