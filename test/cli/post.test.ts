import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type {
  AnchorsBody,
  CarriedInBody,
  LineBody,
  LinesBody,
  MessageBody,
  WhyBody,
} from "../../src/api/client/index.ts";
import { PeerProcess, peernet, until } from "./peer-process.ts";
import { jsonOf, startTwoContacts } from "./two-contacts.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-post-"));
let anna: PeerProcess;
let ben: PeerProcess;
/** Ben's home again, on a machine that has no way to Anna. */
let apart: PeerProcess;

beforeAll(async () => {
  ({ anna, ben } = await startTwoContacts(folder));
  apart = new PeerProcess(ben.home, ["--no-discovery", "--listen", "tcp://127.0.0.1:0"]);
}, 60_000);
afterAll(async () => {
  await Promise.all([anna.end(), ben.end(), apart.end()]);
  rmSync(folder, { recursive: true, force: true });
});

async function last(peer: PeerProcess, who: string): Promise<MessageBody | undefined> {
  return (await peer.client.messages({ with: who, limit: 1 })).messages[0];
}

async function lineOf(peer: PeerProcess): Promise<LineBody | undefined> {
  return ((await jsonOf(peer, ["line", "list"])) as LinesBody).lines[0];
}

test("a file, an answer to it, and the word that it was read", async () => {
  const file = join(folder, "list.txt");
  writeFileSync(file, "bread\nmilk\n");
  const words = ["send", "ben", "for today", "--file", file, "--wait", "20"];
  const sent = (await jsonOf(anna, words)) as MessageBody;
  expect(sent).toMatchObject({ state: "delivered", kind: "file", text: "for today" });
  const came = await last(ben, "anna");
  expect(came).toMatchObject({ kind: "file", file: { name: "list.txt", sizeBytes: 11 } });
  const bytes = await (await ben.client.getObject(came?.file?.link ?? "")).text();
  expect(bytes).toBe("bread\nmilk\n");
  expect(await jsonOf(ben, ["messages", "receipts", "on"])).toEqual({ receipts: true });
  await jsonOf(ben, ["inbox"]);
  await jsonOf(ben, ["send", "anna", "done", "--reply", came?.id ?? "", "--wait", "20"]);
  expect(await last(anna, "ben")).toMatchObject({ text: "done", replyTo: sent.id });
  const read = async (): Promise<boolean> =>
    (await anna.client.messages({ with: "ben" })).messages[0]?.state === "read" ||
    (await anna.client.messages({ with: "ben" })).messages[0]?.deliveries?.[0]?.state === "read";
  expect(await until(read, 20_000)).toBe(true);
});

test("a chat: each line is sent, orders are obeyed, what was said before is shown", async () => {
  const stdin = "from a chat\n/why\n/quit\n";
  const { code, stdout, stderr } = await peernet(["chat", "ben", "--home", anna.home], { stdin });
  expect([code, stdout.includes("for today")]).toEqual([0, true]);
  expect(stderr).toContain("Talking with ben");
  const came = async (): Promise<boolean> => (await last(ben, "anna"))?.text === "from a chat";
  expect(await until(came, 20_000)).toBe(true);
});

test("a contact is asked to hold letters and agrees", async () => {
  await jsonOf(anna, ["anchors", "ask", "ben"]);
  const asked = async (): Promise<boolean> =>
    (await ben.client.post.anchors()).anchors.length === 1;
  expect(await until(asked, 20_000)).toBe(true);
  const { code, stdout } = await peernet(["anchors", "--home", ben.home]);
  expect([code, stdout.includes("peernet anchors agree anna")]).toEqual([0, true]);
  await jsonOf(ben, ["anchors", "agree", "anna", "--days", "7"]);
  const agreed = async (): Promise<boolean> => {
    const { anchors } = (await anna.client.post.anchors()) as AnchorsBody;
    return anchors[0]?.state === "agreed" && anchors[0].days === 7;
  };
  expect(await until(agreed, 20_000)).toBe(true);
  const refused = await peernet(["anchors", "agree", "anna", "--days", "6", "--home", ben.home]);
  expect([refused.code, refused.stderr.includes("    at ")]).toEqual([2, false]);
});

