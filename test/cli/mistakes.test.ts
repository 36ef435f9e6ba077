import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CommandResult, MAIN, PeerProcess, peernet, until } from "./peer-process.ts";
import { jsonOf, startTwoContacts } from "./two-contacts.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-mistakes-"));
const file = join(folder, "letter.txt");
const holidays = join(folder, "holidays");
let anna: PeerProcess;
let ben: PeerProcess;

beforeAll(async () => {
  writeFileSync(file, "a letter\n");
  mkdirSync(holidays);
  writeFileSync(join(holidays, "lake.txt"), "blue\n");
  // So much waits between peer and command: whoever does not read it keeps the connection open.
  writeFileSync(join(holidays, "lake.bin"), randomBytes(136_000));
  ({ anna, ben } = await startTwoContacts(folder));
});
afterAll(async () => {
  await Promise.all([anna?.end(), ben?.end()]);
  rmSync(folder, { recursive: true, force: true });
});

function annas(words: readonly string[]): Promise<CommandResult> {
  return peernet([...words, "--home", anna.home]);
}

/** A refusal in words: its code, all that is said, and nothing of the program's inside. */
async function refused(words: readonly string[]): Promise<string> {
  const { code, signal, stdout, stderr } = await annas(words);
  expect([words, code === 0, signal, stdout]).toEqual([words, false, null, ""]);
  expect(stderr).not.toMatch(/^ +at |has a defect|No peer answers/m);
  expect(stderr).not.toMatch(/\bE(NOENT|ACCES|NOTDIR|ISDIR|EXIST)\b/);
  return stderr;
}

describe("a file that is no file", () => {
  test("a folder cannot be sent, and the words say how to", async () => {
    expect(await refused(["send", "Ben", "--file", holidays])).toContain("peernet put");
  });

  test("nothing is stored for somebody who is unknown", async () => {
    expect(await refused(["send", "nobody", "--file", file])).toContain("No contact is called");
    expect(await refused(["send", "@nobody", "--file", file])).toContain("no such group");
    expect(await jsonOf(anna, ["drive"])).toEqual([]);
  });

  test("contacts cannot be written where nothing can be", async () => {
    const place = join(folder, "nowhere", "people.json");
    expect(await refused(["contacts", "export", "-o", place])).toContain("cannot be written");
    const isAway = "cannot be written: the folder for it is not there";
    expect(await refused(["export", place])).toContain(isAway);
    expect(await refused(["carry", "out", place])).toContain(isAway);
  });

  test("a large file is none of letters", async () => {
    const large = join(folder, "large.bin");
    writeFileSync(large, "");
    truncateSync(large, 70_000_000);
    expect(await refused(["carry", "in", large])).toContain("larger than any file of letters");
  });

  test("a file that is not there is said to be so, whatever it was for", async () => {
    const missing = join(folder, "no-letter.txt");
    const isMissing = `${missing} cannot be read: there is no such file.`;
    for (const words of [["send", "Ben", "--file"], ["carry", "in"], ["put"], ["picture"]]) {
      expect(await refused([...words, missing])).toContain(isMissing);
    }
    expect(await refused(["contacts", "import", missing])).toContain(isMissing);
  });
});

describe("what is got goes where something is", () => {
  test("a stored folder leaves a folder that is there alone, and says so at once", async () => {
    const { link } = (await jsonOf(anna, ["put", holidays, "--wait", "0"])) as { link: string };
    expect(await refused(["get", link, "-o", holidays])).toContain("is there already");
    const target = join(folder, "got");
    expect((await annas(["get", link, "-o", target])).code).toBe(0);
    expect(existsSync(join(target, "lake.txt"))).toBe(true);
  });

  test("'-o -' is stdout, never a file of that name", async () => {
    const stored = (await peernet(["put", file, "--wait", "0", "--home", anna.home])).stdout.trim();
    expect((await annas(["get", stored, "-o", "-"])).stdout).toBe("a letter\n");
    expect((await annas(["contacts", "export", "-o", "-"])).stdout).toContain("Ben");
    expect(existsSync("-")).toBe(false);
  });

  test("below a file nothing can be written, which is no defect", async () => {
    const { link } = (await jsonOf(anna, ["put", file, "--wait", "0"])) as { link: string };
    const below = join(file, "copy.txt");
    expect(await refused(["get", link, "-o", below])).toContain("cannot be written");
    expect((await annas(["folder", "new", "letters"])).code).toBe(0);
    expect((await annas(["folder", "put", "letters", file])).code).toBe(0);
    const words = ["folder", "get", "letters", "letter.txt", "-o"];
    expect(await refused([...words, below])).toContain("could not be written");
    expect((await annas(["folder", "put", "letters", holidays])).code).toBe(0);
    const whole = ["folder", "get", "letters", "holidays", "-o"];
    expect(await refused([...whole, below])).toContain("could not be made");
  });

  test("a file does not take the place of a folder", async () => {
    const { link } = (await jsonOf(anna, ["put", file, "--wait", "0"])) as { link: string };
    expect(await refused(["get", link, "-o", holidays])).toContain("is a folder");
    expect(existsSync(`${holidays}.partial`)).toBe(false);
    expect(existsSync(join(holidays, "lake.txt"))).toBe(true);
  });
});

