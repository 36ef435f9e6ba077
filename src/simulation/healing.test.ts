import { expect, test, vi } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { must } from "../base/errors.ts";
import { rootOf } from "../store/index.ts";
import { createMemoSuite } from "./memo-suite.ts";
import { SimPeer } from "./sim-peer.ts";
import { VirtualNetwork } from "./virtual-network.ts";
import { World } from "./world.ts";

// Dozens of peers take a while where other tests run beside them.
vi.setConfig({ testTimeout: 240_000 });

const SIZE = 10;
const CODE = { k: 4, n: 10 };
const OBJECT_BYTES = 200_000;
const HEALING = {
  deadAfter: { minMs: 10_000, maxMs: 10_000, unknownMs: 10_000 },
  watchMs: 60_000,
  watchFirstMs: 2_000,
  turnMs: 2_000,
  retryMs: 5_000,
};

/** Whole peers, each linked to all others. */
function meshOf(seed: number): { world: World; network: VirtualNetwork; peers: SimPeer[] } {
  const world = new World(seed);
  const network = new VirtualNetwork(world);
  for (let a = 0; a < SIZE; a++) for (let b = a + 1; b < SIZE; b++) network.connect(a, b);
  const suite = createMemoSuite(createNodeSuite());
  const peers = Array.from(
    { length: SIZE },
    (_, place) => new SimPeer({ world, network, place, suite, healing: HEALING }),
  );
  for (const peer of peers) peer.start();
  const sees = (peer: SimPeer): number => peer.act(({ routing }) => routing.routes().length) ?? 0;
  const all = (): boolean => peers.every((peer) => sees(peer) === SIZE - 1);
  expect(world.runUntil(all, 30_000)).toBeDefined();
  return { world, network, peers };
}

function put(world: World, peer: SimPeer): string {
  let link: string | undefined;
  peer.act(({ store }) => {
    const events = {
      onDone: (made: string) => {
        link = made;
      },
      onError: (error: Error) => {
        throw error;
      },
    };
    const job = store.beginPut({ name: "mesh.bin", ...CODE }, events);
    job.write(new Uint8Array(OBJECT_BYTES).fill(7));
    job.finish();
  });
  expect(world.runUntil(() => link !== undefined, 20_000)).toBeDefined();
  return must(link, "a link");
}

const sums = (peers: readonly SimPeer[]): { fragments: number; made: number } => {
  const found = { fragments: 0, made: 0 };
  for (const peer of peers) {
    const usage = peer.act(({ store }) => store.usage());
    found.fragments += usage?.fragmentCount ?? 0;
    found.made += usage?.healing.made ?? 0;
  }
  return found;
};

test("whole peers make the fragments of crashed ones again, over real sessions and routes", () => {
  const { world, peers } = meshOf(1);
  const link = put(world, must(peers[0], "a peer"));
  expect(world.runUntil(() => sums(peers.slice(1)).fragments === SIZE - 1, 30_000)).toBeDefined();
  world.runUntil(() => false, 10_000);
  for (const peer of peers.slice(0, 3)) peer.crash();
  const living = peers.slice(3);
  expect(sums(living).fragments).toBe(7);
  expect(world.runUntil(() => sums(living).fragments === CODE.n, 60_000)).toBeDefined();
  world.runUntil(() => false, 20_000);
  expect(sums(living)).toEqual({ fragments: CODE.n, made: 3 });
  let alive = 0;
  must(living[4], "a peer").act(({ store }) =>
    store.health(rootOf(link), (health) => {
      alive = health.alive;
    }),
  );
  expect(world.runUntil(() => alive > 0, 20_000)).toBeDefined();
  expect(alive).toBe(CODE.n);
});

test("a mesh cut in two for a moment heals nothing; what returns after long counts twice", () => {
  const { world, network, peers } = meshOf(2);
  put(world, must(peers[9], "a peer"));
  expect(
    world.runUntil(() => sums(peers.slice(0, 9)).fragments === SIZE - 1, 30_000),
  ).toBeDefined();
  world.runUntil(() => false, 10_000);
  network.partition((place) => place < 3);
  world.runUntil(() => false, 8_000);
  network.heal();
  world.runUntil(() => false, 40_000);
  expect(sums(peers)).toEqual({ fragments: CODE.n, made: 0 });
  network.partition((place) => place < 3);
  world.runUntil(() => false, 60_000);
  expect(sums(peers)).toEqual({ fragments: CODE.n + 3, made: 3 });
  network.heal();
  world.runUntil(() => false, 60_000);
  expect(sums(peers)).toEqual({ fragments: CODE.n + 3, made: 3 });
});
