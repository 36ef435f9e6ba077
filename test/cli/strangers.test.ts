import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RequestsBody } from "../../src/api/client/index.ts";
import { freePort, PeerProcess, peernet, until } from "./peer-process.ts";
import { jsonOf } from "./two-contacts.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-strangers-"));
let anna: PeerProcess;
let ben: PeerProcess;
let cleo: PeerProcess;

/** Cleo in the middle has met Anna and Ben, who do not know each other. */
beforeAll(async () => {
  const port = await freePort();
  const middle = `tcp://127.0.0.1:${port}`;
  const peer = (name: string, words: readonly string[]): PeerProcess =>
    new PeerProcess(join(folder, name), ["--no-discovery", "--name", name, ...words]);
  const listen = async (): Promise<readonly string[]> => [
    ...["--listen", `tcp://127.0.0.1:${await freePort()}`],
    ...["--link", middle],
  ];
  cleo = peer("Cleo", ["--listen", middle]);
  anna = peer("Anna", await listen());
  ben = peer("Ben", await listen());
  await Promise.all([cleo.start(), anna.start(), ben.start()]);
  for (const [guest, name] of [
    [anna, "anna-bakery"],
    [ben, "ben"],
  ] as const) {
    const { link } = await cleo.client.createInvite(true, { uses: 1, days: 1 });
    await guest.client.addContact(link, "cleo");
    const met = async (): Promise<boolean> => (await guest.client.contacts())[0]?.state === "met";
    expect(await until(met, 20_000)).toBe(true);
    const all = await cleo.client.contacts();
    const person = (await guest.client.status()).personId;
    expect(all.map(({ personId }) => personId)).toContain(person);
    await cleo.client.renameContact(person, name);
  }
});
afterAll(async () => {
  await Promise.all([anna.end(), ben.end(), cleo.end()]);
  rmSync(folder, { recursive: true, force: true });
});

/** Cleo introduces them; answers the id of the request that each of the two got. */
async function introduced(text: string): Promise<readonly [string, string]> {
  await jsonOf(cleo, ["introduce", "anna-bakery", "ben", text]);
  return [await firstRequest(anna), await firstRequest(ben)];
}

test("two who are introduced accept, write to each other and compare words and codes", async () => {
  const { code: bens } = await ben.client.people.ownCode();
  const asked = await peernet(["requests", "ask", bens, "--home", anna.home]);
  expect([asked.code, asked.stderr.includes("knows a way to them")]).toEqual([1, true]);
  for (const words of [
    ["relay", "on"],
    ["findable", "on"],
    ["per-day", "2"],
  ]) {
    await jsonOf(cleo, ["requests", ...words]);
  }
  const { settings } = await cleo.client.people.requests();
  expect(settings).toEqual({ perDay: 2, relay: true, findable: true });
  const [first, second] = await introduced("You both bake: https://example.org");
  const { requests } = (await jsonOf(ben, ["requests"])) as RequestsBody;
  expect(requests).toMatchObject([
    {
      provenance:
        "cleo introduces somebody whom they call 'anna-bakery', and who calls themselves 'Anna'.",
      text: "You both bake: https:/ /example.org",
      looksLike: null,
      suggestedName: "anna-bakery",
    },
  ]);
  await jsonOf(ben, ["requests", "accept", second.slice(0, 8), "--as", "Anna"]);
  expect(await ben.client.contacts()).toMatchObject([{ state: "asked" }, { state: "met" }]);
  await jsonOf(anna, ["requests", "accept", first]);
  const met = async (): Promise<boolean> =>
    (await ben.client.contacts()).every(({ state }) => state === "met") &&
    (await anna.client.contacts()).every(({ state }) => state === "met");
  expect(await until(met, 20_000)).toBe(true);
  expect(await jsonOf(ben, ["contacts", "show", "Anna"])).toMatchObject({
    howMet: {
      kind: "introduced",
      by: "cleo",
      words: "Introduced by cleo, who called them 'anna-bakery'",
    },
    verified: null,
    blocked: false,
  });
  expect(await jsonOf(ben, ["send", "Anna", "Rolls on Sunday?", "--wait", "20"])).toMatchObject({
    state: "delivered",
  });

  const { words } = await anna.client.people.words("ben");
  expect(words.split(" ").length).toBe(4);
  const shown = (await jsonOf(ben, ["contacts", "verify", "Anna"])) as { readonly words: string };
  expect(shown.words).toBe(words);
  const wrong = await peernet([
    "contacts",
    "verify",
    "Anna",
    "--heard",
    "zoo zoo zoo zoo",
    "--home",
    ben.home,
  ]);
  expect([wrong.code, wrong.stderr.includes("not the words shown here")]).toEqual([1, true]);
  expect(
    await jsonOf(ben, ["contacts", "verify", "Anna", "--heard", words.toUpperCase()]),
  ).toMatchObject({ verified: { how: "words" } });
  const { code } = await ben.client.people.ownCode();
  expect(await jsonOf(anna, ["contacts", "verify", "ben", "--scanned", code])).toMatchObject({
    verified: { how: "qr" },
  });

  const file = join(folder, "people.json");
  await jsonOf(ben, ["contacts", "export", "-o", file]);
  expect(readFileSync(file, "utf8")).toContain('"petname": "Anna"');
  expect(await jsonOf(anna, ["contacts", "import", file])).toEqual({
    added: 0,
    known: 2,
    skipped: 0,
  });
  writeFileSync(file, "nonsense");
  expect((await peernet(["contacts", "import", file, "--home", anna.home])).code).toBe(1);
});

