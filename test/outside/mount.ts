import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { type DavServer, startDavServer } from "../../src/adapters/node/webdav/server.ts";
import type { FileTree } from "../../src/ports/file-tree.ts";
import { SILENT_LOG } from "../../src/ports/index.ts";

/** A tree served as WebDAV, as `peernet mount` does. */
export function serveTree(tree: FileTree): Promise<DavServer> {
  const token = randomBytes(24).toString("base64url");
  const poke = (): void => undefined;
  return startDavServer({ tree, name: "Outside", token, port: 0, id: "o", poke, log: SILENT_LOG });
}

/** Whether a program is installed. */
export function hasProgram(name: string): boolean {
  return spawnSync("which", [name], { stdio: "ignore" }).status === 0;
}

/** What a program printed and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly text: string;
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
