import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { RecoveryScenario } from "./recovery-scenario.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-devices-"));
const scenario = new RecoveryScenario({ folder, friends: ["Ben", "Cleo", "Dan"], need: 2 });

afterAll(async () => {
  await scenario.end();
  rmSync(folder, { recursive: true, force: true });
});

test("three devices, two lost: back by words, then by friends, and contacts go on talking", async () => {
  const { byWords, byFriends, news } = await scenario.play();
  expect([byWords.talking, byWords.unreadable]).toEqual([3, 0]);
  expect([byFriends.talking, byFriends.unreadable]).toEqual([3, 0]);
  expect(news).toEqual(
    expect.arrayContaining([
      "anna has a new device 'phone', added by 'laptop'.",
      "anna has a new device 'new', restored with the 24 words.",
      "anna has revoked the device 'laptop'.",
      expect.stringContaining("anna has a new device 'back', restored with the help of friends"),
    ]),
  );
}, 300_000);
