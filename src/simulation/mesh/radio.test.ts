import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { createMemoSuite } from "../memo-suite.ts";
import { createToySuite } from "../toy-suite.ts";
import {
  RADIO_BITS_PER_SECOND,
  RADIO_PLACES,
  type RadioScene,
  radioBytes,
  radioRoundMs,
  radioScene,
  switchOn,
} from "./radio.ts";

const PEERS = 120;
const HOUR_MS = 3_600_000;
/** What 2 % of such a link carry in a second. */
const SHARE_BYTES = (0.02 * RADIO_BITS_PER_SECOND) / 8;
/** 1,000 peers in 2.5 hours leave so much for each, with all frames. */
const ROUND_BYTES_MAX = 27;
const BURST_BYTES = 1_024;
/** The same with records, for a leaf that knows nobody yet, and what the link carries at once at the beginning. */
const FIRST_ROUND_BYTES_MAX = 480;
const FIRST_BURST_BYTES = 10_240;

const suite = createMemoSuite(createToySuite(createNodeSuite()));

/** The leaf has heard of everybody, and the budget of the link is full. */
function settledScene(): RadioScene {
  const scene = radioScene({ seed: 3, suite, crowd: PEERS });
  const { world, crowd } = scene;
  const leaf = world.router(RADIO_PLACES.leaf);
  switchOn(scene);
  expect(world.runUntil(() => leaf.routes().length === PEERS, 6 * HOUR_MS, 10_000)).toBeDefined();
  expect(crowd.hopsOfMissing(RADIO_PLACES.leaf)).toEqual([]);
  world.run(HOUR_MS);
  return scene;
}

test("a round of new numbers crosses a radio link within 2 % of it, as fast as its bytes allow", () => {
  const scene = settledScene();
  const { world } = scene;
  const before = radioBytes(scene);
  const roundMs = radioRoundMs(scene, HOUR_MS) ?? Number.POSITIVE_INFINITY;
  const sizeBytes = radioBytes(scene) - before;
  const seconds = roundMs / 1_000;
  expect(seconds * SHARE_BYTES).toBeLessThan(ROUND_BYTES_MAX * PEERS);
  expect(sizeBytes).toBeLessThan(seconds * SHARE_BYTES + BURST_BYTES);
  // Nobody is told of twice: there is nothing left to say.
  expect(sizeBytes).toBeLessThan(ROUND_BYTES_MAX * PEERS);
  world.run(HOUR_MS);
  expect(radioBytes(scene) - before).toBe(sizeBytes);
});

test("the first round keeps to 2 % with all its records, too, the nearest first", () => {
  const scene = radioScene({ seed: 3, suite, crowd: PEERS });
  const { world } = scene;
  const leaf = world.router(RADIO_PLACES.leaf);
  const startMs = world.nowMs;
  const seconds = (): number => (world.nowMs - startMs) / 1_000;
  switchOn(scene);
  // A small mesh need not wait: the first ones come at once.
  world.run(60_000);
  expect(leaf.routes().length).toBeGreaterThanOrEqual(8);
  while (leaf.routes().length < PEERS && seconds() < 6 * 3_600) {
    world.run(600_000);
    expect(radioBytes(scene)).toBeLessThan(seconds() * SHARE_BYTES + FIRST_BURST_BYTES);
    if (leaf.routes().length < PEERS / 4) expect(farthest(scene)).toBeLessThan(8);
  }
  expect(leaf.routes().length).toBe(PEERS);
  expect(radioBytes(scene)).toBeLessThan(FIRST_ROUND_BYTES_MAX * PEERS);
});

test("somebody who is wanted is not held back by the records of the first round", () => {
  const scene = radioScene({ seed: 3, suite, crowd: PEERS, real: 1 });
  const { world } = scene;
  const leaf = world.router(RADIO_PLACES.leaf);
  switchOn(scene);
  world.run(HOUR_MS);
  const wanted = world.place(scene.real[0] ?? 0).id;
  expect(leaf.route(wanted)).toBeUndefined();
  world.act(RADIO_PLACES.leaf, () => leaf.seek(wanted));
  const foundMs = world.runUntil(() => leaf.nextHop(wanted) !== undefined, 60_000);
  expect(foundMs).toBeLessThan(10_000);
});

/** Hops to the farthest peer that the leaf knows. */
function farthest({ world }: RadioScene): number {
  const routes = world.router(RADIO_PLACES.leaf).routes();
  return Math.max(...routes.map(({ hops }) => hops));
}

test("near origins that change all the time do not keep the link from far ones", () => {
  const { world, crowd } = settledScene();
  const isFar = (hops: number): boolean => hops > 8;
  const missing = (): number => crowd.hopsOfMissing(RADIO_PLACES.leaf).filter(isFar).length;
  crowd.renew(isFar);
  expect(missing()).toBeGreaterThan(30);
  for (let minute = 0; minute < 75; minute++) {
    crowd.renew((hops) => !isFar(hops));
    world.run(60_000);
  }
  expect(missing()).toBe(0);
});
