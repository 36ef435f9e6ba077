import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cp, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The suites of litmus. */
export const LITMUS_SUITES = ["basic", "copymove", "props", "locks", "http"] as const;

/** What a program printed and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly text: string;
}

/** Whether a program is installed. */
export function hasProgram(name: string): boolean {
  return spawnSync("which", [name], { stdio: "ignore" }).status === 0;
}

/** Runs a program until it ends. */
export function runProgram(
  name: string,
  words: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Ended> {
  const env = { ...process.env, ...options.env };
  const child = spawn(name, words, { cwd: options.cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (code) => resolve({ code, text }));
  });
}

/** What a suite of litmus came to. */
export interface LitmusResult extends Ended {
  readonly run: number;
  readonly passed: number;
}

/** Runs a suite of litmus against a mount. */
export async function runLitmus(url: string, suite: string): Promise<LitmusResult> {
  const cwd = await mkdtemp(join(tmpdir(), "peernet-litmus-"));
  try {
    const ended = await runProgram("litmus", [url], { cwd, env: { TESTS: suite } });
    const [, run, passed] = /of (\d+) tests run: (\d+) passed/.exec(ended.text) ?? [];
    return { ...ended, run: Number(run ?? 0), passed: Number(passed ?? 0) };
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

/** A folder with a tree of files to back up, and programs that do so to a mount. */
export class Backups {
  readonly folder: string;
  readonly #url: string;

  private constructor(folder: string, url: string) {
    this.folder = folder;
    this.#url = url;
  }

  /**
   * Makes `tree` in a new folder: this repository's docs, odd names, an empty file, one of `largeBytes`.
   * @param url address of the mount
   */
  static async begin(url: string, largeBytes: number): Promise<Backups> {
    const folder = await mkdtemp(join(tmpdir(), "peernet-outside-"));
    const tree = join(folder, "tree");
    await cp("docs", tree, { recursive: true });
    await writeFile(join(tree, "große Datei & mehr #1?.bin"), randomBytes(largeBytes));
    await writeFile(join(tree, "empty"), "");
    const old = new Date("2001-02-03T04:05:06Z");
    await utimes(join(tree, "empty"), old, old);
    return new Backups(folder, url);
  }

  /** @param vendor what rclone believes to speak to: "owncloud" tells times of changes, "other" does not */
  run(vendor: "other" | "owncloud", name: string, ...words: readonly string[]): Promise<Ended> {
    const env = {
      RCLONE_CONFIG: "/dev/null",
      RCLONE_CONFIG_P_TYPE: "webdav",
      RCLONE_CONFIG_P_URL: this.#url,
      RCLONE_CONFIG_P_VENDOR: vendor,
      RESTIC_PASSWORD: "outside",
      RESTIC_CACHE_DIR: join(this.folder, "cache"),
      HOME: this.folder,
    };
    return runProgram(name, words, { cwd: this.folder, env });
  }

  /** restic, with a repository in the mount. */
  restic(...words: readonly string[]): Promise<Ended> {
    return this.run("other", "restic", "-r", "rclone:P:repo", ...words);
  }

  /** Whether two things in the folder are the same. */
  isSame(one: string, other: string): boolean {
    return spawnSync("diff", ["-r", one, other], { cwd: this.folder }).status === 0;
  }

  async end(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