test("a deleted contact is refused, declining tells nobody, and an unwanted request closes the way it came", async () => {
  await jsonOf(cleo, ["contacts", "delete", "anna-bakery"]);
  expect((await cleo.client.contacts()).map(({ petname }) => petname)).toEqual(["ben"]);
  await jsonOf(anna, ["send", "cleo", "still there?", "--wait", "0"]);
  await jsonOf(ben, ["introduce", "Anna", "cleo", "Once more?"]);
  await jsonOf(cleo, ["requests", "decline", await firstRequest(cleo)]);
  expect(await until(() => sentOf(ben, "not-unwanted"), 20_000)).toBe(true);
  expect((await cleo.client.contacts()).length).toBe(1);

  await jsonOf(anna, ["contacts", "delete", "cleo"]);
  await jsonOf(ben, ["introduce", "Anna", "cleo"]);
  await jsonOf(anna, ["requests", "unwanted", await firstRequest(anna)]);
  expect(await until(() => sentOf(ben, "unwanted"), 20_000)).toBe(true);
  const { edge } = await anna.client.people.show("ben");
  expect(edge.violations).toBe(1);
  expect(Math.round(edge.closedForMs / 3_600_000)).toBe(22);
  await jsonOf(ben, ["introduce", "Anna", "cleo"]);
  expect(await until(() => sentOf(ben, "refused"), 20_000)).toBe(true);
  const { messages } = await cleo.client.messages({});
  expect(messages.map(({ text }) => text)).not.toContain("still there?");
});

test("a member of a common group knocks and is let in; somebody of no common group is not", async () => {
  await jsonOf(anna, ["group", "new", "Choir"]);
  const { link } = (await jsonOf(anna, ["group", "invite", "choir"])) as { readonly link: string };
  await jsonOf(cleo, ["group", "join", link]);
  const isIn = async (): Promise<boolean> =>
    (await cleo.client.groups.info("choir")).state === "in";
  expect(await until(isIn, 20_000)).toBe(true);
  await jsonOf(cleo, ["requests", "knock", "choir", "anna", "It is me, Cleo."]);
  await firstRequest(anna);
  // It waits on her side, too, under the name that the group knows.
  const asked = async (): Promise<RequestsBody["sent"]> =>
    ((await jsonOf(cleo, ["requests"])) as RequestsBody).sent.filter(({ isOwn }) => isOwn);
  expect(await asked()).toMatchObject([{ to: "Anna (choir)", state: "delivered" }]);
  await cleo.end();
  await cleo.start();
  expect(await asked()).toHaveLength(1);
  const { requests } = (await jsonOf(anna, ["requests"])) as RequestsBody;
  expect(requests[0]).toMatchObject({
    provenance: "Somebody from the group 'choir', who calls themselves 'Cleo'.",
    text: "It is me, Cleo.",
  });
  await jsonOf(anna, ["requests", "accept", requests[0]?.id ?? "", "--as", "Cleo"]);
  const met = async (): Promise<boolean> => (await anna.client.people.show("Cleo")).state === "met";
  expect(await until(met, 20_000)).toBe(true);
  expect(await until(async () => (await asked()).length === 0, 20_000)).toBe(true);
  expect((await anna.client.people.show("Cleo")).howMet.words).toBe("From the group choir");
  const none = await peernet(["requests", "knock", "choir", "anna", "--home", ben.home]);
  expect(none.code).toBe(1);
});

async function firstRequest(peer: PeerProcess): Promise<string> {
  const first = async (): Promise<string | undefined> =>
    (await peer.client.people.requests()).requests[0]?.id;
  expect(await until(async () => (await first()) !== undefined, 20_000)).toBe(true);
  return (await first()) ?? "";
}

async function sentOf(peer: PeerProcess, wanted: string): Promise<boolean> {
  return (await peer.client.people.requests()).sent.some(({ state }) => state === wanted);
}