describe("names", () => {
  test("a group is called otherwise here, and the command ends well", async () => {
    expect((await annas(["group", "new", "Our Coop"])).code).toBe(0);
    const renamed = await annas(["group", "rename", "our-coop", "coop"]);
    expect([renamed.code, renamed.stdout]).toEqual([0, expect.stringContaining("'coop'")]);
  });

  test("somebody unknown is not verified, and no code is shown for them", async () => {
    expect(await refused(["contacts", "verify", "nobody"])).not.toContain("scan");
  });

  test("a contact's name alone says what may follow it", async () => {
    const words = await refused(["contacts", "Ben"]);
    expect(words).toContain("peernet contacts show Ben");
    expect(words).toContain("peernet contacts Ben --as NAME");
  });

  test("half an order for requests says how that one goes on", async () => {
    expect(await refused(["requests", "knock", "choir"])).toContain("knock GROUP WHO");
    expect(await refused(["requests", "accept"])).toContain("accept ID");
    expect(await refused(["requests", "acept", "3f2a"])).toContain("list | accept|decline");
  });

  test("an offer stands for days that there are, told in words of the command", async () => {
    expect(await refused(["community", "want", "x", "Help", "--days", "0"])).toContain("--days is");
  });

  test("a second folder of one name is refused", async () => {
    expect((await annas(["folder", "new", "photos"])).code).toBe(0);
    expect(await refused(["folder", "new", "photos"])).toContain("another name");
  });

  test("who is blocked is called so, not a stranger", async () => {
    expect((await annas(["contacts", "block", "Ben"])).code).toBe(0);
    expect(await refused(["send", "Ben", "hello"])).toContain("peernet contacts unblock");
    expect((await annas(["contacts", "unblock", "Ben"])).code).toBe(0);
  });

  test("a receipt, a request and a payment of no name", async () => {
    expect(await refused(["receipts", "export"])).toContain("'peernet receipts' shows them");
    expect(await refused(["request", "withdraw", "zz"])).toContain("'peernet request list'");
    expect(await refused(["payments", "give-up", "zz"])).toContain("begins with 'zz'");
  });

  test("payments in no currency say nothing of people in between", async () => {
    expect(await refused(["pay", "Ben", "3", "stones"])).not.toContain("in between");
  });
});

describe("rules", () => {
  test("who is denied everything may reach nothing", async () => {
    expect((await annas(["deny", "Ben"])).stdout).toBe("Ben may reach nothing on this machine.\n");
    expect((await annas(["deny", "Ben", "--remove"])).code).toBe(0);
  });

  test("letters are held for 7 to 60 days", async () => {
    expect(await refused(["anchors", "agree", "Ben", "--days", "6"])).toContain("7 to 60");
    expect(await refused(["anchors", "agree", "Ben", "--days", "61"])).toContain("7 to 60");
  });

  test("an order that is none is not sent", async () => {
    const { stderr } = await peernet(["chat", "Ben", "--home", anna.home], {
      stdin: "/qiut\n/tmp is full\n",
    });
    expect(stderr).toContain("no order /qiut");
    const { messages } = await anna.client.messages({ with: "Ben", limit: 10 });
    expect(messages.map(({ text }) => text)).toEqual(["/tmp is full"]);
  });
});

