import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { concatBytes, equalBytes } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { SimPeer } from "../simulation/sim-peer.ts";
import { VirtualNetwork } from "../simulation/virtual-network.ts";
import { World } from "../simulation/world.ts";
import type { StoreError } from "./errors.ts";
import { pattern } from "./jobs.fixture.ts";

const suite = createNodeSuite();

/** Whole peers in a ring: every store talks through real sessions, routes and links. */
function ringOf(size: number): { world: World; peers: SimPeer[] } {
  const world = new World(1);
  const network = new VirtualNetwork(world);
  for (let place = 0; place < size; place++) network.connect(place, (place + 1) % size);
  const peers = Array.from(
    { length: size },
    (_, place) => new SimPeer({ world, network, place, suite }),
  );
  for (const peer of peers) peer.start();
  const sees = (peer: SimPeer): number => peer.act(({ routing }) => routing.routes().length) ?? 0;
  expect(
    world.runUntil(() => peers.every((peer) => sees(peer) === size - 1), 20_000),
  ).toBeDefined();
  return { world, peers };
}

function put(world: World, peer: SimPeer, data: Uint8Array): string {
  let link: string | undefined;
  let mayWrite = true;
  const job = must(
    peer.act(({ store }) =>
      store.beginPut(
        { name: "ring.bin" },
        {
          onDone: (made) => {
            link = made;
          },
          onError: (error) => {
            throw error;
          },
          onDrain: () => {
            mayWrite = true;
          },
        },
      ),
    ),
    "the peer is up",
  );
  for (let at = 0; at < data.length; at += 65_536) {
    peer.act(() => {
      mayWrite = job.write(data.subarray(at, at + 65_536));
    });
    if (!mayWrite) world.runUntil(() => mayWrite, 10_000);
  }
  peer.act(() => job.finish());
  world.runUntil(() => link !== undefined, 10_000);
  return must(link, "a link");
}

function get(world: World, peer: SimPeer, link: string): Uint8Array {
  const parts: Uint8Array[] = [];
  let isDone = false;
  let failure: StoreError | undefined;
  peer.act(({ store }) =>
    store.get(link, {
      onBytes: (bytes) => parts.push(bytes.slice()),
      onDone: () => {
        isDone = true;
      },
      onError: (error) => {
        failure = error;
      },
    }),
  );
  world.runUntil(() => isDone || failure !== undefined, 120_000);
  if (failure !== undefined) throw failure;
  return concatBytes(...parts);
}

test("whole peers spread an object over real sessions and read it with its maker dead", () => {
  const { world, peers } = ringOf(6);
  const first = must(peers[0], "a peer");
  const data = pattern(2_500_000);
  const link = put(world, first, data);
  const healthNow = () => first.act(({ store }) => store.object(link))?.health;
  const isSpread = (): boolean => healthNow()?.holders === 6 && healthNow()?.waiting === 0;
  expect(world.runUntil(isSpread, 120_000)).toBeDefined();
  expect(healthNow()).toMatchObject({ alive: 40, holders: 6, waiting: 0 });
  const far = must(peers[3], "a peer");
  expect(equalBytes(get(world, far, link), data)).toBe(true);
  peers[0]?.crash();
  peers[5]?.crash();
  expect(equalBytes(get(world, far, link), data)).toBe(true);
});
