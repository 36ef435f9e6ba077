import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { loadFfi } from "../../src/adapters/node/native/ffi.ts";
import { encodeInvite } from "../../src/contacts/invite.ts";
import { makeLocalIdentity } from "../../src/identity/index.ts";
import { type CommandResult, freePort, MAIN, PeerProcess, peernet, until } from "./peer-process.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-cli-"));
const files = join(folder, "files");
let anna: PeerProcess;
let ben: PeerProcess;

/** Two peers that have each other as contacts. */
beforeAll(async () => {
  const ports = await Promise.all([freePort(), freePort()]);
  const listen = (index: number): string => `tcp://127.0.0.1:${ports[index]}`;
  const local = ["--no-discovery", "--listen"];
  anna = new PeerProcess(join(folder, "anna"), [...local, listen(0), "--name", "Anna"]);
  ben = new PeerProcess(join(folder, "ben"), [...local, listen(1), "--name", "Ben"]);
  await Promise.all([anna.start("--link", listen(1)), ben.start("--link", listen(0))]);
  writeFileSync(files, "What is kept.\n".repeat(1_000));
});
afterAll(async () => {
  await Promise.all([anna.end(), ben.end()]);
  rmSync(folder, { recursive: true, force: true });
});

function as(peer: PeerProcess, words: readonly string[], stdin?: string): Promise<CommandResult> {
  const options = stdin === undefined ? {} : { stdin };
  return peernet([...words, "--home", peer.home], options);
}

/** The one JSON value that a command prints. */
async function jsonOf(peer: PeerProcess, words: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await as(peer, [...words, "--json"]);
  expect([words, code, stderr]).toEqual([words, 0, ""]);
  expect(stdout.endsWith("\n")).toBe(true);
  expect(stdout.trimEnd()).not.toContain("\n");
  return JSON.parse(stdout);
}

