import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { derivePerson, wordsToEntropy } from "../../src/identity/index.ts";
import { PeerProcess, peernet, type UpLine } from "../cli/peer-process.ts";
import { Dice, runSeed } from "./dice.ts";

/** New homes whose making is cut short, and how often each. */
const HOMES = 10;
const KILLS_PER_HOME = 2;
/** From before the program is loaded until after the peer is up, on slow machines too. */
const DELAY_MS_MIN = 100;
const DELAY_MS_MAX = 700;

const seed = runSeed();
const suite = createNodeSuite();
const folder = mkdtempSync(join(tmpdir(), "peernet-begin-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function personOf(words: readonly string[]): string {
  return derivePerson(suite, wordsToEntropy(words)).personId;
}

/** Some at a time: the machine is kept busy, so that kills hit different places. */
async function eachHome(name: string, action: (home: string, dice: Dice) => Promise<void>) {
  for (let index = 0; index < HOMES; index += 2) {
    const pair = [index, index + 1].map((number) =>
      action(join(folder, `${name}${number}`), new Dice(`${seed} ${name} ${number}`)),
    );
    await Promise.all(pair);
  }
}

test("a first start that is killed: the next one works, and the words have been seen", async () => {
  let wordsLate = 0;
  await eachHome("first", async (home, dice) => {
    const words = ["up", "--home", home, "--json", "--no-open", "--no-discovery"];
    const seen: string[] = [];
    for (let kill = 0; kill < KILLS_PER_HOME; kill++) {
      const killAfterMs = DELAY_MS_MIN + dice.below(DELAY_MS_MAX - DELAY_MS_MIN);
      const { stdout } = await peernet(words, { killAfterMs });
      const up = stdout.includes("\n") ? (JSON.parse(stdout) as UpLine) : undefined;
      if (up?.recoveryWords !== undefined) seen.push(personOf(up.recoveryWords));
    }
    const peer = new PeerProcess(home);
    const { recoveryWords } = await peer.start();
    if (recoveryWords !== undefined) {
      seen.push(personOf(recoveryWords));
      wordsLate++;
    }
    const { personId } = await peer.client.status();
    expect(new Set(seen)).toEqual(new Set([personId]));
    expect(await peer.end()).toEqual({ code: 0, signal: null });
    const again = await peer.start();
    expect(again.recoveryWords).toBeUndefined();
    expect((await peer.client.status()).personId).toBe(personId);
    await peer.end();
    expect(readdirSync(home).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
  console.log(`${HOMES * KILLS_PER_HOME} kills; ${wordsLate} homes showed their words at last`);
});

test("a restore that is killed: the same words bring the same person", async () => {
  const first = new PeerProcess(join(folder, "lost"));
  const { recoveryWords = [] } = await first.start();
  const { personId } = await first.client.status();
  await first.kill();
  expect(recoveryWords).toHaveLength(24);
  await eachHome("restored", async (home, dice) => {
    const words = ["restore", "--home", home, "--json"];
    const stdin = `${recoveryWords.join(" ")}\n`;
    for (let kill = 0; kill < KILLS_PER_HOME; kill++) {
      const killAfterMs = DELAY_MS_MIN + dice.below(400);
      await peernet(words, { stdin, killAfterMs });
    }
    const { code, stdout, stderr } = await peernet(words, { stdin });
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({ personId, home });
    const peer = new PeerProcess(home);
    const up = await peer.start();
    expect(up.recoveryWords).toBeUndefined();
    expect((await peer.client.status()).personId).toBe(personId);
    await peer.end();
  });
});
