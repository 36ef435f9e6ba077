import { afterAll, beforeAll, expect, test } from "vitest";
import { type PeerProcess, pause, until } from "../cli/peer-process.ts";
import { Client, fetchDigest } from "./client.ts";
import { Dice, runSeed } from "./dice.ts";
import { allMessages, meet, Village } from "./village.ts";

/** Acknowledged objects without which nothing is shown. */
const OBJECTS_LEAST = 2;

/** Kills of processes that write, all peers together; the bench asks for more. */
const KILLS = Number(process.env["PEERNET_CRASH_KILLS"] ?? 20);
const DELAY_MS_MAX = 400;
const seed = runSeed();
const village = new Village();
const counts = { writing: 0, starting: 0, samples: 0, samplesAway: 0 };

beforeAll(async () => {
  await village.settle(2);
});
afterAll(() => village.remove());

/** Starts a killed peer again; sometimes it is killed once more before it is up. */
async function revive(peer: PeerProcess, dice: Dice): Promise<void> {
  while (dice.next() < 0.12) {
    const started = peer.start().then(
      () => undefined,
      () => undefined, // killed, as planned
    );
    await pause(150 + dice.below(DELAY_MS_MAX));
    await peer.kill();
    await started;
    counts.starting++;
  }
  await peer.start();
}

/** Works as long as the peer lives, with small pauses. */
async function work(client: Client, to: string, dice: Dice, running: () => boolean): Promise<void> {
  while (running()) {
    if (client.peer.isAlive) await client.act(to);
    await pause(30 + dice.below(200));
  }
}

/** One object that was acknowledged, read from the peer that did not take it in. */
async function sample(client: Client, reader: PeerProcess, dice: Dice): Promise<void> {
  if (client.objects.length === 0 || !reader.isAlive) return;
  const object = dice.pick(client.objects);
  const got = await fetchDigest(reader, object.link);
  counts.samples++;
  // A reader without the writer may lack fragments: it then says so and gives no wrong bytes.
  if (got.startsWith("no bytes: ")) counts.samplesAway++;
  else expect(got).toBe(object.digest);
}

test(`${KILLS} kills: what was acknowledged is there, once and in order`, async () => {
  const dice = new Dice(seed);
  await village.startAll();
  const [first, second] = village.peers as [PeerProcess, PeerProcess];
  const clients = [
    new Client("a", first, new Dice(`${seed} a`)),
    new Client("b", second, new Dice(`${seed} b`)),
  ] as const;
  await first.end();
  await second.end();
  await Promise.all([first.start("--name", "a"), second.start("--name", "b")]);
  expect(await village.allInReach(20_000)).toBe(true);
  expect(await meet(first, "a", second, "b")).toBe(true);

  const startMs = performance.now();
  let running = true;
  let sampling = false;
  const revivals = new Map<Client, Promise<void>>();
  const workers = clients.map((client, index) =>
    work(client, index === 0 ? "b" : "a", new Dice(`${seed} pace ${index}`), () => running),
  );
  while (counts.writing + counts.starting < KILLS) {
    const [victim, other] = dice.next() < 0.5 ? clients : [clients[1], clients[0]];
    await revivals.get(victim);
    const { acts } = victim;
    await until(() => victim.acts > acts, 5_000, 2);
    await pause(dice.below(DELAY_MS_MAX));
    await victim.peer.kill();
    counts.writing++;
    if (!sampling) {
      sampling = true;
      void sample(victim, other.peer, dice).finally(() => {
        sampling = false;
      });
    }
    revivals.set(victim, revive(victim.peer, dice));
    // Mostly one of the two is up; sometimes neither, and sometimes they find each other again.
    if (dice.next() < 0.6) await revivals.get(victim);
    if (dice.next() < 0.25) await pause(dice.below(700));
  }
  running = false;
  await Promise.all([...workers, ...revivals.values()]);
  console.log(
    `${counts.writing} kills while writing, ${counts.starting} while starting, ` +
      `${counts.samples} samples (${counts.samplesAway} out of reach) in ${elapsedS(startMs)} s`,
  );
  for (const [client, reader] of [
    [clients[0], clients[1]],
    [clients[1], clients[0]],
  ] as const) {
    await checkMessages(client, reader);
    await checkObjects(client, reader.peer);
  }
  console.log(`verified after ${elapsedS(startMs)} s`);
  await Promise.all(village.peers.map((peer) => peer.end()));
  expect(await village.damages()).toEqual([]);
});

function elapsedS(sinceMs: number): string {
  return ((performance.now() - sinceMs) / 1000).toFixed(1);
}

/** Exactly once and in order at the reader; delivered at the sender. */
async function checkMessages(sender: Client, reader: Client): Promise<void> {
  const calm = await until(
    async () => (await sender.peer.client.status()).messagesWaiting === 0,
    60_000,
  );
  const acked = sender.messages.filter(({ id }) => id !== undefined);
  console.log(
    `${sender.label}: ${acked.length} of ${sender.messages.length} messages acknowledged`,
  );
  expect(calm, "all messages of the sender are delivered").toBe(true);
  const there = (await allMessages(reader.peer, sender.label, "in")).map(({ text }) => text);
  const positions = new Map(sender.messages.map(({ text }, index) => [text, index]));
  const order = there.map((text) => positions.get(text) ?? -1);
  expect(order, "known texts, in order, none twice").toEqual(
    [...new Set(order)].filter((index) => index >= 0).sort((a, b) => a - b),
  );
  const received = new Set(there);
  expect(acked.filter(({ text }) => !received.has(text))).toEqual([]);
  const own = await allMessages(sender.peer, reader.label, "out");
  expect(own.filter(({ state }) => state !== "delivered")).toEqual([]);
  const ownIds = new Set(own.map(({ id }) => id));
  expect(acked.filter(({ id }) => id === undefined || !ownIds.has(id))).toEqual([]);
  expect(own.map(({ text }) => text)).toEqual(there);
}

/** Every acknowledged object comes back identical from the other peer, and `status` is sane. */
async function checkObjects(writer: Client, reader: PeerProcess): Promise<void> {
  console.log(`${writer.label}: ${writer.objects.length} of ${writer.putsTried} puts acknowledged`);
  // How many there are depends on how fast the machine is; none would show nothing.
  expect(writer.objects.length).toBeGreaterThan(OBJECTS_LEAST);
  for (const { link, digest, sizeBytes } of writer.objects) {
    let got = "";
    await until(
      async () => {
        got = await fetchDigest(reader, link);
        return got === digest;
      },
      10_000,
      250,
    );
    expect(got, `${sizeBytes} bytes of ${link}`).toBe(digest);
  }
  const status = await writer.peer.client.status();
  const { objects } = await writer.peer.client.objects();
  const links = new Set(objects.map((object) => object.link));
  expect(writer.objects.filter(({ link }) => !links.has(link))).toEqual([]);
  expect(links.size).toBe(objects.length);
  expect(objects.length).toBeLessThanOrEqual(writer.putsTried);
  expect(status.store.objectCount).toBe(objects.length);
  expect(status.contactCount).toBe(1);
  expect(status.neighbourCount).toBe(1);
}