describe("two people", () => {
  let link = "";

  test("meet, write and share a file, every command printing one JSON value", async () => {
    const { link: invite } = (await jsonOf(anna, ["invite"])) as { readonly link: string };
    expect(invite).toMatch(/^peernet:invite\//);
    expect(await jsonOf(ben, ["add", invite, "--as", "anna"])).toMatchObject({ petname: "anna" });
    expect(
      await until(async () => (await anna.client.contacts())[0]?.state === "met", 20_000),
    ).toBe(true);
    const sent = await jsonOf(anna, ["send", "ben", "hello\nworld", "--wait", "20"]);
    expect(sent).toMatchObject({ text: "hello\nworld", state: "delivered", direction: "out" });
    expect(await jsonOf(ben, ["inbox", "--keep"])).toMatchObject([{ state: "unread" }]);
    expect(await jsonOf(ben, ["inbox", "anna"])).toMatchObject([{ text: "hello\nworld" }]);
    expect(await jsonOf(ben, ["inbox"])).toEqual([]);
    expect(await jsonOf(ben, ["inbox", "--all"])).toMatchObject([{ state: "read" }]);

    const stored = await jsonOf(anna, ["put", files, "--wait", "5"]);
    expect(stored).toMatchObject({ name: "files", sizeBytes: 14_000, k: 3, n: 40 });
    ({ link } = stored as { readonly link: string });
    const copy = join(folder, "copy");
    expect(await jsonOf(ben, ["get", link, "-o", copy])).toEqual({ file: copy, sizeBytes: 14_000 });
    expect(readFileSync(copy)).toEqual(readFileSync(files));
    expect(await jsonOf(anna, ["drive"])).toMatchObject([{ link, name: "files" }]);
    expect(await jsonOf(anna, ["drive", link])).toMatchObject({ alive: 40 });
    expect(await jsonOf(anna, ["drive", link, "--repair"])).toMatchObject({ link });

    const { peerId } = ben.up;
    expect(await jsonOf(anna, ["status"])).toMatchObject({ name: "Anna", neighbourCount: 1 });
    expect(await jsonOf(anna, ["peers"])).toMatchObject({ neighbours: [{ peerId }] });
    expect(await jsonOf(anna, ["map"])).toMatchObject({ self: anna.up.peerId });
    expect(await jsonOf(anna, ["contacts"])).toMatchObject([{ petname: "Ben", state: "met" }]);
    expect(await jsonOf(anna, ["ping", "ben", "-c", "2", "-i", "10"])).toMatchObject({
      received: 2,
    });
    const hop = { peerId, name: "Ben", cost: expect.any(Number), backup: null };
    const measured = { roundTripMs: expect.any(Number), addedMs: expect.any(Number) };
    expect(await jsonOf(anna, ["trace", peerId])).toEqual({
      complete: true,
      hops: [{ ...hop, ...measured }],
    });
    expect(await jsonOf(anna, ["explain", "ben"])).toMatchObject({
      ...{ verdict: "reachable", peerId, name: "Ben", requestedSeqno: null },
      candidates: [{ neighbour: peerId, role: "in use", feasible: true, hops: 1 }],
    });
    expect(await anna.client.diagnostics()).toMatchObject({
      ways: { suspicions: 0, neighboursLost: 0 },
      routing: { destinations: 1 },
      link: { neighbours: 1 },
    });
    expect(await jsonOf(anna, ["doctor"])).toHaveProperty("findings");
    expect(await jsonOf(anna, ["link", "tcp://127.0.0.1:1"])).toHaveProperty("dialling");
    expect(await jsonOf(anna, ["up", "--no-open"])).toMatchObject({ alreadyRunning: true });
  });

  test("the same for people: tables and sentences, data on stdout", async () => {
    for (const [words, text] of [
      [["status"], "name              Anna"],
      [["peers"], "Peers in reach"],
      [["map"], "(here)"],
      [["map"], "└─ Ben   cost "],
      [["trace", "ben"], "1 hop, cost "],
      [["explain", "ben"], "Ben is 1 hop away. Packets leave by Ben, who alone offers a way"],
      [["contacts"], "in reach, 1 hop"],
      [["contacts", "show", "ben"], "letters protected against later quantum computers"],
      [["inbox", "--all"], "(delivered to Ben at "],
      [["drive"], "FRAGMENTS  READABLE  PEERS"],
      [["doctor"], "1 neighbour"],
      [["ping", "ben", "-c", "1"], "1 of 1 answered"],
    ] as const) {
      const { code, stdout } = await as(anna, words);
      expect([words, code]).toEqual([words, 0]);
      expect(stdout).toContain(text);
    }
    const piped = await as(anna, ["put", "-", "--name", "note", "--wait", "0"], "from stdin");
    expect(piped.stdout).toMatch(/^peernet:object\/\w+\n$/);
    const { stdout } = await as(ben, ["get", piped.stdout.trim()]);
    expect(stdout).toBe("from stdin");
  });

  test("a contact gets another name, which nobody else has", async () => {
    expect(await jsonOf(anna, ["contacts", "ben", "--as", "Benjamin"])).toMatchObject({
      petname: "Benjamin",
    });
    expect((await as(anna, ["contacts"])).stdout).toContain("Benjamin");
    const gone = await as(anna, ["contacts", "ben", "--as", "x"]);
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining("ben")]);
    const bad = await as(anna, ["contacts", "Benjamin", "--as", ""]);
    expect([bad.code, bad.stdout]).toEqual([1, ""]);
    const back = await as(anna, ["contacts", "Benjamin", "--as", "Ben"]);
    expect(back.stdout).toBe("They are Ben to you now.\n");
  });

  test("a file that cannot be written leaves no part of it", async () => {
    const { code, stderr } = await as(ben, ["get", link, "-o", join(folder, "no", "where")]);
    expect(code).toBe(1);
    expect(stderr).toContain("cannot be written");
    expect(stderr).toContain("Choose another place with -o");
    const { stderr: onFolder } = await as(ben, ["get", link, "-o", folder]);
    expect(onFolder).toContain("is a folder. Name a file in it");
    expect(readdirSync(tmpdir()).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });
});

/** The policy of the scheduler for a process's main thread: 0 where nobody chose one, 3 for SCHED_BATCH (proc(5), field 41 of `stat`). */
function policyOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[38]);
}

const mayBatch = process.platform === "linux" && loadFfi() !== undefined;

test.runIf(mayBatch && policyOf(process.pid) === 0)(
  "a peer leaves the processor to others while it is busy, no longer when it is calm",
  async () => {
    let isBusy = true;
    const ask = async (): Promise<void> => {
      while (isBusy) await ben.client.contacts();
    };
    const asking = Promise.all([ask(), ask()]);
    const { pid } = ben.up;
    const isBatch = await until(async () => policyOf(pid) === 3, 30_000);
    isBusy = false;
    await asking;
    expect(isBatch).toBe(true);
    expect(await until(async () => policyOf(pid) === 0, 20_000)).toBe(true);
  },
);

