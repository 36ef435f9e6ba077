import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { MAIN } from "../cli/peer-process.ts";
import { SteadyPing } from "./steady-ping.ts";

/** Tests and benches run in the repository's root; benches are bundled, so no file knows its place. */
const agent = resolve("test/netns/agent.mjs");
const pinger = resolve("test/netns/pinger.mjs");

/** Why namespaces cannot be made here, or undefined where they can. */
export function whyNoNamespaces(): string | undefined {
  if (process.platform !== "linux") return "network namespaces exist on Linux only";
  if (process.getuid?.() !== 0) return "making network namespaces needs root";
  try {
    execFileSync("ip", ["netns", "list"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "the program 'ip' (package iproute2) is missing";
  }
}

/** What `peernet up --json` prints. */
export interface UpLine {
  readonly peerId: string;
  readonly address: string;
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  /** Wall time at which the last of the peer's sockets was open, in milliseconds. */
  readonly socketsOpenAtMs: number;
}

/** An answer of a peer's API, with the wall time at which it came. */
export interface ApiAnswer {
  readonly status: number;
  readonly json: unknown;
  readonly atMs: number;
}

/** A host of the lab: a namespace of its own, a peer process in it. */
export class Host {
  readonly index: number;
  readonly namespace: string;
  readonly home: string;
  #peer: ChildProcess | undefined;
  #agent: ChildProcess | undefined;
  readonly #others: ChildProcess[] = [];
  #up: UpLine | undefined;
  #calls = new Map<number, (answer: ApiAnswer) => void>();
  #nextCall = 1;

  constructor(index: number, namespace: string, home: string) {
    this.index = index;
    this.namespace = namespace;
    this.home = home;
  }

  /** Files that programs in the namespace see in place of those in /etc. */
  get etc(): string {
    return join("/etc/netns", this.namespace);
  }

  get up(): UpLine {
    if (this.#up === undefined) throw new Error(`host ${this.index} has no peer`);
    return this.#up;
  }

  /** Starts the peer and resolves when its console answers. */
  async start(...words: readonly string[]): Promise<UpLine> {
    const args = ["up", "--home", this.home, "--name", `host${this.index}`, "--json", "--no-open"];
    const peer = this.#spawn([MAIN, ...args, ...words]);
    this.#peer = peer;
    let talk = "";
    peer.stderr?.on("data", (chunk: Buffer) => {
      talk += chunk.toString();
    });
    this.#up = await new Promise<UpLine>((resolve, reject) => {
      peer.once("exit", (code) => reject(new Error(`host ${this.index} ended (${code}): ${talk}`)));
      if (peer.stdout === null) return;
      createInterface(peer.stdout).once("line", (line) => resolve(JSON.parse(line) as UpLine));
    });
    this.#startAgent();
    return this.#up;
  }

  /** Starts the helper that makes API calls and lets it load its code, before time counts. */
  async warmUp(): Promise<void> {
    this.#startAgent();
    await new Promise<ApiAnswer>((resolve) => {
      this.#ask({ url: "http://127.0.0.1:1", token: "", method: "GET", path: "/" }, resolve);
    });
  }

  /** A call of the peer's API from inside its namespace. */
  call(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    const { url, token } = this.up;
    return new Promise((resolve) => this.#ask({ url, token, method, path, body }, resolve));
  }

  /** Runs a program in the namespace. */
  run(command: string, ...args: readonly string[]): string {
    return execFileSync("ip", ["netns", "exec", this.namespace, command, ...args], {
      encoding: "utf8",
    });
  }

  /** Starts any program in the namespace; it is ended with the host. */
  spawn(
    command: string,
    args: readonly string[],
    stdin: "ignore" | "pipe" = "ignore",
  ): ChildProcess {
    const child = spawn("ip", ["netns", "exec", this.namespace, command, ...args], {
      stdio: [stdin, "pipe", "pipe"],
    });
    this.#others.push(child);
    return child;
  }

  /** Pings `to` at fixed times from a process of its own, until `stop`. */
  ping(to: string, intervalMs: number): SteadyPing {
    const { url, token } = this.up;
    return new SteadyPing(
      this.spawn(process.execPath, [pinger, url, token, to, String(intervalMs)], "pipe"),
    );
  }

  /** Runs a command of `peernet` on this host's home; its stdout. */
  peernet(...words: readonly string[]): string {
    return this.run(process.execPath, MAIN, ...words, "--home", this.home);
  }

  /** The same beside everything else; resolves with its stdout. */
  async peernetBeside(...words: readonly string[]): Promise<string> {
    const child = this.spawn(process.execPath, [MAIN, ...words, "--home", this.home]);
    let text = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    const code = await new Promise((done) => child.once("close", done));
    if (code !== 0) throw new Error(`peernet ${words.join(" ")} ended with ${String(code)}`);
    return text;
  }

  /** SIGKILLs the peer; its agent and namespace stay. */
  kill(): void {
    this.#peer?.kill("SIGKILL");
    this.#peer = undefined;
  }

  /** Ends everything that runs here. */
  async end(): Promise<void> {
    this.#agent?.stdin?.end();
    await Promise.all(this.#others.map(endNow));
    const peer = this.#peer;
    this.#peer = undefined;
    if (peer === undefined || peer.exitCode !== null || peer.signalCode !== null) return;
    const ended = new Promise((resolve) => peer.once("exit", resolve));
    peer.kill("SIGTERM");
    await ended;
  }

  #ask(call: object, resolve: (answer: ApiAnswer) => void): void {
    const id = this.#nextCall++;
    this.#calls.set(id, resolve);
    this.#agent?.stdin?.write(`${JSON.stringify({ id, ...call })}\n`);
  }

  #spawn(words: readonly string[]): ChildProcess {
    const args = ["netns", "exec", this.namespace, process.execPath, ...words];
    return spawn("ip", args, { stdio: ["pipe", "pipe", "pipe"] });
  }

  #startAgent(): void {
    if (this.#agent !== undefined) return;
    const child = this.#spawn([agent]);
    this.#agent = child;
    if (child.stdout === null) return;
    createInterface(child.stdout).on("line", (line) => {
      const answer = JSON.parse(line) as ApiAnswer & { readonly id: number };
      this.#calls.get(answer.id)?.(answer);
      this.#calls.delete(answer.id);
    });
  }
}

/** SIGKILL, and wait until it is gone. */
export async function endNow(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

/** Two ways from host 0 to host 3, by host 1 and by host 2. */
export const DIAMOND: readonly (readonly [number, number])[] = [
  [0, 1],
  [0, 2],
  [1, 3],
  [2, 3],
];

/** Namespaces joined by veth pairs, as many hosts as a test needs. */
export class Lab {
  readonly hosts: Host[] = [];
  readonly #tag = `pnt${process.pid}x${Math.floor(performance.now() * 1000) % 100_000}`;
  readonly #folder = mkdtempSync(join(tmpdir(), "peernet-netns-"));
  readonly #ipv4 = new Map<string, string>();

  /** @param count hosts, without any link yet */
  constructor(count: number) {
    for (let index = 0; index < count; index++) {
      const host = new Host(index, `${this.#tag}-${index}`, join(this.#folder, String(index)));
      execFileSync("ip", ["netns", "add", host.namespace]);
      // Programs in the namespace see these in /etc, so that this machine's own are left alone.
      mkdirSync(host.etc, { recursive: true });
      writeFileSync(join(host.etc, "hosts"), "127.0.0.1 localhost\n::1 localhost\n");
      writeFileSync(join(host.etc, "resolv.conf"), "options timeout:1 attempts:1\n");
      host.run("ip", "link", "set", "lo", "up");
      this.hosts.push(host);
    }
  }

  /** The host at an index. */
  host(index: number): Host {
    const host = this.hosts[index];
    if (host === undefined) throw new Error(`there is no host ${index}`);
    return host;
  }

  /** The IPv4 address of `host` on its cable to `other`; "" where it has none. */
  ipv4Between(host: number, other: number): string {
    return this.#ipv4.get(`${host}-${other}`) ?? "";
  }

  /** Cables between pairs of hosts, as `link` makes them. */
  linkAll(pairs: readonly (readonly [number, number])[]): void {
    for (const [a, b] of pairs) this.link(a, b);
  }

  /** A cable between two hosts: IPv6 link-local addresses only, unless `ipv4`. */
  link(a: number, b: number, ipv4?: string): void {
    const [hostA, hostB] = [this.host(a), this.host(b)];
    execFileSync("ip", [
      ...["link", "add", `e${b}`, "netns", hostA.namespace, "type", "veth"],
      ...["peer", "name", `e${a}`, "netns", hostB.namespace],
    ]);
    for (const [host, other, last] of [
      [hostA, b, 1],
      [hostB, a, 2],
    ] as const) {
      const device = `e${other}`;
      host.run("sh", "-c", `echo 0 > /proc/sys/net/ipv6/conf/${device}/accept_dad`);
      if (ipv4 !== undefined) {
        host.run("ip", "addr", "add", `${ipv4}.${last}/24`, "dev", device);
        this.#ipv4.set(`${host.index}-${other}`, `${ipv4}.${last}`);
      }
      host.run("ip", "link", "set", device, "up");
    }
  }

  /** Ends all peers and removes every namespace and file of this lab. */
  async remove(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.end()));
    for (const host of this.hosts) {
      execFileSync("ip", ["netns", "del", host.namespace]);
      rmSync(host.etc, { recursive: true, force: true });
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Looks every `stepMs` until `condition` holds; milliseconds it took, or undefined after `limitMs`. */
export async function waitUntil(
  condition: () => Promise<boolean>,
  limitMs: number,
  stepMs = 25,
): Promise<number | undefined> {
  const startMs = performance.now();
  while (performance.now() - startMs < limitMs) {
    if (await condition()) return performance.now() - startMs;
    await new Promise((resolve) => setTimeout(resolve, stepMs));
  }
  return undefined;
}

/** Answers of a ping that ran at a fixed pace without waiting. */
export interface PingRun {
  /** Wall times at which answers came, in order, milliseconds. */
  readonly answeredAtMs: readonly number[];
  readonly sent: number;
}

/** Pings `to` from a host every `intervalMs` for `durationMs`; `during` runs beside it. */
export async function pingRun(
  host: Host,
  to: string,
  intervalMs: number,
  durationMs: number,
  during: () => void | Promise<void> = () => undefined,
): Promise<PingRun> {
  const answeredAtMs: number[] = [];
  const calls: Promise<void>[] = [];
  const timer = setInterval(() => {
    calls.push(
      host.call("POST", "/v1/ping", { to }).then((answer) => {
        const body = answer.json as { readonly roundTripMs?: number | null } | null;
        if (typeof body?.roundTripMs === "number") answeredAtMs.push(answer.atMs);
      }),
    );
  }, intervalMs);
  await during();
  await new Promise((resolve) => setTimeout(resolve, durationMs));
  clearInterval(timer);
  await Promise.all(calls);
  return { answeredAtMs: answeredAtMs.sort((a, b) => a - b), sent: calls.length };
}

/** The longest silence between answers from `fromMs` on; Infinity where answers ceased. */
export function longestGapMs(run: PingRun, fromMs: number): number {
  let longest = run.answeredAtMs.some((atMs) => atMs > fromMs) ? 0 : Number.POSITIVE_INFINITY;
  for (const [index, atMs] of run.answeredAtMs.entries()) {
    const before = run.answeredAtMs[index - 1];
    if (before !== undefined && atMs >= fromMs) longest = Math.max(longest, atMs - before);
  }
  return longest;
}
