import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type {
  CommunitiesBody,
  CommunityBody,
  CommunityListingsBody,
  CommunityPaidBody,
} from "../../src/api/client/index.ts";
import { freePort, PeerProcess, peernet, until } from "./peer-process.ts";
import { jsonOf } from "./two-contacts.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-community-"));
const WAIT_MS = 40_000;
const peers: PeerProcess[] = [];

/** Four peers that reach each other, in one group. */
beforeAll(async () => {
  const place = `tcp://127.0.0.1:${await freePort()}`;
  for (const name of ["Anna", "Ben", "Cleo", "Dora"]) {
    const way = name === "Anna" ? ["--listen", place] : ["--link", place];
    const words = ["--no-discovery", "--name", name, ...way];
    peers.push(new PeerProcess(join(folder, name.toLowerCase()), words));
  }
  await Promise.all(peers.map((peer) => peer.start()));
  const [anna, ...others] = peers as [PeerProcess, ...PeerProcess[]];
  await anna.client.groups.create("Our Coop");
  const { link } = await anna.client.groups.invite("our-coop", { uses: 5 });
  for (const peer of others) await peer.client.groups.join(link);
  const isFull = async (peer: PeerProcess): Promise<boolean> =>
    (await peer.client.groups.list()).groups[0]?.members.length === 4;
  for (const peer of peers) expect(await until(() => isFull(peer), WAIT_MS)).toBe(true);
}, 120_000);
afterAll(async () => {
  await Promise.all(peers.map((peer) => peer.end()));
  rmSync(folder, { recursive: true, force: true });
});

const shown = async (peer: PeerProcess): Promise<CommunityBody | undefined> =>
  (await peer.client.communities.list()).communities[0];
const isSo = (peer: PeerProcess, is: (body: CommunityBody) => boolean): Promise<boolean> =>
  until(async () => {
    const body = await shown(peer);
    return body !== undefined && is(body);
  }, WAIT_MS);

describe("a group's own money, by the command line", () => {
  test("founded by three stewards, joined, paid, shown, changed, with a steward away", async () => {
    const [anna, ben, cleo, dora] = peers as [PeerProcess, PeerProcess, PeerProcess, PeerProcess];
    await jsonOf(anna, ["currency", "new", "Coop hours", "--unit", "hour", "--group", "our-coop"]);
    const terms = ["--limit", "50", "--soft", "10", "--levy", "1", "--tellers", "ben:20:20"];
    const made = (await jsonOf(anna, [
      ...["community", "found", "hours", "--stewards", "me,ben,cleo", "--of", "2"],
      ...terms,
    ])) as CommunityBody;
    expect(made).toMatchObject({ isFounded: false, group: "our-coop", rules: { of: 2 } });
    for (const peer of [ben, cleo]) {
      expect(await isSo(peer, () => true)).toBe(true);
      const all = await peer.client.communities.proposals("our-coop");
      expect(all.proposals[0]).toMatchObject({ what: "found the community", isSignedByYou: false });
      await jsonOf(peer, ["community", "sign", "our-coop", all.proposals[0]?.id.slice(0, 8) ?? ""]);
    }
    for (const peer of peers) {
      expect(await isSo(peer, ({ isFounded }) => isFounded)).toBe(true);
      await jsonOf(peer, ["community", "join", "hours", "--wait", "40"]);
    }
    expect(await shown(dora)).toMatchObject({ you: { balance: "0.00", limit: "50.00" } });

    const paid = (await jsonOf(dora, [
      ...["community", "pay", "hours", "Anna", "12.50", "bread", "--wait", "40"],
    ])) as CommunityPaidBody;
    expect(paid).toMatchObject({ paid: "12.50 hours", order: { state: "settled" } });
    expect(await isSo(anna, ({ you }) => you?.balance === "12.50")).toBe(true);
    expect(await shown(dora)).toMatchObject({
      you: { balance: "-12.62", isLow: true },
      sum: "0.00",
    });
    const list = (await jsonOf(dora, ["community", "list"])) as CommunitiesBody;
    expect(list.communities).toHaveLength(1);
    const text = await peernet(["community", "accounts", "hours", "--home", dora.home]);
    expect(text.stdout).toMatch(/you +-12\.62 hours/);
    expect(text.stdout).toMatch(/the community +0\.12 hours/);
    const csv = await peernet(["community", "statement", "hours", "--csv", "--home", anna.home]);
    expect(csv.stdout).toMatch(/paid,Dora,12\.50,bread/);

    await cleo.end();
    const again = (await jsonOf(dora, [
      ...["community", "pay", "hours", "Ben", "1", "--wait", "40"],
    ])) as CommunityPaidBody;
    expect(again.order.state).toBe("settled");
    await cleo.start();
    expect(await isSo(cleo, ({ entries, sum }) => entries === 7 && sum === "0.00")).toBe(true);
  }, 240_000);

  test("offers and wants are seen by all, and taken back", async () => {
    const [anna, ben] = peers as [PeerProcess, PeerProcess];
    await jsonOf(anna, ["community", "offer", "hours", "Bread on Fridays", "--price", "0.50"]);
    const all = (): Promise<CommunityListingsBody> => ben.client.communities.listings("hours");
    expect(await until(async () => (await all()).listings.length === 1, WAIT_MS)).toBe(true);
    const [one] = (await all()).listings;
    expect(one).toMatchObject({ title: "Bread on Fridays", price: "0.50", by: { name: "Anna" } });
    await jsonOf(anna, ["community", "withdraw", "hours", one?.id.slice(0, 8) ?? ""]);
    expect(await until(async () => (await all()).listings.length === 0, WAIT_MS)).toBe(true);
  }, 120_000);

  test("what is not possible says so and what to do", async () => {
    const [anna, , , dora] = peers as [PeerProcess, PeerProcess, PeerProcess, PeerProcess];
    const said = async (peer: PeerProcess, ...words: readonly string[]): Promise<string> => {
      const { code, stderr } = await peernet(["community", ...words, "--home", peer.home]);
      expect([words, code]).not.toEqual([words, 0]);
      return stderr;
    };
    expect(await said(dora, "pay", "hours", "Anna", "100")).toContain(
      "You can pay 36.37 hours at most",
    );
    expect(await said(dora, "pay", "hours", "nobody", "1")).toContain("is nobody in this group");
    expect(await said(dora, "pay", "pounds", "Anna", "1")).toContain("There is no community");
    expect(await said(dora, "rules", "hours", "--limit", "90")).toContain("Only stewards");
    const changed = await peernet([
      "community",
      "rules",
      "hours",
      "--limit",
      "60",
      "--home",
      anna.home,
    ]);
    expect(changed.stdout + changed.stderr).toMatch(
      /Next: .*Ben.*peernet community sign hours [0-9a-f]{8}/,
    );
    expect(await said(anna, "rules", "hours", "--of", "1")).toContain("more than half");
    expect(await said(anna, "join", "hours")).toContain("already");
    expect(await said(anna, "spend", "hours", "Dora", "9")).toContain("More than there is");
  }, 120_000);
});