describe("what cannot be done is told in words", () => {
  test.each([
    [["put", "/no/such/file"], "/no/such/file cannot be read: there is no such file."],
    [["put", "/dev/null"], "is neither a file nor a folder"],
    [["get", "nonsense", "-o", "x"], "This is no object link. One begins with peernet:object/"],
    [["get", "peernet:object/abc", "-o", "x"], "please copy it whole"],
    [["send", "nobody", "hello"], "No contact is called 'nobody'."],
    [["send", "be", "hello"], "Did you mean Ben?"],
    [["send", "ben", ""], "empty"],
    [["inbox", "nobody"], "No contact is called 'nobody'."],
    [["ping", "nobody"], "No contact is called 'nobody'."],
    [["trace", "nobody"], "No contact is called 'nobody'."],
    [["add", "nonsense"], "This is no whole invite."],
    [["add", "peernet:invite/abcdefgh"], "This is no whole invite. Copy the link again"],
    [["link", "nonsense"], "This is no endpoint of a peer"],
    [["link", "tcp://192.0.2.7:99999"], "This is no endpoint of a peer"],
    [["link", "udp://peer.example:4711"], "tcp://example.org"],
    [["link", "http://peer.example"], "There is no transport 'http'"],
    [["drive", "nonsense"], "no object link"],
  ])("%j", async (words, advice) => {
    const { code, stdout, stderr } = await as(anna, words);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(advice);
    expect(stderr).not.toMatch(/ {4}at |defect/);
    const json = await as(anna, [...words, "--json"]);
    const { error } = JSON.parse(json.stderr) as { readonly error: { readonly message: string } };
    expect(json.stdout).toBe("");
    expect(error.message).toContain(advice);
  });

  test("one's own invite", async () => {
    const { link } = await anna.client.createInvite();
    const { code, stderr } = await as(anna, ["add", link]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/your own|yourself/);
  });

  test.each([
    ["nobody", "unknown-name", "No contact is called 'nobody'."],
    [`fd${"5".repeat(30)}`, "never-heard-of", "No neighbour has told of fd55:5555"],
  ])("why %s is not reached", async (who, verdict, summary) => {
    const { code, stdout, stderr } = await as(anna, ["explain", who]);
    expect([code, stderr]).toEqual([1, ""]);
    expect(stdout).toContain(summary);
    const json = await as(anna, ["explain", who, "--json"]);
    expect([json.code, JSON.parse(json.stdout)]).toMatchObject([1, { verdict, candidates: [] }]);
  });

  test("an invite that has expired", async () => {
    const suite = createNodeSuite();
    const identity = makeLocalIdentity(suite, new Uint8Array(32), new Uint8Array(32));
    const terms = { name: "Old", endpoints: [], token: new Uint8Array(16), expiresAtMs: 1_000 };
    const { code, stderr } = await as(anna, ["add", encodeInvite(identity, terms)]);
    expect(code).toBe(1);
    expect(stderr).toContain("expired");
  });

  test("an object that nobody has: an error, and no part of a file", async () => {
    const stranger = new PeerProcess(join(folder, "stranger"));
    await stranger.start();
    const { link } = await stranger.client.putObject("x", "far away");
    await stranger.end();
    const target = join(folder, "nothing");
    const { code, stderr } = await as(anna, ["get", link, "-o", target]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/fragments|reach/);
    expect(readdirSync(folder).filter((name) => name.startsWith("nothing"))).toEqual([]);
  });

  test.skipIf(process.platform !== "linux")("a file that fails while it is read", async () => {
    const { code, stderr } = await as(anna, ["put", "/proc/self/mem"]);
    expect(code).toBe(1);
    expect(stderr).toContain("/proc/self/mem cannot be read");
    expect(stderr).toContain("Nothing was stored.");
  });
});

test("a log that is followed goes on with what comes, until the peer is gone", async () => {
  const words = ["logs", "--follow", "--json", "--home", anna.home];
  const following = spawn(process.execPath, [MAIN, ...words], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = new Promise((done) => following.once("close", done));
  const events: string[] = [];
  createInterface(following.stdout).on("line", (line) => {
    events.push((JSON.parse(line) as { readonly event: string }).event);
  });
  expect(await until(async () => events.includes("started"), 30_000)).toBe(true);
  await ben.end();
  expect(await until(async () => events.includes("neighbour down"), 30_000)).toBe(true);
  expect(events.filter((event) => event === "started")).toHaveLength(1);
  await anna.end();
  // Nobody answers any more.
  expect(await ended).toBe(3);
});
