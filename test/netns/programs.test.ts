import { type ChildProcess, execFileSync, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { TraceBody } from "../../src/api/client/index.ts";
import { CHROMIUM, launch } from "../browser/browser.ts";
import { DIAMOND, type Host, waitUntil } from "./lab.ts";
import { startTunPeers, statusOf, type TunPeers, whyNoTun } from "./tun-lab.ts";

/** Three hops from 0 to 4, the second by 1 or by 2. */
const LADDER = [...DIAMOND, [3, 4]] as const;
const RELAYS = [1, 2];
const PORTS = { ssh: 22, http: 8_000, git: 9_418, iperf: 5_201 };
const LARGE_BYTES = 60_000_000;
const REPOSITORY_FILES = 50;
const REPOSITORY_FILE_BYTES = 2_000_000;
/** The programs' own time, on a machine that has much else to do. */
const TEST_TIMEOUT_MS = 300_000;
/** What has passed before the relay is killed. */
const BEFORE_BYTES = 5_000_000;
/** Between two looks at what has passed: 100 MB may take a quarter of a second. */
const LOOK_MS = 2;
/** Between two questions which relay is in use. */
const ASK_MS = 20;

const reason = whyNoTun();
if (reason !== undefined) console.log(`SKIPPED programs over the virtual interface: ${reason}`);

/** Whether a test must be left out, as a program is missing; says so. */
function lacks(...programs: readonly string[]): boolean {
  if (reason !== undefined) return true;
  const missing = programs.filter((name) => spawnSync("which", [name]).status !== 0);
  if (missing.length > 0) console.log(`SKIPPED for want of ${missing.join(", ")}`);
  return missing.length > 0;
}

const files = mkdtempSync(join(tmpdir(), "peernet-programs-"));
const large = join(files, "large.bin");
let peers: TunPeers | undefined;
let browser: Browser | undefined;

function hostsOf(): TunPeers {
  if (peers === undefined) throw new Error("there are no peers");
  return peers;
}

beforeAll(async () => {
  if (reason !== undefined) return;
  writeFileSync(large, randomBytes(LARGE_BYTES));
  writeFileSync(join(files, "page.html"), PAGE);
  peers = await startTunPeers(5, LADDER);
  const { first, last } = peers;
  last.peernet("allow", "host0", Object.values(PORTS).join());
  first.peernet("proxy");
  const server = [resolve("test/netns/file-server.mjs"), files, "::", String(PORTS.http)];
  await lineOf(last.spawn(process.execPath, server));
  const namesWork = async (): Promise<boolean> =>
    (await statusOf(first)).virtualInterface?.names.works === true;
  expect(await waitUntil(namesWork, 20_000, 100)).toBeDefined();
});
beforeEach(async () => {
  if (peers === undefined) return;
  const { first, last } = peers;
  for (const [from, to] of [
    [first, last],
    [last, first],
  ] as const) {
    const hasBoth = async (): Promise<boolean> => (await ways(from, to)).hasBackup;
    expect(await waitUntil(hasBoth, 30_000, 200)).toBeDefined();
  }
});
afterAll(async () => {
  await browser?.close();
  await peers?.started.remove();
  rmSync(files, { recursive: true, force: true });
});

function lineOf(child: ChildProcess): Promise<string> {
  return new Promise((done) => {
    if (child.stdout !== null) createInterface(child.stdout).once("line", done);
  });
}

/** Which relay carries what goes from one to the other, and whether there is another way. */
async function ways(from: Host, to: Host): Promise<{ relay: Host; hasBackup: boolean }> {
  const { started } = hostsOf();
  const { hops } = (await from.call("GET", `/v1/trace?to=${to.up.peerId}`)).json as TraceBody;
  const relays = RELAYS.map((index) => started.host(index));
  const at = hops.findIndex(({ peerId }) => relays.some(({ up }) => up.peerId === peerId));
  const relay = relays.find(({ up }) => up.peerId === hops[at]?.peerId) ?? started.host(1);
  return { relay, hasBackup: at >= 0 && hops[at]?.backup !== null };
}

/** How a program ended, and what it said. */
interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function endOf(child: ChildProcess): Promise<Ended> {
  let [out, err] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  return new Promise((done) => child.once("close", (code) => done({ code, out, err })));
}

/**
 * Lets a program run, kills the relay in use from `from` to `to` once enough has passed and before
 * all has, and starts the relay again when the program has ended.
 */
async function whileRelayDies(
  [from, to]: readonly [Host, Host],
  passedBytes: () => number | Promise<number>,
  allBytes: number,
  ended: Promise<Ended>,
): Promise<Ended> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  // Asked for all the time, beside the looks: by the time of an answer, a fast program may have ended.
  let { relay } = await ways(from, to);
  let hasBegun = false;
  const asking = (async (): Promise<void> => {
    while (!hasBegun) {
      const { relay: inUse } = await ways(from, to);
      if (!hasBegun) relay = inUse;
      await pause(ASK_MS);
    }
  })();
  const begins = async (): Promise<boolean> => isOver || (await passedBytes()) > BEFORE_BYTES;
  expect(await waitUntil(begins, 120_000, LOOK_MS)).toBeDefined();
  hasBegun = true;
  const atKill = await passedBytes();
  const isInMiddle = !isOver && atKill > BEFORE_BYTES && atKill < allBytes;
  relay.kill();
  const killedAtMs = performance.now();
  const end = await ended;
  const afterMs = Math.round(performance.now() - killedAtMs);
  await asking;
  await relay.start();
  expect([end.err, atKill, isInMiddle]).toEqual([end.err, atKill, true]);
  console.log(`relay ${relay.index} killed after ${atKill} bytes; over ${afterMs} ms later`);
  return end;
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
const sha256 = (file: string): string =>
  createHash("sha256").update(readFileSync(file)).digest("hex");

describe.skipIf(reason !== undefined)(
  "over three hops, by name, while the relay in use dies:",
  { timeout: TEST_TIMEOUT_MS },
  () => {
    test.skipIf(lacks("ssh", "/usr/sbin/sshd", "ssh-keygen"))("ssh", async () => {
      const { first, last } = hostsOf();
      const ssh = startSsh(last, first);
      expect((await endOf(ssh("echo hello from $SSH_CONNECTION"))).out).toContain(
        `hello from ${first.up.address}`,
      );
      const copy = join(files, "by-ssh.bin");
      const sending = ssh(`cat > ${copy} && echo whole`, "pipe");
      // A session that only waits must live on as well.
      const idle = ssh("read line && echo answer to $line", "pipe");
      const [sent, answered] = [endOf(sending), endOf(idle)];
      sending.stdin?.end(readFileSync(large));
      const end = await whileRelayDies([first, last], () => sizeOf(copy), LARGE_BYTES, sent);
      expect(end).toMatchObject({ code: 0, out: "whole\n" });
      expect(sha256(copy)).toBe(sha256(large));
      idle.stdin?.end("me\n");
      expect(await answered).toMatchObject({ code: 0, out: "answer to me\n" });
    });

    test.skipIf(lacks("git"))("git clone of 100 MB, and git fsck", async () => {
      const { first, last } = hostsOf();
      makeRepository();
      const words = [`--base-path=${files}`, "--export-all", "--reuseaddr", "--listen=::"];
      // `git daemon` starts this program and would leave it behind.
      const folder = execFileSync("git", ["--exec-path"], { encoding: "utf8" }).trim();
      const setting = ["COUNT=1", "KEY_0=safe.directory", "VALUE_0=*"];
      const environment = setting.map((word) => `GIT_CONFIG_${word}`);
      last.spawn("env", [...environment, join(folder, "git-daemon"), ...words]);
      const clone = join(files, "clone");
      const url = "git://last.peer.alt/repository.git";
      const isThere = async (): Promise<boolean> =>
        (await endOf(first.spawn("git", ["ls-remote", url]))).code === 0;
      expect(await waitUntil(isThere, 20_000, 200)).toBeDefined();
      const packs = join(clone, "objects", "pack");
      const passed = (): number =>
        existsSync(packs)
          ? readdirSync(packs).reduce((sum, name) => sum + sizeOf(join(packs, name)), 0)
          : 0;
      const ended = endOf(first.spawn("git", ["clone", "-q", "--bare", url, clone]));
      const all = REPOSITORY_FILES * REPOSITORY_FILE_BYTES;
      expect(await whileRelayDies([last, first], passed, all, ended)).toMatchObject({ code: 0 });
      const git = (...said: string[]): string =>
        execFileSync("git", ["-C", clone, ...said], { encoding: "utf8" });
      git("fsck", "--strict", "--no-progress");
      expect(git("rev-list", "--count", "HEAD").trim()).toBe(String(REPOSITORY_FILES / 5));
    });

    test.skipIf(lacks("curl"))("curl", async () => {
      const { first, last } = hostsOf();
      const copy = join(files, "by-curl.bin");
      const url = `http://last.peer.alt:${PORTS.http}/large.bin`;
      // Unlimited, it may be done before the relay is found.
      const words = ["-sS", "-m", "280", "--limit-rate", "20M", "-o", copy, url];
      const ended = endOf(first.spawn("curl", words));
      const end = await whileRelayDies([last, first], () => sizeOf(copy), LARGE_BYTES, ended);
      expect(end).toEqual({ code: 0, out: "", err: "" });
      expect(sha256(copy)).toBe(sha256(large));
    });

    test.skipIf(lacks("iperf3"))("iperf3", async () => {
      const { first, last } = hostsOf();
      last.spawn("iperf3", ["-s", "-1", "-p", String(PORTS.iperf)]);
      const isOpen = async (): Promise<boolean> =>
        last.run("ss", "-tln").includes(`:${PORTS.iperf}`);
      expect(await waitUntil(isOpen, 10_000, 50)).toBeDefined();
      const before = (await statusOf(last)).virtualInterface?.receivedBytes ?? 0;
      const passed = async (): Promise<number> =>
        ((await statusOf(last)).virtualInterface?.receivedBytes ?? 0) - before;
      const words = ["-c", "last.peer.alt", "-p", String(PORTS.iperf), "-t", "8", "-J"];
      const ended = endOf(first.spawn("iperf3", words));
      const all = Number.POSITIVE_INFINITY;
      const { code, out } = await whileRelayDies([first, last], passed, all, ended);
      const { end, error } = JSON.parse(out) as {
        readonly end: {
          readonly sum_received: { readonly bytes: number; readonly bits_per_second: number };
        };
        readonly error?: string;
      };
      expect([code, error]).toEqual([0, undefined]);
      expect(end.sum_received.bytes).toBeGreaterThan(2 * BEFORE_BYTES);
      console.log(
        `iperf3 over three hops: ${Math.round(end.sum_received.bits_per_second / 1e6)} Mbit/s`,
      );
    });

    test.skipIf(reason !== undefined || CHROMIUM === undefined).for([
      ["a browser, directly", undefined],
      ["a browser, through the proxy", { server: "socks5://127.0.0.1:1080" }],
    ] as const)("%s", async ([, proxy]) => {
      const { first, last } = hostsOf();
      browser ??= await launch(browserIn(first));
      const page = await (await browser.newContext(proxy === undefined ? {} : { proxy })).newPage();
      await page.goto(`http://last.peer.alt:${PORTS.http}/page.html`);
      const passed = (): Promise<number> => page.evaluate("globalThis.passed");
      const ended = page
        .waitForFunction("globalThis.outcome", undefined, { timeout: 280_000 })
        .then((outcome) => outcome.jsonValue())
        .then((outcome) => ({ code: 0, out: String(outcome), err: "" }));
      await page.evaluate("void read()");
      const { out } = await whileRelayDies([last, first], passed, LARGE_BYTES, ended);
      expect(out).toBe(`${LARGE_BYTES} bytes, sum ${sumOf(readFileSync(large))}`);
      await page.close();
    });
  },
);

if (reason === undefined && CHROMIUM === undefined) console.log("SKIPPED for want of chromium");

/** A page that reads the large file and counts. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>reader</title><script>
globalThis.passed = 0;
async function read() {
  try {
    const reader = (await fetch("large.bin")).body.getReader();
    let [sum, pauseAt] = [0, 0];
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      for (const byte of value) sum = (Math.imul(sum, 31) + byte) | 0;
      passed += value.length;
      // A fast machine would be through before the relay dies.
      if (passed >= pauseAt) {
        pauseAt += 1_000_000;
        await new Promise((done) => setTimeout(done, 60));
      }
    }
    globalThis.outcome = passed + " bytes, sum " + sum;
  } catch (error) {
    globalThis.outcome = String(error);
  }
}
</script>`;

/** The sum that the page makes of what it reads. */
function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) | 0;
  return sum;
}