test("what is paid to who is away goes along with letters on a stick, and so does the answer", async () => {
  await jsonOf(ben, ["currency", "new", "Eggs", "--unit", "egg", "--decimals", "0"]);
  await jsonOf(ben, ["line", "offer", "anna", "eggs", "--limit", "30"]);
  const accept = ["line", "accept", "ben", "eggs", "--limit", "9", "--home", anna.home];
  const isOpen = async (): Promise<boolean> => (await lineOf(ben))?.state === "open";
  expect(await until(async () => (await peernet(accept)).code === 0, 20_000, 500)).toBe(true);
  expect(await until(isOpen, 20_000)).toBe(true);
  await ben.end();
  await jsonOf(anna, ["pay", "ben", "3", "eggs", "breakfast"]);
  const stick = join(folder, "stick");
  mkdirSync(stick);
  await jsonOf(anna, ["carry", "out", stick]);
  // Peers remember where others were: with Anna there, nothing would have to be carried.
  await anna.end();
  await apart.start();
  writeFileSync(join(stick, "broken.carry"), "peernet carry 1\n and nonsense");
  const came = await peernet(["carry", "in", stick, "--home", apart.home]);
  expect([came.code, came.stdout]).toEqual([1, "1 letter: 1 for you, 0 carried on.\n"]);
  expect(came.stderr).toContain("broken.carry: The carry file is cut short or damaged.");
  expect(await lineOf(apart)).toMatchObject({ balance: "3" });
  rmSync(join(stick, "broken.carry"));
  const again = await peernet(["carry", "in", stick, "--home", apart.home]);
  expect(again.stdout).toBe("1 letter: 0 for you, 1 here already, 0 carried on.\n");
  const back = join(folder, "back.carry");
  await jsonOf(apart, ["carry", "out", back]);
  await apart.end();
  await anna.start();
  await jsonOf(anna, ["carry", "in", back]);
  const shown = await peernet(["line", "show", "ben", "eggs", "--home", anna.home]);
  expect(shown.stdout).not.toContain("told what is new");
  await ben.start();
});

test("a letter that waits says why, leaves as a file and comes in elsewhere, once", async () => {
  await ben.end();
  const sent = (await jsonOf(anna, ["send", "ben", "by hand", "--wait", "0"])) as MessageBody;
  expect(sent.state).toBe("waiting");
  const why = (await jsonOf(anna, ["messages", "why", sent.id])) as WhyBody;
  expect(why.words.length).toBeGreaterThan(10);
  const unknown = await peernet(["messages", "why", "nonsense", "--home", anna.home]);
  expect([unknown.code, unknown.stderr]).toEqual([
    1,
    "There is no message with this id. 'peernet inbox --all --ids' shows those there are.\n",
  ]);
  const file = join(folder, "letters.carry");
  expect(await jsonOf(anna, ["carry", "out", file, "--to", "ben"])).toMatchObject({ left: 0 });
  await anna.end();
  await apart.start();
  const first = (await jsonOf(apart, ["carry", "in", file])) as CarriedInBody;
  expect(first).toMatchObject({ refused: 0 });
  expect(first.delivered).toBeGreaterThan(0);
  expect(await last(apart, "anna")).toMatchObject({ text: "by hand", state: "unread" });
  await jsonOf(apart, ["carry", "in", file]);
  const { messages } = await apart.client.messages({ with: "anna" });
  expect(messages.filter(({ text }) => text === "by hand")).toHaveLength(1);
  writeFileSync(file, "peernet carry 1\n and nonsense");
  const bad = await peernet(["carry", "in", file, "--home", apart.home]);
  expect([bad.code, bad.stderr]).toEqual([
    1,
    "The carry file is cut short or damaged. Copy it again.\n",
  ]);
});