describe("ends", () => {
  test("whoever breaks off 'device add' lets nobody join any more", async () => {
    const child = spawn(process.execPath, [MAIN, "device", "add", "--no-qr", "--home", anna.home]);
    const exit = once(child, "exit");
    const said: string[] = [];
    child.stderr.setEncoding("utf8").on("data", (text: string) => said.push(text));
    expect(await until(() => said.join("").includes("peernet:device/"), 20_000)).toBe(true);
    expect((await anna.client.devices.adding()).state).toBe("open");
    child.kill("SIGINT");
    expect(await exit).toEqual([1, null]);
    expect(said.join("")).toContain("no device can join");
    expect((await anna.client.devices.adding()).state).toBe("closed");
  });

  test("a terminal that is closed ends a peer in order", async () => {
    const cleo = new PeerProcess(join(folder, "cleo"));
    await cleo.start();
    expect(await cleo.end("SIGHUP")).toEqual({ code: 0, signal: null });
    expect(existsSync(join(cleo.home, "api.json"))).toBe(false);
  });

  test("a peer that runs says that other options change nothing", async () => {
    const { code, stderr } = await annas(["up", "--no-open", "--listen", "tcp://127.0.0.1:0"]);
    expect([code, stderr]).toEqual([0, expect.stringContaining("peernet stop")]);
    expect((await annas(["up", "--no-open"])).stderr).toBe("");
  });
});

describe("ports", () => {
  test("one that is served again says whom it is served no longer", async () => {
    expect((await annas(["serve", "3000", "--to", "Ben"])).stderr).not.toContain("ended");
    const { stdout, stderr } = await annas(["serve", "3000", "--to", "coop", "--as", "photos"]);
    expect(stdout).toContain("as 'photos' for coop");
    expect(stderr).toContain("port 3000 for Ben; that has ended");
  });

  test("one that cannot be keeps the others of a rule away too", async () => {
    expect(await refused(["allow", "Ben", "22,99999"])).toContain("no port 99999");
    expect(await jsonOf(anna, ["allow", "--list"])).toEqual([]);
  });
});

test("an export that is broken off leaves nothing behind, and one that is there is left alone", async () => {
  const target = join(folder, "all.zip");
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/zip" });
    response.write(Buffer.alloc(100_000));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const home = mkdtempSync(join(folder, "stalling-"));
  const { port } = server.address() as AddressInfo;
  const api = { url: `http://127.0.0.1:${port}`, token: "t".repeat(43), pid: process.pid };
  writeFileSync(join(home, "api.json"), JSON.stringify(api));
  const words = ["export", target, "--home", home];
  const child = spawn(process.execPath, [MAIN, ...words], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise((done) => child.once("close", done));
  let said = "";
  child.stderr.on("data", (text: Buffer) => {
    said += text.toString();
  });
  expect(await until(async () => existsSync(`${target}.partial`), 30_000)).toBe(true);
  expect(existsSync(target)).toBe(false);
  child.kill("SIGINT");
  expect(await ended).toBe(1);
  expect(said).toContain("you broke it off");
  expect([existsSync(target), existsSync(`${target}.partial`)]).toEqual([false, false]);
  server.closeAllConnections();
  server.close();
  writeFileSync(target, "mine");
  expect(await refused(["export", target])).toContain("is there already");
  expect(readFileSync(target, "utf8")).toBe("mine");
});

describe("somebody who is away", () => {
  test("is not measured for long, and the way to them names the next step", async () => {
    await ben.end();
    const askedMs = Date.now();
    expect(await refused(["speed", "Ben"])).toContain("does not take part");
    expect(Date.now() - askedMs).toBeLessThan(15_000);
    const { code, stderr } = await annas(["trace", "Ben"]);
    expect([code, stderr]).toEqual([1, "Why: peernet explain Ben\n"]);
  });

  test("gets letters by hand, and a file too small for them does not say that none waits", async () => {
    expect((await annas(["send", "Ben", "hello"])).code).toBe(0);
    const carried = join(folder, "letters.carry");
    const { code, stdout, stderr } = await annas(["carry", "out", carried, "--bytes", "10"]);
    expect([code, stdout]).toEqual([0, `No letter fits: ${carried} is empty.\n`]);
    expect(stderr).toContain("did not fit");
  });
});
