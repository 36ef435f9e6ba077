import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ApiClient } from "../../src/api/client/index.ts";
import { must } from "../../src/base/errors.ts";
import { root } from "../tidy/tree.ts";

const MAIN = join(root, "dist", "cli", "main.js");

/** Whether the command is built. */
export const BUILT: boolean = existsSync(MAIN);

/** A real peer in a process of its own, on loopback only. */
export interface Daemon {
  readonly consoleUrl: string;
  /** Where others on this machine reach it. */
  readonly endpoint: string;
  readonly home: string;
  /** Ends it; its home goes with it unless it is kept for another start. */
  stop(keepsHome?: boolean): Promise<void>;
}

/** Starts `peernet up` in a fresh home, or again in one; dials `links`, finds nobody by itself. */
export async function startDaemon(
  name: string,
  links: readonly string[],
  home: string = mkdtempSync(join(tmpdir(), "peernet-console-")),
): Promise<Daemon> {
  const child = spawn(
    process.execPath,
    [
      ...[MAIN, "up", "--json", "--no-open", "--no-discovery", "--home", home, "--name", name],
      ...["--listen", "tcp://127.0.0.1:0"],
      ...links.flatMap((link) => ["--link", link]),
    ],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  const up = await firstLine(child);
  const endpoint = up.listening.find((one) => one.startsWith("tcp://127.0.0.1:"));
  return {
    consoleUrl: up.consoleUrl,
    endpoint: must(endpoint, "the peer listens on loopback"),
    home,
    stop: async (keepsHome = false) => {
      if (child.exitCode === null) {
        child.kill();
        await once(child, "exit");
      }
      if (!keepsHome) rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The typed client of a peer, with the token of its console's link. */
export function clientOf({ consoleUrl }: Daemon): ApiClient {
  const url = new URL(consoleUrl);
  const token = new URLSearchParams(url.hash.slice(1)).get("token");
  return new ApiClient({ url: url.origin, token: must(token, "the link has a token") });
}

/** What `peernet up --json` tells, as far as it is needed here. */
interface UpLine {
  readonly consoleUrl: string;
  readonly listening: readonly string[];
}

async function firstLine(child: ChildProcess): Promise<UpLine> {
  let first: UpLine | undefined;
  for await (const line of createInterface({ input: must(child.stdout, "stdout is a pipe") })) {
    first = JSON.parse(line) as UpLine;
    break;
  }
  return must(first, "the peer tells where its console is");
}
