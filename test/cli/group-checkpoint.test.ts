import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { GroupBody } from "../../src/api/client/index.ts";
import { freePort, PeerProcess, until } from "./peer-process.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-cli-"));
/** More operations than there must be for owners to sign checkpoints. */
const NAMES = 80;
let anna: PeerProcess;
let ben: PeerProcess;

beforeAll(async () => {
  const place = `tcp://127.0.0.1:${await freePort()}`;
  const words = (name: string): readonly string[] => ["--no-discovery", "--name", name];
  anna = new PeerProcess(join(folder, "anna"), [...words("Anna"), "--listen", place]);
  ben = new PeerProcess(join(folder, "ben"), [...words("Ben"), "--link", place]);
  await Promise.all([anna.start(), ben.start()]);
});
afterAll(async () => {
  await Promise.all([anna.end(), ben.end()]);
  rmSync(folder, { recursive: true, force: true });
});

const groupOf = (who: PeerProcess): Promise<GroupBody> => who.client.groups.info("our-coop");

/** What must be the same for all who have the same operations. */
const meaning = ({ names, epoch, owners, ops }: GroupBody): unknown => ({
  ...{ epoch, owners, ops },
  names: names.map(({ name }) => name),
});

test("a newcomer by a link takes part by what the owner signed, is killed, and then has the history", async () => {
  await anna.client.groups.create("Our Coop");
  const own = await anna.client.status();
  for (let at = 0; at < NAMES; at++) {
    await anna.client.groups.name("our-coop", `name-${at}`, own.address);
  }
  const { link } = await anna.client.groups.invite("our-coop");
  await ben.client.groups.join(link);
  let early = await groupOf(ben);
  const isIn = async (): Promise<boolean> => {
    early = await groupOf(ben);
    return early.state === "in";
  };
  expect(await until(isIn, 60_000)).toBe(true);
  expect(early.opsBelieved).toBeGreaterThanOrEqual(64);
  expect(early.ops).toBe((await groupOf(anna)).ops);
  expect(meaning(early)).toEqual(meaning(await groupOf(anna)));

  // What it believes survives a kill; after a start it asks for the history at once.
  await ben.kill();
  await ben.start();
  expect((await groupOf(ben)).state).toBe("in");
  expect(await until(async () => (await groupOf(ben)).opsBelieved === 0, 60_000)).toBe(true);
  expect(meaning(await groupOf(ben))).toEqual(meaning(await groupOf(anna)));

  // Now it knows all of it by itself, also after another kill.
  await anna.client.groups.name("our-coop", "afterwards", own.address);
  const hasHeard = async (): Promise<boolean> =>
    (await groupOf(ben)).names.some(({ name }) => name === "afterwards");
  expect(await until(hasHeard, 60_000)).toBe(true);
  await ben.kill();
  await ben.start();
  const late = await groupOf(ben);
  expect([late.opsBelieved, late.state]).toEqual([0, "in"]);
  expect(meaning(late)).toEqual(meaning(await groupOf(anna)));
});