/** A program that starts the browser in a host's namespace. */
function browserIn(host: Host): string {
  const file = join(files, "browser.sh");
  writeFileSync(file, `#!/bin/sh\nexec ip netns exec ${host.namespace} ${CHROMIUM} "$@"\n`);
  chmodSync(file, 0o755);
  return file;
}

/** A bare repository whose content cannot be made smaller. */
function makeRepository(): void {
  const work = join(files, "work");
  mkdirSync(work);
  // Git shall not seek what is alike in random bytes: that would take longer than the way.
  const settings = ["core.compression=0", "core.bigFileThreshold=1m"];
  const options = [...settings, "user.name=x", "user.email=x@x", "gc.auto=0"];
  const git = (...words: readonly string[]): void => {
    const given = options.flatMap((one) => ["-c", one]);
    execFileSync("git", [...given, "-C", work, ...words], { stdio: "ignore" });
  };
  git("init", "-q");
  for (let count = 1; count <= REPOSITORY_FILES; count++) {
    writeFileSync(join(work, `${count}.bin`), randomBytes(REPOSITORY_FILE_BYTES));
    if (count % 5 !== 0) continue;
    git("add", ".");
    git("commit", "-qm", `${count}`);
  }
  const bare = join(files, "repository.git");
  const kept = settings.flatMap((one) => ["--config", one]);
  execFileSync("git", ["clone", "-q", "--bare", ...kept, work, bare]);
}

