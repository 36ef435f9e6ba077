import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { PeerProcess, until } from "./peer-process.ts";

const folder = mkdtempSync(join(tmpdir(), "peernet-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Whether a packet to a multicast group comes back to this machine. */
function multicastWorks(): Promise<boolean> {
  return new Promise((done) => {
    const socket = createSocket({ type: "udp4", reuseAddr: true });
    const finish = (works: boolean): void => {
      clearTimeout(timer);
      socket.close();
      done(works);
    };
    const timer = setTimeout(() => finish(false), 2_000);
    socket.on("message", () => finish(true));
    socket.on("error", () => finish(false));
    socket.bind(0, () => {
      try {
        socket.addMembership("239.255.71.19");
        socket.send("hello", socket.address().port, "239.255.71.19");
      } catch {
        finish(false);
      }
    });
  });
}

test("two peers on one machine find each other, nothing configured", async ({ skip }) => {
  if (!(await multicastWorks())) {
    console.log("SKIPPED discovery: multicast does not work on this machine");
    skip();
  }
  const peers = ["one", "two"].map((name) => new PeerProcess(join(folder, name), []));
  try {
    await Promise.all(peers.map((peer) => peer.start()));
    const [one, two] = peers as [PeerProcess, PeerProcess];
    const found = await until(async () => {
      const { neighbours } = await one.client.peers();
      return neighbours.some(({ peerId }) => peerId === two.up.peerId);
    }, 20_000);
    expect(found).toBe(true);
    expect((await one.client.ping(two.up.peerId)).roundTripMs).toBeGreaterThan(0);
  } finally {
    await Promise.all(peers.map((peer) => peer.end()));
  }
});
