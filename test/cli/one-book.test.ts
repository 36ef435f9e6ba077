import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { freePort, PeerProcess, peernet, until } from "./peer-process.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-one-book-"));
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

/** What a peer calls its contacts, with their marks. */
async function book(peer: PeerProcess): Promise<string> {
  const contacts = await peer.client.contacts();
  return contacts
    .map(({ petname, verified, blocked }) =>
      [petname, verified ? "verified" : "", blocked ? "blocked" : ""].filter(Boolean).join(" "),
    )
    .sort()
    .join(", ");
}

async function waitFor(peer: PeerProcess, wanted: string): Promise<void> {
  const isThere = await until(async () => (await book(peer)) === wanted, 60_000);
  if (!isThere) throw new RangeError(`It is '${await book(peer)}', never '${wanted}'.`);
}

/** Somebody meets one of the devices. */
async function meet(peer: PeerProcess, name: string): Promise<PeerProcess> {
  const friend = await start(name, ["--link", hub]);
  const { link } = await peer.client.createInvite();
  await friend.client.addContact(link, "anna");
  const hasMet = async (): Promise<boolean> => {
    const { personId } = await friend.client.status();
    const contacts = await peer.client.contacts();
    return contacts.some((one) => one.personId === personId && one.state === "met");
  };
  if (!(await until(hasMet, 60_000))) throw new RangeError(`${name} was never met.`);
  const { personId } = await friend.client.status();
  await peer.client.renameContact(personId, name);
  return friend;
}

test("laptop and phone have one address book, whoever changes it and whoever was off", async () => {
  hub = `tcp://127.0.0.1:${await freePort()}`;
  const laptop = await start("laptop", ["--name", "laptop", "--listen", hub]);
  const ben = await meet(laptop, "ben");
  await meet(laptop, "cleo");
  const added = await laptop.client.devices.openAdding();
  const home = join(folder, "phone");
  const joined = await peernet([
    ...["device", "join", added.link, "--name", "phone", "--home", home],
    ...["--no-discovery", "--link", hub],
  ]);
  expect(joined).toMatchObject({ code: 0 });
  const phone = await start("phone", ["--link", hub]);
  expect(await book(phone)).toBe("ben, cleo");
  expect(await say(phone, "contacts", "show", "ben")).toContain("; from your device 'laptop'");
  // On each, and seen on the other.
  await say(phone, "contacts", "ben", "--as", "Benjamin");
  await waitFor(laptop, "Benjamin, cleo");
  await say(laptop, "contacts", "block", "cleo");
  await waitFor(phone, "Benjamin, cleo blocked");
  await meet(phone, "dan");
  await waitFor(laptop, "Benjamin, cleo blocked, dan");
  // By the phone's word, or by the one that the phone has given dan, where dan's device came with it first.
  expect(await say(laptop, "contacts", "show", "dan")).toMatch(
    /; from your device 'phone'|Their device showed your own word/,
  );
  // The one that was met on the phone hears the laptop.
  await say(laptop, "send", "dan", "hello from the other one");
  const dan = running.at(-1) as PeerProcess;
  const hasMessage = async (): Promise<boolean> => (await dan.client.status()).unreadCount === 1;
  expect(await until(hasMessage, 60_000)).toBe(true);
  // While the phone is off.
  await phone.end();
  await say(laptop, "contacts", "delete", "cleo");
  await say(laptop, "contacts", "dan", "--as", "Daniel");
  const { personId } = await ben.client.status();
  const { ownLink } = await codeOf(ben);
  await say(laptop, "contacts", "verify", personId, "--scanned", ownLink);
  await phone.start();
  await waitFor(phone, "Benjamin verified, Daniel");
  // While the laptop is off, of which the phone knows nothing meanwhile.
  await say(phone, "contacts", "unblock", "Daniel");
  await say(phone, "contacts", "block", "Daniel");
  await waitFor(laptop, "Benjamin verified, Daniel blocked");
  await laptop.kill();
  await say(phone, "contacts", "Benjamin", "--as", "Ben");
  await laptop.start();
  await waitFor(laptop, "Ben verified, Daniel blocked");
}, 240_000);

/** A person's own code. */
async function codeOf(peer: PeerProcess): Promise<{ readonly ownLink: string }> {
  const { code } = await peer.client.people.ownCode();
  return { ownLink: code };
}
