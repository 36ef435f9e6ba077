import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianPackage } from "../rivals/debian.ts";

/** How long it may take to answer, in milliseconds. */
const START_MS = 30_000;

/** The console of another program, running on this machine. */
export interface RivalConsole {
  /** Its name and version. */
  readonly name: string;
  readonly url: string;
  end(): Promise<void>;
}

/** Syncthing of Debian in a home of its own, with nothing that needs the network; or why it cannot run. */
export async function startSyncthing(): Promise<RivalConsole | string> {
  const version = debianPackage("syncthing");
  if (version === null) return "not installed: needs Debian's syncthing, and root to install it";
  const home = mkdtempSync(join(tmpdir(), "peernet-bench-syncthing-"));
  const made = spawnSync("syncthing", ["generate", `--home=${home}`, "--no-default-folder"]);
  if (made.status !== 0) {
    rmSync(home, { recursive: true, force: true });
    return "could not make its home";
  }
  quieten(join(home, "config.xml"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const words = ["serve", "--no-browser", "--no-restart", "--no-upgrade", `--home=${home}`];
  const child = spawn("syncthing", [...words, `--gui-address=127.0.0.1:${port}`], {
    stdio: "ignore",
  });
  const end = (): Promise<void> => endOf(child, home);
  if (await answers(url)) return { name: `Syncthing ${version}`, url, end };
  await end();
  return `did not answer within ${START_MS} ms`;
}

async function endOf(child: ChildProcess, home: string): Promise<void> {
  if (child.exitCode === null) {
    child.kill();
    await once(child, "exit");
  }
  rmSync(home, { recursive: true, force: true });
}

/** No announcing, no relays, and no question about reports on top of its page. */
function quieten(file: string): void {
  const text = readFileSync(file, "utf8")
    .replace(/<(\w*AnnounceEnabled|relaysEnabled|natEnabled)>true</g, "<$1>false<")
    .replace(/<urAccepted>-?\d+</, "<urAccepted>-1<")
    .replace(/<listenAddress>default</, "<listenAddress>tcp://127.0.0.1:0<");
  writeFileSync(file, text);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, "close");
  return port;
}

async function answers(url: string): Promise<boolean> {
  const endMs = performance.now() + START_MS;
  while (performance.now() < endMs) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok === true) return true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return false;
}
