import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePort, PeerProcess, peernet } from "./peer-process.ts";

const UP = ["up", "--no-open", "--no-discovery"];
let folder: string;
let home: string;
let server: Server | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "peernet-cli-"));
  home = join(folder, "home");
});
afterEach(async () => {
  await new Promise<void>((done) => (server === undefined ? done() : server.close(() => done())));
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** A home in which a peer has run. */
async function usedHome(): Promise<void> {
  const peer = new PeerProcess(home);
  await peer.start();
  await peer.end();
}

function occupy(port: number): Promise<void> {
  return new Promise((done) => {
    server = createServer().listen(port, "127.0.0.1", done);
  });
}

describe("damaged records", () => {
  test("are told; --salvage goes on with the others, and what may belong to them stays", async () => {
    const peer = new PeerProcess(home);
    await peer.start();
    const kept = join(folder, "kept.txt");
    writeFileSync(kept, "x".repeat(100_000));
    for (const words of [
      ["folder", "new", "docs"],
      ["put", kept],
      ["folder", "new", "later"],
    ]) {
      expect((await peernet([...words, "--home", home])).code).toBe(0);
    }
    await peer.end();
    const records = join(home, "records");
    const [name = ""] = readdirSync(records).filter((file) => file.endsWith(".log"));
    const log = readFileSync(join(records, name));
    const at = log.indexOf("kept.txt");
    log[at] = (log[at] ?? 0) ^ 1;
    writeFileSync(join(records, name), log);
    const blocksBefore = blockBytes();
    for (let time = 0; time < 2; time++) {
      const { code, stderr } = await peernet([...UP, "--home", home]);
      expect(code).toBe(1);
      for (const words of [name, "Nothing was changed", "peernet up --salvage"]) {
        expect(stderr).toContain(words);
      }
      expect(readFileSync(join(records, name)).equals(log)).toBe(true);
    }
    const salvaging = new PeerProcess(home, ["--no-discovery", "--salvage"]);
    await salvaging.start();
    const { stdout } = await peernet(["folder", "list", "--home", home]);
    expect([stdout.includes("docs"), stdout.includes("later")]).toEqual([true, true]);
    expect((await peernet(["drive", "--home", home])).stdout).toContain("Nothing stored yet");
    await salvaging.end();
    expect(readdirSync(home)).toContain("records-damaged");
    expect(blockBytes()).toBe(blocksBefore);
    await peer.start();
    await peer.end();
    expect(blockBytes()).toBe(blocksBefore);
    rmSync(join(home, "records-damaged"), { recursive: true });
    await peer.start();
    const drive = await peernet(["drive", "--home", home]);
    expect(drive.stdout).toContain("Nothing stored yet");
    await peer.end();
  });

  function blockBytes(): number {
    const directory = join(home, "blocks");
    const names = readdirSync(directory).filter((name) => name.endsWith(".blk"));
    return names.reduce((sum, name) => sum + readFileSync(join(directory, name)).length, 0);
  }
});

describe("homes that cannot be used", () => {
  test.each([
    [
      "identity.json",
      '{"deviceSeed":"12',
      ["identity.json is damaged", "peernet restore --home DIR"],
    ],
    ["identity.json", "", ["identity.json is damaged"]],
    ["config.json", "garbage", ["config.json is no JSON object", "remove the file"]],
    ["config.json", '{"nmae":"x"}', ['there is no setting "nmae"', "name"]],
    ["config.json", '{"quota":"much"}', ['such as "20 GB"']],
    ["home.json", '{"format":3}', ["has format 3", "start the newer Peernet"]],
    ["home.json", "{", ["home.json is damaged"]],
  ])("%s with %j: a clear error, and nothing is changed", async (name, text, advice) => {
    await usedHome();
    writeFileSync(join(home, name), text);
    const before = readdirSync(home).sort();
    const { code, stdout, stderr } = await peernet([...UP, "--home", home]);
    expect([code, stdout]).toEqual([1, ""]);
    for (const words of advice) expect(stderr).toContain(words);
    expect(stderr).not.toContain("    at ");
    expect(readFileSync(join(home, name), "utf8")).toBe(text);
    expect(readdirSync(home).sort()).toEqual(before);
  });

  test("a file where the home should be", async () => {
    writeFileSync(join(folder, "file"), "");
    for (const place of ["file", "file/below"]) {
      const { code, stderr } = await peernet([...UP, "--home", join(folder, place)]);
      expect(code).toBe(1);
      expect(stderr).toContain(join(folder, "file"));
      expect(stderr).toMatch(/Check the disk|--home DIR/);
      expect(stderr).not.toContain("defect");
    }
  });

  test.skipIf(process.getuid?.() === 0)(
    "a directory that may not be written (skipped for root)",
    async () => {
      const { code, stderr } = await peernet([...UP, "--home", "/proc/peernet"]);
      expect(code).toBe(1);
      expect(stderr).toContain("--home DIR");
    },
  );

  test("somebody's own files are left alone", async () => {
    writeFileSync(join(folder, "holiday.jpg"), "");
    const { code, stderr } = await peernet([...UP, "--home", folder]);
    expect(code).toBe(1);
    expect(stderr).toContain("is no home of Peernet");
    expect(readdirSync(folder)).toEqual(["holiday.jpg"]);
  });
});

describe("ports that are taken", () => {
  test("the console's", async () => {
    const port = await freePort();
    await occupy(port);
    const { code, stderr } = await peernet([...UP, "--home", home, "--api-port", String(port)]);
    expect(code).toBe(1);
    expect(stderr).toContain(`Port ${port} is in use. Choose another with --api-port`);
    expect(readdirSync(home)).not.toContain("api.json");
  });

  test("the one to listen on", async () => {
    const port = await freePort();
    await occupy(port);
    const listen = `tcp://127.0.0.1:${port}`;
    const { code, stderr } = await peernet([...UP, "--home", home, "--listen", listen]);
    expect(code).toBe(1);
    expect(stderr).toContain(String(port));
    expect(stderr).toMatch(/in use|taken/);
  });

  test("an address that is none", async () => {
    for (const words of [
      ["--listen", "nonsense"],
      ["--link", "http://peer.example"],
      ["--name", "x".repeat(65)],
      ["--name", ""],
    ]) {
      const { code, stderr } = await peernet([...UP, "--home", home, ...words]);
      expect([words, code, stderr.includes("    at ")]).toEqual([words, 1, false]);
      expect(stderr.length).toBeGreaterThan(20);
    }
  });
});

test("an address that this machine lacks now is told, and the peer runs all the same", async () => {
  const words = [...UP, "--home", home, "--listen", "tcp://192.0.2.99:0"];
  const { stdout, stderr } = await peernet(words, { killAfterMs: 4_000 });
  expect(stderr).toContain(
    "Not listening at tcp://192.0.2.99:0: this machine has no such address.",
  );
  expect(stdout).toContain("Console  http://127.0.0.1:");
});

describe("starting and stopping", () => {
  test("a second start says that the peer runs and where, and is no error", async () => {
    const peer = new PeerProcess(home);
    const up = await peer.start("--name", "Kitchen");
    try {
      const again = await peernet([...UP, "--home", home]);
      expect(again.code).toBe(0);
      expect(again.stdout).toContain(`runs already: Kitchen, process ${up.pid}, home ${home}`);
      expect(again.stdout).toContain(`${up.url}/#token=${up.token}`);
      const json = await peernet([...UP, "--home", home, "--json"]);
      expect(JSON.parse(json.stdout)).toMatchObject({ alreadyRunning: true, pid: up.pid, home });
      const restored = await peernet(["restore", "--home", home], { stdin: "abandon ".repeat(24) });
      expect(restored.code).toBe(1);
    } finally {
      await peer.end();
    }
  });

  test.each(["SIGINT", "SIGTERM"] as const)("%s ends it cleanly", async (signal) => {
    const peer = new PeerProcess(home);
    await peer.start();
    expect(readdirSync(home)).toContain("api.json");
    expect(await peer.end(signal)).toEqual({ code: 0, signal: null });
    expect(readdirSync(home)).not.toContain("api.json");
  });

  test("'peernet stop' ends it cleanly", async () => {
    const peer = new PeerProcess(home);
    await peer.start();
    const stopped = await peernet(["stop", "--home", home]);
    expect([stopped.code, stopped.stdout]).toEqual([0, "Stopped.\n"]);
    expect(await peer.ended()).toEqual({ code: 0, signal: null });
    expect((await peernet(["status", "--home", home])).code).toBe(3);
  });

  test("the words are shown once, and bring the person back on another device", async () => {
    const first = new PeerProcess(home);
    const { recoveryWords = [] } = await first.start();
    const { personId } = await first.client.status();
    await first.end();
    expect((await first.start()).recoveryWords).toBeUndefined();
    await first.end();
    const other = join(folder, "other");
    const stdin = `${recoveryWords.slice(0, 10).join(" ")}\n${recoveryWords.slice(10).join("  ")}\n`;
    const restored = await peernet(["restore", "--home", other, "--name", "New"], { stdin });
    expect(restored.code).toBe(0);
    expect(restored.stdout).toContain(`You are back: person ${personId}, on a new device`);
    const second = new PeerProcess(other);
    const up = await second.start();
    expect(up).toMatchObject({ name: "New" });
    expect((await second.client.status()).personId).toBe(personId);
    await second.end();
  });

  test.each([
    ["an unknown word", (words: string[]) => words.with(4, "peernet"), "peernet"],
    ["words in another order", (words: string[]) => words.toReversed(), "word"],
    ["too few words", (words: string[]) => words.slice(1), "you gave 23"],
    ["too many words", (words: string[]) => [...words, "zoo"], "you gave 25"],
    ["no words", () => [], "you gave 0"],
  ])("restore with %s says so and makes no home", async (_what, change, advice) => {
    // 32 zero bytes and their checksum.
    const good = [...Array.from({ length: 23 }, () => "abandon"), "art"];
    const stdin = `${change(good).join(" ")}\n`;
    const { code, stdout, stderr } = await peernet(["restore", "--home", home], { stdin });
    expect(stdout).toBe("");
    expect([1, 2]).toContain(code);
    expect(stderr).toContain(advice);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test("after a kill commands say that no peer runs, and it starts again at once", async () => {
  const peer = new PeerProcess(home);
  const up = await peer.start();
  await peer.kill();
  expect(readdirSync(home)).toContain("api.json");
  const { code, stderr } = await peernet(["status", "--home", home]);
  expect(code).toBe(3);
  expect(stderr).toContain("peernet up");
  expect((await peer.start()).peerId).toBe(up.peerId);
  await peer.end();
});
