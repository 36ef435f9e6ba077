import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GroupBody, GroupMessageBody } from "../../src/api/client/index.ts";
import { freePort, PeerProcess, peernet, until } from "./peer-process.ts";
import { jsonOf } from "./two-contacts.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-cli-"));
let anna: PeerProcess;
let ben: PeerProcess;
let echo: Server;

/** Two peers that reach each other, and whose people are no contacts. */
beforeAll(async () => {
  echo = createServer((socket) => socket.on("error", () => undefined).pipe(socket)).listen(
    0,
    "127.0.0.1",
  );
  const place = `tcp://127.0.0.1:${await freePort()}`;
  const words = (name: string): readonly string[] => ["--no-discovery", "--name", name];
  anna = new PeerProcess(join(folder, "anna"), [...words("Anna"), "--listen", place]);
  ben = new PeerProcess(join(folder, "ben"), [...words("Ben"), "--link", place]);
  await Promise.all([anna.start(), ben.start()]);
});
afterAll(async () => {
  echo.close();
  await Promise.all([anna.end(), ben.end()]);
  rmSync(folder, { recursive: true, force: true });
});

function talk(port: number): Promise<{ socket: Socket; heard: string; isOver: () => boolean }> {
  return new Promise((done) => {
    const socket = connect({ port, host: "127.0.0.1" });
    let isOver = false;
    socket.on("error", () => undefined);
    socket.on("close", () => {
      isOver = true;
      done({ socket, heard: "", isOver: () => isOver });
    });
    socket.once("data", (part) => {
      done({ socket, heard: part.toString(), isOver: () => isOver });
    });
    socket.write("hello");
  });
}

/** Anna and Ben talk in the group: texts, an answer, a file; by commands, and line by line. */
async function chatTogether(): Promise<void> {
  const sent = (await jsonOf(anna, [
    ...["send", "@our-coop", "Bread is ready", "--wait", "20"],
  ])) as GroupMessageBody;
  expect(sent).toMatchObject({ state: "everybody", deliveredTo: ["Ben"], memberCount: 1 });
  const words = (who: PeerProcess, ...more: readonly string[]): Promise<{ stdout: string }> =>
    peernet([...more, "--home", who.home]);
  const shown = await words(ben, "inbox", "--ids");
  expect(shown.stdout).toContain("from Anna in @our-coop");
  expect(shown.stdout).toContain("Bread is ready");
  const id = /\[(g[0-9a-f]+)\]/.exec(shown.stdout)?.[1] ?? "";
  expect((await words(ben, "inbox")).stdout).toContain("Nothing new");
  const list = join(folder, "list.txt");
  writeFileSync(list, "flour");
  const answer = await words(ben, "send", "@our-coop", "Coming", "--reply", id, "--wait", "20");
  expect(answer.stdout).toContain("with the other member");
  await words(ben, "send", "@our-coop", "--file", list, "--wait", "20");
  const inbox = (await jsonOf(anna, ["inbox", "@our-coop", "--all"])) as GroupMessageBody[];
  expect(inbox).toMatchObject([
    { id: sent.id, text: "Bread is ready" },
    { text: "Coming", author: "Ben", replyTo: sent.id },
    { kind: "file", file: { name: "list.txt", sizeBytes: 5 } },
  ]);
  const talked = await peernet(["chat", "@our-coop", "--home", ben.home], {
    stdin: "One more\n/why\n/quit\n",
  });
  expect(talked.stdout).toContain("Bread is ready");
  expect(talked.stderr).toContain("Talking in @our-coop");
  const isRead = async (): Promise<boolean> =>
    (await anna.client.chats.messages("our-coop")).messages.at(-1)?.text === "One more";
  expect(await until(isRead, 20_000)).toBe(true);
  expect((await anna.client.chats.list()).chats).toMatchObject([
    { group: "our-coop", messages: 4, unread: 1, withoutKeys: [], forked: [] },
  ]);
  const nowhere = await peernet(["send", "@nowhere", "x", "--home", anna.home]);
  expect(nowhere.stderr).toContain("peernet group list");
}

describe("a private group of two people who are no contacts", () => {
  test("founded, joined by a link; its members reach what is open to it, until they are removed", async () => {
    const port = (echo.address() as AddressInfo).port;
    const made = (await jsonOf(anna, ["group", "new", "Our Coop"])) as GroupBody;
    expect(made).toMatchObject({ label: "our-coop", state: "in", quorum: 1 });
    await jsonOf(anna, ["allow", "our-coop", String(port)]);
    const { link } = (await jsonOf(anna, ["group", "invite", "our-coop"])) as { link: string };
    await jsonOf(ben, ["group", "join", link]);
    const isIn = async (): Promise<boolean> =>
      (await ben.client.groups.info("our-coop")).state === "in";
    expect(await until(isIn, 20_000)).toBe(true);
    const shown = await peernet(["group", "show", "our-coop", "--home", ben.home]);
    expect(shown.stdout).toContain("Our Coop ('our-coop' here), 2 members");
    expect(shown.stdout).toMatch(/Anna +owner/);

    const forward = (await jsonOf(ben, ["forward", `anna.our-coop:${port}`])) as { port: number };
    const first = await talk(forward.port);
    expect(first.heard).toBe("hello");

    await chatTogether();
    await jsonOf(anna, ["group", "remove", "our-coop", "ben"]);
    expect(await until(async () => first.isOver(), 10_000)).toBe(true);
    expect((await talk(forward.port)).heard).toBe("");
    const left = (await jsonOf(anna, ["group", "show", "our-coop"])) as GroupBody;
    expect(left.members.map(({ name }) => name)).toEqual(["Anna"]);
  });

  test("what is not possible says so and what to do", async () => {
    const said = async (words: readonly string[]): Promise<string> =>
      (await peernet(["group", ...words, "--home", anna.home])).stderr;
    expect(await said(["show", "nowhere"])).toContain("peernet group list");
    expect(await said(["join", "peernet:group/x"])).toContain("no whole group link");
    expect(await said(["remove", "our-coop", "nobody"])).toContain("is not in this group");
    expect(await said(["invite", "our-coop", "--for", "long"])).toContain("36h or 7d");
    expect(await said(["role", "our-coop", "anna", "king"])).toContain("'admin' or 'member'");
  });
});
