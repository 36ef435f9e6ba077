import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startNodePeer } from "../../../dist/adapters/node/embed/index.js";

/** A folder for homes of peers. */
export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), "peernet-libp2p-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Starts a peer whose home is in the folder; it links to others, or waits for them by TCP on loopback. */
export function startPeer(folder, name, links = []) {
  const listen = links.length === 0 ? ["tcp://127.0.0.1:0"] : [];
  return startNodePeer({ home: join(folder, name), name, links, listen, discovery: false });
}

/** Two linked peers who know each other as Anna and Ben. */
export async function startPair() {
  const { folder, remove } = makeFolder();
  const anna = await startPeer(folder, "Anna");
  const ben = await startPeer(folder, "Ben", anna.listening);
  await ben.add(await anna.invite(), "Anna");
  const stop = async () => {
    await Promise.all([anna.stop(), ben.stop()]);
    remove();
  };
  return { anna, ben, stop };
}

/** What the suite's matchers are: multiaddrs of any peer, or of one. */
export function matcher(address = "fd[^/]*") {
  const exact = new RegExp(`^/ip6/${address}/tcp/\\d+(/p2p/\\w+)?$`);
  const test = (multiaddr) => exact.test(multiaddr.toString());
  return { matches: test, exactMatch: test };
}
