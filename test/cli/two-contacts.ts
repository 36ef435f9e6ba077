import { join } from "node:path";
import { expect } from "vitest";
import { freePort, PeerProcess, peernet, until } from "./peer-process.ts";

/** Starts Anna and Ben, linked on this machine, who have met: contacts of each other. */
export async function startTwoContacts(
  folder: string,
): Promise<{ readonly anna: PeerProcess; readonly ben: PeerProcess }> {
  const [annas, bens] = (await Promise.all([freePort(), freePort()])).map(
    (port) => `tcp://127.0.0.1:${port}`,
  ) as [string, string];
  const peer = (name: string, words: readonly string[]): PeerProcess =>
    new PeerProcess(join(folder, name.toLowerCase()), [
      ...["--no-discovery", "--name", name, "--listen"],
      ...words,
    ]);
  const anna = peer("Anna", [annas]);
  const ben = peer("Ben", [bens, "--link", annas]);
  await Promise.all([anna.start(), ben.start()]);
  const { link } = await anna.client.createInvite();
  await ben.client.addContact(link, "anna");
  const met = async (): Promise<boolean> =>
    (await anna.client.contacts())[0]?.state === "met" &&
    (await ben.client.contacts())[0]?.state === "met";
  expect(await until(met, 20_000)).toBe(true);
  return { anna, ben };
}

/** What a command with --json prints at a peer's home; it must end well and say nothing else. */
export async function jsonOf(peer: PeerProcess, words: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await peernet([...words, "--json", "--home", peer.home]);
  expect([words, code, stderr]).toEqual([words, 0, ""]);
  return JSON.parse(stdout);
}
