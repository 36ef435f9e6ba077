import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { peerIdToBytes } from "../../identity/index.ts";
import { lotteryOf } from "../../routing/lottery.ts";
import { createToySuite } from "../toy-suite.ts";
import { MeshWorld } from "./world.ts";

const PEERS = 150;
const HUB = 1;
const BUDGET = 32;
/** What surely stays of a budget when a table is sorted: see `EVICTION_SHARE`. */
const SURE = 24;

/** All but one come at once and could be ordered at once; lower lottery values replace others. */
const PULLS_MAX = 100;

/** Place 0 has a small table; all others are around the hub, and know each other. */
function village(): MeshWorld {
  const world = new MeshWorld({
    ...{ seed: 1, suite: createToySuite(createNodeSuite()), size: PEERS },
    router: (place) => (place === 0 ? { vicinityMax: BUDGET, landmarksMax: BUDGET } : {}),
  });
  for (let place = 2; place < PEERS; place++) world.join(HUB, place, { cost: 30 + place });
  world.run(20_000);
  return world;
}

test("a small table that is told of twice as much at once ends with the lowest and the nearest", () => {
  const world = village();
  world.join(0, HUB, { cost: 30 });
  world.run(120_000);
  const others = world.places.slice(2);
  const lottery = new Map(others.map(({ id }) => [id, lotteryOf(peerIdToBytes(id))]));
  const lowest = others
    .map(({ id }) => id)
    .sort((a, b) => (lottery.get(a) ?? 0) - (lottery.get(b) ?? 0))
    .slice(0, SURE);
  const nearest = others.map(({ id }) => id).slice(0, SURE);
  const known = new Set(
    world
      .router(0)
      .routes()
      .map(({ destination }) => destination),
  );
  expect(lowest.filter((id) => !known.has(id))).toEqual([]);
  expect(nearest.filter((id) => !known.has(id))).toEqual([]);
  expect(known.size).toBeLessThanOrEqual(2 * BUDGET + 1);
  // Records are ordered no faster than it becomes clear who stays.
  expect(world.router(0).stats().pullsSent).toBeLessThan(PULLS_MAX);
});