/** Starts an SSH server with keys of its own; commands for it, run from the other host. */
function startSsh(
  server: Host,
  client: Host,
): (command: string, stdin?: "ignore" | "pipe") => ChildProcess {
  const folder = join(files, "ssh");
  mkdirSync(folder, { mode: 0o700 });
  // Where the server keeps its unprivileged process; its own start script makes it.
  mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  for (const name of ["host", "user"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
  }
  const config = [
    `Port ${PORTS.ssh}`,
    "ListenAddress ::",
    `HostKey ${join(folder, "host")}`,
    `AuthorizedKeysFile ${join(folder, "user.pub")}`,
    ...["PermitRootLogin yes", "StrictModes no", "UsePAM no", "PasswordAuthentication no"],
    "PidFile none",
  ];
  writeFileSync(join(folder, "config"), `${config.join("\n")}\n`);
  server.spawn("/usr/sbin/sshd", ["-D", "-e", "-f", join(folder, "config")]);
  const isOpen = `ss -tln | grep -q ':${PORTS.ssh} '`;
  server.run("sh", "-c", `for i in $(seq 100); do ${isOpen} && exit 0; sleep 0.1; done; exit 1`);
  const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"];
  return (command, stdin = "ignore") =>
    client.spawn(
      "ssh",
      [
        ...["-F", "none", "-i", join(folder, "user")],
        ...options.flatMap((one) => ["-o", one]),
        ...["root@last.peer.alt", command],
      ],
      stdin,
    );
}
