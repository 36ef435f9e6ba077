import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { freePort, PeerProcess, peernet, until } from "./peer-process.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-new-device-"));
const running: PeerProcess[] = [];
let hub = "";

afterAll(async () => {
  for (const peer of running) await peer.kill();
  rmSync(folder, { recursive: true, force: true });
});

async function start(name: string, words: readonly string[]): Promise<PeerProcess> {
  const peer = new PeerProcess(join(folder, name), ["--no-discovery", ...words]);
  await peer.start();
  running.push(peer);
  return peer;
}

async function say(peer: PeerProcess, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await peernet([...words, "--home", peer.home]);
  if (code !== 0) throw new RangeError(`${words.join(" ")}: ${stderr}`);
  return stdout;
}

async function waitFor(what: string, condition: () => Promise<boolean>): Promise<void> {
  if (!(await until(condition, 60_000))) throw new RangeError(`It never came to that: ${what}.`);
}

test("a phone has what was written before it was there, and what is read on it is read on the laptop", async () => {
  hub = `tcp://127.0.0.1:${await freePort()}`;
  const laptop = await start("laptop", ["--listen", hub]);
  const ben = await start("ben", ["--link", hub]);
  const { link } = await laptop.client.createInvite();
  await ben.client.addContact(link, "anna");
  const contact = async () => (await laptop.client.contacts())[0];
  await waitFor("they have met", async () => (await contact())?.state === "met");
  const petname = (await contact())?.petname ?? "";
  await say(ben, "send", "anna", "see you at nine");
  await waitFor("it is there", async () => (await laptop.client.status()).unreadCount === 1);
  const added = await laptop.client.devices.openAdding();
  const home = join(folder, "phone");
  const joined = await peernet([
    ...["device", "join", added.link, "--name", "phone", "--home", home],
    ...["--no-discovery", "--link", hub],
  ]);
  expect(joined).toMatchObject({ code: 0 });
  const phone = await start("phone", ["--link", hub]);
  await waitFor("the past is there", async () => (await phone.client.status()).unreadCount === 1);
  await waitFor("all of it", async () => (await say(laptop, "device")).includes("has 1 messages"));
  expect(await say(phone, "inbox", petname)).toContain("see you at nine");
  await waitFor("it is read", async () => (await laptop.client.status()).unreadCount === 0);
  expect(await say(laptop, "inbox")).not.toContain("see you at nine");
  const answer = await say(laptop, "device", "history", "phone");
  expect(answer).toContain("'phone' is given the messages of the last 30 days");
  const { peerId } = await laptop.client.status();
  const refused = await peernet(["device", "history", peerId, "--home", laptop.home]);
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining("none of your other"),
  ]);
  // A device that is away is called by its name, not by its address.
  await say(ben, "send", "anna", "and at ten");
  await waitFor("both devices have it", async () => {
    const { messages } = await ben.client.messages({ with: "anna", limit: 1 });
    const deliveries = messages[0]?.deliveries ?? [];
    return deliveries.length === 2 && deliveries.every(({ state }) => state === "delivered");
  });
  await phone.end();
  await waitFor("the phone is away", async () => {
    const [anna] = (await ben.client.devices.list("anna")).devices.filter(
      ({ name }) => name === "phone",
    );
    return anna?.reachable === false;
  });
  expect(await say(ben, "inbox", "--all", "anna")).toMatch(/delivered to .*phone/);
  // One that was revoked says so, and takes nothing that would never arrive.
  await phone.start();
  await say(laptop, "device", "revoke", "phone");
  await waitFor("the phone has heard of it", async () => {
    const { findings } = await phone.client.doctor();
    return findings.some(({ id }) => id === "revoked");
  });
  expect(await say(phone, "status")).toMatch(/this device +was revoked/);
  const tooLate = await peernet(["send", petname, "it is me", "--home", phone.home]);
  expect([tooLate.code, tooLate.stderr]).toEqual([1, expect.stringContaining("was revoked")]);
}, 180_000);
