import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type CommandResult,
  freePort,
  MAIN,
  type PeerProcess,
  peernet,
  until,
} from "./peer-process.ts";
import { jsonOf, startTwoContacts } from "./two-contacts.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-cli-"));
let anna: PeerProcess;
let ben: PeerProcess;
let web: HttpServer;
let echo: Server;
const page = randomBytes(300_000).toString("base64");

function portOf(server: Server | HttpServer): number {
  return (server.address() as AddressInfo).port;
}

/** Anna serves, Ben reaches; they have each other as contacts. */
beforeAll(async () => {
  web = createHttpServer((_request, response) => response.end(page)).listen(0, "127.0.0.1");
  echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(
    0,
    "127.0.0.1",
  );
  ({ anna, ben } = await startTwoContacts(folder));
});
afterAll(async () => {
  web.close();
  echo.close();
  await Promise.all([anna.end(), ben.end()]);
  rmSync(folder, { recursive: true, force: true });
});

function as(peer: PeerProcess, words: readonly string[], stdin?: string): Promise<CommandResult> {
  const options = stdin === undefined ? {} : { stdin };
  return peernet([...words, "--home", peer.home], options);
}

/** Sends bytes to a local port and takes what comes back until the end. */
function exchange(port: number, bytes: Uint8Array): Promise<Buffer> {
  return new Promise((done, fail) => {
    const parts: Buffer[] = [];
    const socket: Socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.on("data", (part: Buffer) => parts.push(part));
    socket.on("end", () => done(Buffer.concat(parts)));
    socket.on("error", fail);
    socket.end(bytes);
  });
}

/** Whether the page is what comes of a local port. */
async function showsPage(port: number): Promise<boolean> {
  return (await (await fetch(`http://127.0.0.1:${port}/`)).text()) === page;
}

describe("a port that leads to somebody else's", () => {
  test("is refused without a rule, works with one, and is refused again by a denial", async () => {
    const made = (await jsonOf(ben, ["forward", `anna:${portOf(web)}`])) as { port: number };
    await expect(showsPage(made.port)).rejects.toThrow();
    const { refusals } = await ben.client.gateway();
    expect(refusals.at(-1)?.words).toContain("anna does not let you reach port");
    const theirs = await anna.client.gateway();
    expect(theirs.refusals.at(-1)).toMatchObject({ direction: "in" });

    expect(await jsonOf(anna, ["allow", "ben", String(portOf(web))])).toMatchObject([
      { verdict: "allow", who: "Ben", kind: "person", reach: String(portOf(web)) },
    ]);
    expect(await showsPage(made.port)).toBe(true);
    await jsonOf(anna, ["deny", "ben"]);
    await expect(showsPage(made.port)).rejects.toThrow();
    await jsonOf(anna, ["deny", "ben", "--remove"]);
    expect(await showsPage(made.port)).toBe(true);
    await jsonOf(anna, ["allow", "ben", String(portOf(web)), "--remove"]);
    await expect(showsPage(made.port)).rejects.toThrow();
    expect(await jsonOf(ben, ["forward", `${made.port}`, "--stop"])).toMatchObject({
      stopped: true,
    });
    await expect(exchange(made.port, new Uint8Array(1))).rejects.toThrow("ECONNREFUSED");
  });

  test("leads to a served name, carries megabytes both ways, and keeps ends", async () => {
    await jsonOf(anna, ["serve", String(portOf(echo)), "--as", "echo", "--to", "ben"]);
    const port = await freePort();
    expect(await jsonOf(ben, ["forward", `${port}:anna:echo`])).toMatchObject({
      ...{ port, who: "anna", to: "echo", isOpen: true },
    });
    const bytes = randomBytes(5_000_000);
    expect((await exchange(port, bytes)).equals(bytes)).toBe(true);
  });

  test("all of it is there again after a restart", async () => {
    await Promise.all([anna.end(), ben.end()]);
    await Promise.all([anna.start(), ben.start()]);
    const [forward] = (await jsonOf(ben, ["forward", "--list"])) as { port: number }[];
    const reached = await until(async () => {
      const answer = await exchange(forward?.port ?? 0, Buffer.from("hello")).catch(() => "");
      return answer.toString() === "hello";
    }, 20_000);
    expect(reached).toBe(true);
    await jsonOf(anna, ["serve", "echo", "--stop"]);
    expect(await jsonOf(anna, ["serve", "--list"])).toMatchObject({ served: [] });
  });
});

