import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type NodePeer, startNodePeer } from "../../src/adapters/node/embed/index.ts";
import { freePort } from "./peer-process.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-embed-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the example of docs/API.md does what it says", async () => {
  const [, code = ""] = /```js\n([\s\S]*?)```/.exec(readFileSync("docs/API.md", "utf8")) ?? [];
  const file = resolve("dist", "example-of-docs.mjs");
  writeFileSync(file, code);
  const printed = await new Promise<string>((done, fail) => {
    execFile(process.execPath, [file], { timeout: 50_000 }, (error, stdout, stderr) => {
      if (error === null) done(stdout);
      else fail(new Error(`${error.message}\n${stderr}`));
    });
  });
  rmSync(file);
  const [who, echo, refused] = printed.split("\n");
  expect([who, echo]).toEqual(["Ben is here", "hello"]);
  expect(refused).toContain("anna does not let you reach port 22");
});

describe("two peers inside one program", () => {
  let anna: NodePeer;
  let ben: NodePeer;

  beforeAll(async () => {
    const here = { discovery: false, listen: ["tcp://127.0.0.1:0"] };
    anna = await startNodePeer({ home: join(folder, "anna"), name: "Anna", ...here });
    const links = anna.listening;
    ben = await startNodePeer({ home: join(folder, "ben"), name: "Ben", ...here, links });
    await ben.add(await anna.invite(), "anna");
  });
  afterAll(() => Promise.all([anna.stop(), ben.stop()]));

  test("megabytes go both ways, against the pace of who reads", async () => {
    const stop = anna.listen("echo", (connection) => connection.pipe(connection), ["Ben"]);
    const connection = await ben.connect("anna", "echo");
    const bytes = randomBytes(3_000_000);
    connection.end(bytes);
    await new Promise((done) => setTimeout(done, 300));
    expect((await buffer(connection)).equals(bytes)).toBe(true);
    stop();
    await expect(ben.connect("anna", "echo")).rejects.toThrow("does not let you reach");
  });

  test("a port is listened on as a service is, and a connection to it can be given up", async () => {
    const stop = anna.listen(4_001, (connection) => connection.end("here"), ["Ben"]);
    expect(String(await buffer(await ben.connect("anna", 4_001)))).toBe("here");
    stop();
    await expect(ben.connect("anna", 4_001)).rejects.toThrow("does not let you reach port 4001");
    const signal = AbortSignal.abort(new RangeError("no longer"));
    await expect(ben.connect("anna", 4_001, { signal })).rejects.toThrow("no longer");
    const controller = new AbortController();
    const given = ben.connect("anna", 4_001, { signal: controller.signal });
    controller.abort(new RangeError("given up"));
    await expect(given).rejects.toThrow("given up");
  });

  test("a connection that breaks is an error on the other side", async () => {
    const stop = anna.listen("break", (connection) => connection.destroy(), ["Ben"]);
    const connection = await ben.connect("anna", "break");
    await expect(buffer(connection)).rejects.toThrow("broke off");
    stop();
  });

  test("a connection that breaks before anybody listens ends no program, and is told to who reads", async () => {
    const stop = anna.listen("break", (connection) => connection.destroy(), ["Ben"]);
    const connection = await ben.connect("anna", "break");
    await new Promise((resolve) => setTimeout(resolve, 200));
    await expect(buffer(connection)).rejects.toThrow("broke off");
    stop();
  });

  test("refusals come in words", async () => {
    await expect(ben.connect("nobody", 80)).rejects.toThrow("No contact is called 'nobody'");
    await expect(ben.connect("anna", "all")).rejects.toThrow("one port or service");
    expect(() => anna.listen("x", () => undefined, ["nobody"])).toThrow("no group of that name");
    expect(() => anna.listen("80", () => undefined)).toThrow("letters, digits and hyphens");
    await expect(ben.add("nonsense", "x")).rejects.toThrow("no whole invite");
  });
});

test("a peer inside a program hears its home's settings, and may be stopped twice", async () => {
  const home = join(folder, "settings");
  mkdirSync(home);
  writeFileSync(join(home, "home.json"), '{"format": 1}');
  const port = await freePort();
  const config = { listen: [`tcp://127.0.0.1:${port}`], discovery: false };
  writeFileSync(join(home, "config.json"), JSON.stringify(config));
  const peer = await startNodePeer({ home, name: "Cleo" });
  expect(peer.listening.some((endpoint) => endpoint.endsWith(`:${port}`))).toBe(true);
  await peer.stop();
  await peer.stop();
});
