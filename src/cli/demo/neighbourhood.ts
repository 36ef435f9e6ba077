import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ApiClient } from "../../api/client/index.ts";
import { CliError } from "../errors.ts";
import { MAIN_FILE } from "../places.ts";

/** What `peernet up --json` prints when the peer is ready. */
export interface UpLine {
  readonly name: string;
  readonly peerId: string;
  readonly address: string;
  readonly url: string;
  readonly consoleUrl: string;
  readonly token: string;
  readonly pid: number;
  readonly listening: readonly string[];
}

/** One of the demo's peers: a process of its own with a home of its own. */
export class DemoPeer {
  readonly name: string;
  readonly home: string;
  #process: ChildProcess | undefined;
  #up: UpLine | undefined;
  #client: ApiClient | undefined;
  #listen = "tcp://127.0.0.1:0";

  constructor(name: string, home: string) {
    this.name = name;
    this.home = home;
  }

  /** @throws CliError("failed") when the peer does not run */
  get up(): UpLine {
    if (this.#up === undefined) throw new CliError("failed", `${this.name} does not run.`);
    return this.#up;
  }

  /** @throws CliError("failed") when the peer does not run */
  get client(): ApiClient {
    if (this.#client === undefined) throw new CliError("failed", `${this.name} does not run.`);
    return this.#client;
  }

  /** The endpoint that others dial. */
  get endpoint(): string {
    return this.#listen;
  }

  /** Starts the process; resolves when it answers. `links` are dialled at once. */
  async start(links: readonly string[] = []): Promise<void> {
    const words = ["up", "--home", this.home, "--name", this.name, "--json", "--no-open"];
    words.push("--no-discovery", "--listen", this.#listen);
    for (const link of links) words.push("--link", link);
    const child = spawn(process.execPath, [MAIN_FILE, ...words], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    const up = await firstLine(child, this.name);
    this.#up = up;
    this.#client = new ApiClient({ url: up.url, token: up.token });
    this.#listen = up.listening.find((endpoint) => endpoint.startsWith("tcp:")) ?? this.#listen;
  }

  /** SIGKILL: no goodbye, nothing is flushed. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** A clean stop. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  async #end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    this.#client = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
  }
}

function firstLine(child: ChildProcess, name: string): Promise<UpLine> {
  return new Promise((resolve, reject) => {
    let talk = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      talk = (talk + chunk.toString()).slice(-2_000);
    });
    child.once("exit", (code) => {
      reject(
        new CliError("failed", `${name} ended with code ${code} at its start: ${talk.trim()}`),
      );
    });
    if (child.stdout !== null) {
      createInterface(child.stdout).once("line", (line) => resolve(JSON.parse(line) as UpLine));
    }
  });
}

/** The names of the people in the demo. */
export const NAMES = [
  "anna",
  "ben",
  "carla",
  "dario",
  "elif",
  "femi",
  "greta",
  "hugo",
  "ines",
  "jonas",
  "kira",
  "luis",
] as const;

/** Homes of all peers, below one temporary folder. */
export function makePeers(): { readonly peers: readonly DemoPeer[]; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "peernet-demo-"));
  const peers = NAMES.map((name) => new DemoPeer(name, join(folder, name)));
  return { peers, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** At most `width` at once, in order. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  action: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      await action(items[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}

/**
 * Looks every `stepMs` until `condition` holds.
 * @returns milliseconds it took
 * @throws CliError("failed") with `what` after `limitMs`
 */
export async function until(
  what: string,
  condition: () => Promise<boolean>,
  limitMs: number,
  stepMs = 50,
): Promise<number> {
  const startMs = performance.now();
  for (;;) {
    if (await condition().catch(() => false)) return performance.now() - startMs;
    if (performance.now() - startMs > limitMs) {
      throw new CliError("failed", `${what} did not happen within ${limitMs / 1000} s.`);
    }
    await new Promise((resolve) => setTimeout(resolve, stepMs));
  }
}