test("what Peernet itself listens on is reached by nobody, whatever is allowed", async () => {
  await anna.client.folders.create("Photos");
  const { port: mountPort } = await anna.client.mount("Photos");
  await jsonOf(anna, ["allow", "ben", "all"]);
  const apiPort = Number(new URL(anna.up.url).port);
  const linkPort = Number(
    anna.up.listening
      .find((one) => one.startsWith("tcp:"))
      ?.split(":")
      .at(-1),
  );
  for (const port of [apiPort, mountPort, linkPort]) {
    expect(port).toBeGreaterThan(0);
    const made = (await jsonOf(ben, ["forward", `anna:${port}`])) as { readonly port: number };
    await expect(showsPage(made.port)).rejects.toThrow();
    const { refusals } = await ben.client.gateway();
    expect(refusals.at(-1)?.words).toContain(`anna does not let you reach port ${port}`);
    await jsonOf(ben, ["forward", String(made.port), "--stop"]);
  }
  await jsonOf(anna, ["allow", "ben", "all", "--remove"]);
});

describe("pipe", () => {
  async function listening(...words: readonly string[]): Promise<{
    readonly child: ReturnType<typeof spawn>;
    readonly ended: Promise<{ code: number | null; stdout: Buffer }>;
  }> {
    const child = spawn(process.execPath, [
      MAIN,
      "pipe",
      "--listen",
      "--home",
      anna.home,
      ...words,
    ]);
    const parts: Buffer[] = [];
    child.stdout.on("data", (part: Buffer) => parts.push(part));
    const ended = new Promise<{ code: number | null; stdout: Buffer }>((done) =>
      child.once("close", (code) => done({ code, stdout: Buffer.concat(parts) })),
    );
    await until(async () => (await anna.client.gateway()).programs.length > 0, 10_000);
    return { child, ended };
  }

  test("carries bytes both ways, whole, each with its end", async () => {
    const { child, ended } = await listening("--to", "ben");
    child.stdin?.end("from anna");
    const text = randomBytes(1_500_000).toString("base64");
    const sent = await as(ben, ["pipe", "anna"], text);
    expect([sent.code, sent.stdout]).toEqual([0, "from anna"]);
    const received = await ended;
    expect(received.code).toBe(0);
    expect(received.stdout.toString() === text).toBe(true);
  });

  test("a file arrives by redirection, under another name", async () => {
    const file = join(folder, "sent.bin");
    writeFileSync(file, randomBytes(2_000_000));
    const { child, ended } = await listening("photo", "--to", "ben");
    child.stdin?.end();
    const text = readFileSync(file).toString("base64");
    expect((await as(ben, ["pipe", "anna", "photo"], text)).code).toBe(0);
    expect((await ended).stdout.toString()).toBe(text);
  });

  test("a side that is interrupted is a failure on the other; who is killed frees the name", async () => {
    const isFree = async (): Promise<boolean> =>
      (await anna.client.gateway()).programs.length === 0;
    const killed = await listening("--to", "ben");
    killed.child.kill("SIGKILL");
    expect(await until(isFree, 10_000)).toBe(true);
    const { child, ended } = await listening("--to", "ben");
    const sender = spawn(process.execPath, [MAIN, "pipe", "anna", "--home", ben.home]);
    sender.stdin.write("the first half");
    await new Promise((done) => child.stdout?.once("data", done));
    sender.kill("SIGTERM");
    expect((await ended).code).toBe(1);
    expect(await until(isFree, 10_000)).toBe(true);
  });

  test("nobody listens, or not for us: refused in words", async () => {
    const nobody = await as(ben, ["pipe", "anna"], "x");
    expect([nobody.code, nobody.stdout]).toEqual([1, ""]);
    expect(nobody.stderr).toContain("anna does not let you reach the service 'pipe'");
    expect(nobody.stderr).toContain("they type first: peernet pipe --listen");
    const { child, ended } = await listening();
    const refused = await as(ben, ["pipe", "anna"], "x");
    expect(refused.stderr).toContain("peernet allow <you> pipe");
    child.kill();
    await ended;
  });
});

test("speed tells megabits and round trips", async () => {
  expect(await jsonOf(ben, ["speed", "anna", "--seconds", "1"])).toMatchObject({
    ...{ hops: 1, downMbit: expect.any(Number), upMbit: expect.any(Number) },
    ...{ idleRoundTripMs: expect.any(Number), loadedRoundTripMs: expect.any(Number) },
  });
  const { stdout } = await as(ben, ["speed", "anna", "--seconds", "1"]);
  expect(stdout).toMatch(/to there +\d+\.\d Mbit\/s/);
});

