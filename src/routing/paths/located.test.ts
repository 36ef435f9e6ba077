import { expect, test } from "vitest";
import type { PeerRecord } from "../../identity/index.ts";
import { LOCATED_MAX, LOCATED_RETRY_MS, RELOCATE_MS } from "./limits.ts";
import { LocatedPeers } from "./located.ts";

const labels = new Uint8Array(0);
const ways = ["a", "b", "c"].map((landmark) => ({ landmark, labels }));
const recordOf = (id: string): PeerRecord => ({ id, seqno: 1 }) as PeerRecord;

function located(): LocatedPeers {
  const peers = new LocatedPeers();
  peers.put(recordOf("x"), { epoch: 1, number: 1 }, ways, 60, 1, 0);
  return peers;
}

/** The landmark that a packet at this time would take. */
function send(peers: LocatedPeers, nowMs: number, unusable = 0): string | undefined {
  const way = peers.waysOf("x", nowMs)[unusable];
  peers.used("x", unusable, nowMs);
  return way !== undefined && "landmark" in way ? way.landmark : undefined;
}

test("packets stay on a way for a while, then take the next one, and ask again after the last", () => {
  const peers = located();
  expect([send(peers, 0), send(peers, LOCATED_RETRY_MS - 1)]).toEqual(["a", "a"]);
  expect(send(peers, LOCATED_RETRY_MS)).toBe("b");
  expect(send(peers, 2 * LOCATED_RETRY_MS)).toBe("c");
  expect(peers.takesAsking("x", RELOCATE_MS)).toBe(false);
  expect(send(peers, 3 * LOCATED_RETRY_MS)).toBe("a");
  expect(peers.takesAsking("x", RELOCATE_MS - 1)).toBe(false);
  expect(peers.takesAsking("x", RELOCATE_MS)).toBe(true);
  expect(peers.takesAsking("x", RELOCATE_MS)).toBe(false);
});

test("a way that is acknowledged is kept until a report says otherwise", () => {
  const peers = located();
  send(peers, 0);
  peers.report("x", true);
  expect(send(peers, 10 * LOCATED_RETRY_MS)).toBe("a");
  peers.report("x", false);
  expect(send(peers, 10 * LOCATED_RETRY_MS)).toBe("b");
  peers.report("nobody", false);
});

test("a way that cannot be used is skipped", () => {
  const peers = located();
  expect(send(peers, 0, 1)).toBe("b");
  expect(send(peers, 1)).toBe("b");
});

test("a place is believed for as long as its locator says, and LOCATED_MAX of them are", () => {
  const peers = located();
  expect(peers.get("x", 59_999)?.record.id).toBe("x");
  expect(peers.get("x", 60_000)).toBe(undefined);
  expect(peers.waysOf("x", 60_000)).toEqual([]);
  for (let i = 0; i < LOCATED_MAX; i++) peers.put(recordOf(`p${i}`), undefined, ways, 60, 1, 0);
  expect([peers.size, peers.get("p0", 0)?.record.id]).toEqual([LOCATED_MAX, "p0"]);
  peers.put(recordOf("one more"), undefined, ways, 60, 1, 0);
  expect([peers.size, peers.get("p0", 0)]).toEqual([LOCATED_MAX, undefined]);
});
