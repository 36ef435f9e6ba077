import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDisks, type PeerResources, release, withHome } from "./resources.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "peernet-resources-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Files of the folder that this process has open, where the system tells. */
function openFiles(): readonly string[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return [];
    }
  });
}

test("where one disk cannot be opened, the other is closed again and the home is free", async () => {
  const failed = withHome(folder, async (resources) => {
    writeFileSync(resources.home.blocksDirectory, "not a directory");
    return openDisks(resources);
  });
  await expect(failed).rejects.toThrow();
  expect(openFiles()).toEqual([]);
  rmSync(join(folder, "blocks"));
  await withHome(folder, async (resources) => {
    await openDisks(resources);
    await release(resources);
  });
  expect(openFiles()).toEqual([]);
});

test("what stands on something else is closed before it", async () => {
  const order: string[] = [];
  const closable = (name: string) => ({
    close: async () => {
      order.push(name);
    },
  });
  const failed = withHome(folder, async (resources: PeerResources) => {
    const { records } = await openDisks(resources);
    const close = records.close.bind(records);
    records.close = async () => {
      order.push("records");
      await close();
    };
    Object.assign(resources, { tun: closable("tun"), api: closable("api") });
    resources.stopPeer = () => order.push("peer");
    throw new RangeError("later");
  });
  await expect(failed).rejects.toThrow(RangeError);
  expect(order).toEqual(["tun", "peer", "api", "records"]);
});
