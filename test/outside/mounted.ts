import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDavServer } from "../../src/adapters/node/webdav/server.ts";
import { SILENT_LOG } from "../../src/ports/index.ts";
import { MemoryFileTree } from "../../src/testing/index.ts";
import { PeerProcess, peernet } from "../cli/peer-process.ts";

/** A mount under test. */
export interface Mounted {
  readonly url: string;
  close(): Promise<void>;
}

/** What a mount may stand on: the WebDAV server alone, or all of Peernet in a process of its own. */
export const MOUNTED = ["a tree in memory", "a folder of a peer"] as const;

/** Opens a mount. */
export function openMounted(on: (typeof MOUNTED)[number]): Promise<Mounted> {
  return on === "a tree in memory" ? mountMemory() : mountFolder();
}

function mountMemory(): Promise<Mounted> {
  return startDavServer({
    tree: new MemoryFileTree((action) => setImmediate(action), Date.now),
    ...{ name: "Outside", token: randomBytes(24).toString("base64url"), port: 0, id: "o" },
    ...{ poke: () => undefined, log: SILENT_LOG },
  });
}

/** `peernet mount` of a new folder; needs a built dist/. */
export async function mountFolder(): Promise<Mounted> {
  const home = await mkdtemp(join(tmpdir(), "peernet-mounted-"));
  const peer = new PeerProcess(home);
  await peer.start();
  await peernet(["folder", "new", "Outside", "--home", home]);
  const { stdout, stderr } = await peernet(["mount", "Outside", "--home", home]);
  const url = stdout.trim();
  if (!url.startsWith("http")) throw new Error(`not mounted: ${stderr}`);
  return {
    url,
    close: async () => {
      await peer.end();
      await rm(home, { recursive: true, force: true });
    },
  };
}