describe("the proxy", () => {
  function curl(...words: readonly string[]): Promise<CommandResult> {
    const child = spawn("curl", ["-sS", "--max-time", "20", ...words]);
    const texts = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      texts.stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      texts.stderr += text;
    });
    return new Promise((done) => {
      child.once("error", () => done({ code: null, signal: null, ...texts }));
      child.once("close", (code, signal) => done({ code, signal, ...texts }));
    });
  }

  test("takes SOCKS 5 and HTTP CONNECT on one port, and names of contacts", async ({ skip }) => {
    if ((await curl("--version")).code !== 0) skip();
    const free = await freePort();
    const { port } = (await jsonOf(ben, ["proxy", "--port", String(free)])) as { port: number };
    expect(port).toBe(free);
    await jsonOf(anna, ["serve", String(portOf(web)), "--as", "photos", "--to", "ben"]);
    const socks = ["-x", `socks5h://127.0.0.1:${port}`];
    const tunnel = ["-p", "-x", `http://127.0.0.1:${port}`];
    for (const url of [
      `http://anna:${portOf(web)}/`,
      `http://anna.peer.alt:${portOf(web)}/`,
      "http://photos.anna.peer.alt/",
      `http://[${anna.up.peerId.replace(/(.{4})(?!$)/g, "$1:")}]:${portOf(web)}/`,
    ]) {
      for (const proxy of [socks, tunnel]) {
        const { code, stdout, stderr } = await curl(...proxy, url);
        expect([url, proxy, code, stderr]).toEqual([url, proxy, 0, ""]);
        expect(stdout === page).toBe(true);
      }
    }
    const refused = await curl(...socks, "http://anna.peer.alt:9/");
    expect(refused.code).toBe(97);
    const outside = await curl(...socks, "http://example.org/");
    expect(outside.code).toBe(97);
    const { refusals } = await ben.client.gateway();
    expect(refusals.at(-1)?.words).toContain("peernet gateway use <who>");
    await jsonOf(ben, ["proxy", "--off"]);
    expect((await curl(...socks, "http://anna.peer.alt/")).code).toBe(7);
  });
});

describe("what cannot be done is told in words", () => {
  test.each([
    [["forward", "nonsense"], 2, "peernet forward 8080:anna:80"],
    [["forward", "99999:anna:80"], 2, "1 to 65535"],
    [["forward", "8080:nobody:80"], 1, "No contact is called 'nobody'."],
    [["forward", "0:anna:80"], 2, "1 to 65535"],
    [["forward", "1 --stop", "--stop"], 2, "1 to 65535"],
    [["forward", "9 --stop".split(" ")[0] ?? "", "--stop"], 1, "is not forwarded"],
    [["forward", "anna:all"], 1, "one port or service"],
    [["forward", "anna:70000"], 1, "1 to 65535"],
    [["serve", "3000"], 2, "Say for whom"],
    [["serve", "x", "--to", "anna"], 2, "1 to 65535"],
    [["serve", "3000", "--to", "nobody"], 1, "no group of that name"],
    [["serve", "3000", "--to", "anna", "--as", "Not OK!"], 1, "letters, digits and hyphens"],
    [["serve", "3000", "--to", "anna", "--as", "80"], 1, "letters, digits and hyphens"],
    [["serve", "nothing", "--stop"], 1, "is not served"],
    [["allow", "anna"], 2, "Say what they may reach"],
    [["allow", "nobody", "80"], 1, "no group of that name"],
    [["allow", "anna", "0"], 2, "1 to 65535"],
    [["allow", "anna", "!"], 1, "neither a port"],
    [["deny", "anna", "81", "--remove"], 1, "There is no such rule"],
    [["pipe"], 2, "peernet pipe anna"],
    [["pipe", "nobody"], 1, "No contact is called 'nobody'."],
    [["pipe", "anna", "all"], 1, "one port or service"],
    [["proxy", "--port", "http"], 2, "1 to 65535"],
    [["speed", "nobody"], 1, "No contact is called 'nobody'."],
    [["speed", "anna", "--seconds", "99"], 2, "1 to 10"],
  ] as const)("%j", async (words, exitCode, advice) => {
    const { code, stdout, stderr } = await as(ben, words);
    expect([code, stdout]).toEqual([exitCode, ""]);
    expect(stderr).toContain(advice);
    expect(stderr).not.toMatch(/ {4}at |defect/);
  });

  test("a port that another program has", async () => {
    const { code, stderr } = await as(ben, ["forward", `${portOf(web)}:anna:80`]);
    expect(code).toBe(1);
    expect(stderr).toContain(`Port ${portOf(web)} is used by another program.`);
  });
});
