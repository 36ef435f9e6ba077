import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { ApiClient } from "../../src/api/client/index.ts";

/** The command as it was built; tests run in the repository's root. */
export const MAIN: string = resolve(process.env["PEERNET_MAIN"] ?? "dist/cli/main.js");

/** What `peernet up --json` prints. */
export interface UpLine {
  readonly name: string;
  readonly peerId: string;
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  readonly listening: readonly string[];
  readonly recoveryWords?: readonly string[];
}

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What a command printed and how it ended. */
export interface CommandResult extends Ending {
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of a run. */
export interface RunOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** SIGKILL after this long; for kills on purpose and as a last resort. Default 30 s. */
  readonly killAfterMs?: number;
}

function environment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, CI: "1", ...extra };
  if (extra["PEERNET_HOME"] === undefined) delete env["PEERNET_HOME"];
  return env;
}

function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const texts = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    texts.stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    texts.stderr += text;
  });
  return texts;
}

/** Runs `peernet` with these words until it ends. */
export function peernet(
  words: readonly string[],
  options: RunOptions = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, [MAIN, ...words], {
    stdio: ["pipe", "pipe", "pipe"],
    env: environment(options.env),
  });
  const texts = collect(child);
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.stdin ?? "");
  const timer = setTimeout(() => child.kill("SIGKILL"), options.killAfterMs ?? 30_000);
  return new Promise((done) => {
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      done({ code, signal, ...texts });
    });
  });
}

/** A command that goes on until it is ended. */
export interface Going {
  /** What it has printed so far. */
  readonly texts: { readonly stdout: string; readonly stderr: string };
  /** Kills it; returns once it is gone. */
  end(): Promise<void>;
}

/** Starts `peernet` with these words and lets it go on. */
export function going(words: readonly string[]): Going {
  const child = spawn(process.execPath, [MAIN, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: environment(),
  });
  const texts = collect(child);
  const gone = new Promise<void>((done) => child.once("close", () => done()));
  const end = (): Promise<void> => {
    child.kill("SIGKILL");
    return gone;
  };
  return { texts, end };
}

/** A peer in a process of its own, on a home that outlives the process. */
export class PeerProcess {
  readonly home: string;
  readonly #words: readonly string[];
  #child: ChildProcess | undefined;
  #ended: Promise<Ending> = Promise.resolve({ code: 0, signal: null });
  #up: UpLine | undefined;
  #client: ApiClient | undefined;

  /** @param words what follows `peernet up --home HOME --json --no-open` */
  constructor(home: string, words: readonly string[] = ["--no-discovery"]) {
    this.home = home;
    this.#words = words;
  }

  get up(): UpLine {
    if (this.#up === undefined) throw new Error(`no peer runs on ${this.home}`);
    return this.#up;
  }

  get client(): ApiClient {
    if (this.#client === undefined) throw new Error(`no peer runs on ${this.home}`);
    return this.#client;
  }

  get isAlive(): boolean {
    return this.#client !== undefined;
  }

  /** Starts the process and waits until its API answers. */
  async start(...more: readonly string[]): Promise<UpLine> {
    const words = ["up", "--home", this.home, "--json", "--no-open", ...this.#words, ...more];
    const child = spawn(process.execPath, [MAIN, ...words], {
      stdio: ["ignore", "pipe", "pipe"],
      env: environment(),
    });
    this.#child = child;
    const texts = collect(child);
    this.#ended = new Promise((done) => {
      child.once("exit", (code, signal) => {
        if (this.#child === child) this.#client = undefined;
        done({ code, signal });
      });
    });
    const line = new Promise<string>((done) => {
      if (child.stdout !== null) createInterface(child.stdout).once("line", done);
    });
    const first = await Promise.race([line, this.#ended]);
    if (typeof first !== "string") {
      throw new Error(`the peer ended (${first.code ?? first.signal}): ${texts.stderr}`);
    }
    this.#up = JSON.parse(first) as UpLine;
    this.#client = new ApiClient(this.#up);
    return this.#up;
  }

  /** SIGKILL; returns when the process is gone. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  /** Waits for the process to end by itself. */
  ended(): Promise<Ending> {
    return this.#ended;
  }

  /** Ends the process and tells how it ended. */
  end(signal: NodeJS.Signals = "SIGTERM"): Promise<Ending> {
    this.#client = undefined;
    this.#child?.kill(signal);
    return this.#ended;
  }
}

/** A TCP port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => done(port));
    });
  });
}

/** Looks every `stepMs` until the condition holds; false after `limitMs`. */
export async function until(
  condition: () => Promise<boolean> | boolean,
  limitMs: number,
  stepMs = 50,
): Promise<boolean> {
  const endMs = performance.now() + limitMs;
  while (performance.now() < endMs) {
    if (await condition()) return true;
    await pause(stepMs);
  }
  return false;
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
