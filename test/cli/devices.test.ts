import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { PeerProcess, peernet } from "./peer-process.ts";
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

test("the words are asked for, remembered, shown after a warning, and forgotten", async () => {
  const peer = new PeerProcess(join(folder, "words"));
  const { recoveryWords = [] } = await peer.start();
  const run = (...words: readonly string[]) =>
    peernet(["recovery", ...words, "--home", peer.home, "--json"]);
  const { asks, isConfirmed } = await peer.client.devices.recovery();
  expect([asks.length, isConfirmed]).toEqual([3, false]);
  const wrong = await run("confirm", "abandon", "ability", "zoo");
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("not the words")]);
  expect(await run("forget", "--yes")).toMatchObject({ code: 1 });
  const again = (await peer.client.devices.recovery()).asks;
  const right = again.map((place) => recoveryWords[place - 1] ?? "");
  expect(await run("confirm", ...right)).toMatchObject({ code: 0, stderr: "" });
  expect((await run("show")).stderr).toContain("--yes");
  expect(JSON.parse((await run("show", "--yes")).stdout)).toEqual({ recoveryWords });
  await peer.end();
  expect(await run("forget", "--yes")).toMatchObject({ code: 0 });
  const { peerId } = await peer.start();
  expect(await peer.client.devices.recovery()).toMatchObject({ holdsWords: false, asks: [] });
  expect((await peer.client.devices.list()).devices).toMatchObject([{ peerId, state: "standing" }]);
  expect((await run("show", "--yes")).stderr).toContain("not on this device");
  await peer.end();
}, 60_000);
