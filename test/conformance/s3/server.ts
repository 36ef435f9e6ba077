import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Keys that the server knows. */
export const KEYS = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" } as const;
/** The bucket that the server has. */
export const BUCKET = "peernet-blocks";

const COMMAND = fileURLToPath(new URL("server.mjs", import.meta.url));
const START_MS_MAX = 30_000;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** An S3 server as a process of its own, with its objects in a directory. */
export class S3Server {
  readonly directory: string = mkdtempSync(join(tmpdir(), "peernet-s3-"));
  #port = 0;
  #process: ChildProcess | undefined;

  get port(): number {
    return this.#port;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    if (this.#port === 0) this.#port = await freePort();
    const words = [COMMAND, this.directory, String(this.#port), BUCKET];
    this.#process = spawn(process.execPath, words, { stdio: ["ignore", "ignore", "inherit"] });
    const endMs = performance.now() + START_MS_MAX;
    while (!(await answers(this.endpoint))) {
      if (performance.now() > endMs) throw new RangeError("The S3 server does not start.");
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  /** As a power cut of the cluster. */
  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const ended = new Promise((done) => running.once("exit", done));
    running.kill("SIGKILL");
    await ended;
  }

  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Files of the server whose names contain `part`. */
  files(part: string): string[] {
    return readdirSync(this.directory, { recursive: true, encoding: "utf8" })
      .filter((name) => name.includes(part))
      .map((name) => join(this.directory, name));
  }
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    await fetch(endpoint);
    return true;
  } catch {
    return false;
  }
}
