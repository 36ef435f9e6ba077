import { expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { peerIdToBytes } from "../../identity/index.ts";
import { lotteryOf } from "../lottery.ts";
import { Landmarks } from "./landmarks.ts";
import { LANDMARKS_REFRESH_MS, PLACES_LOWEST, PLACES_NEAREST } from "./limits.ts";
import { rendezvousOf } from "./rendezvous.ts";
import type { Vicinity, VicinityPeer } from "./vicinity.ts";

const suite = createNodeSuite();
const NEXT = { id: "next", cost: 1, suspect: false };

/** An id whose lottery value this is. */
const idOf = (lottery: number): string =>
  `fd${"0".repeat(18)}${lottery.toString(16).padStart(12, "0")}`;

function peer(
  lottery: number,
  metric: number,
  selected: typeof NEXT | undefined = NEXT,
): VicinityPeer {
  const id = idOf(lottery);
  const idBytes = peerIdToBytes(id);
  return { id, idBytes, record: undefined, selected, metric, viewHops: 1, lottery };
}

/** The landmarks of a peer with lottery value 50. */
function landmarksOf(peers: VicinityPeer[], landmarksMax = 8): Landmarks {
  const self = { id: idOf(50), idBytes: peerIdToBytes(idOf(50)) };
  const vicinity: Vicinity = {
    neighbours: new Map(),
    get: (id) => peers.find((one) => one.id === id),
    values: () => peers,
  };
  return new Landmarks({ suite, self, vicinity, landmarksMax });
}

const numbers = (list: readonly { lottery: number }[]): number[] =>
  list.map(({ lottery }) => lottery);

test("are those of lowest value that can be reached, this peer among them", () => {
  const peers = [peer(90, 1), peer(10, 900), { ...peer(20, 5), selected: undefined }, peer(60, 3)];
  const landmarks = landmarksOf(peers, 3);
  expect(numbers(landmarks.list(0))).toEqual([10, 50, 60]);
  expect(landmarks.list(0).map(({ distance }) => distance)).toEqual([900, 0, 3]);
  expect(lotteryOf(peerIdToBytes(idOf(2 ** 47 + 3)))).toBe(2 ** 47 + 3);
});

test("are looked at anew now and then", () => {
  const peers = [peer(10, 900)];
  const landmarks = landmarksOf(peers);
  landmarks.list(1_000);
  peers.push(peer(5, 1));
  expect(numbers(landmarks.list(1_000 + LANDMARKS_REFRESH_MS - 1))).toEqual([10, 50]);
  expect(numbers(landmarks.list(1_000 + LANDMARKS_REFRESH_MS))).toEqual([5, 10, 50]);
});

test("are close to an id by their weights, which no two routers see in another order", () => {
  const peers = [10, 20, 30, 40].map((lottery) => peer(lottery, lottery));
  const landmarks = landmarksOf(peers);
  for (let i = 0; i < 20; i++) {
    const id = peerIdToBytes(idOf(1_000 + i));
    const closest = landmarks.closestTo(id, 3, 0);
    const weights = landmarks.list(0).map(({ idBytes }) => rendezvousOf(suite, idBytes, id));
    const expected = weights.toSorted((a, b) => b - a).slice(0, 3);
    expect(closest.map(({ idBytes }) => rendezvousOf(suite, idBytes, id))).toEqual(expected);
    const [first] = closest;
    expect(landmarks.closerTo(id, 0)).toEqual(first?.lottery === 50 ? undefined : first);
  }
});

test("none is closer where nobody else is known", () => {
  expect(landmarksOf([]).closerTo(peerIdToBytes(idOf(7)), 0)).toBeUndefined();
  // Somebody whose value is too high to be one here is none, however close.
  const crowded = landmarksOf([peer(1, 1), peer(2, 1)], 2);
  for (let i = 0; i < 20; i++) {
    const id = peerIdToBytes(idOf(1_000 + i));
    const closer = crowded.closerTo(id, 0);
    if (closer === undefined) continue;
    const own = rendezvousOf(suite, peerIdToBytes(idOf(50)), id);
    expect(rendezvousOf(suite, closer.idBytes, id)).toBeGreaterThan(own);
  }
});

test("that a locator names are the nearest ones, and of the others the lowest", () => {
  const peers = [
    peer(1, 900),
    peer(2, 800),
    peer(3, 700),
    peer(70, 10),
    peer(80, 20),
    peer(90, 30),
  ];
  const places = landmarksOf(peers).places(0);
  expect(numbers(places)).toEqual([50, 70, 80, 1, 2]);
  expect(places).toHaveLength(PLACES_NEAREST + PLACES_LOWEST);
  expect(numbers(landmarksOf(peers.slice(0, 1)).places(0))).toEqual([50, 1]);
  expect(numbers(landmarksOf([peer(9, 5), peer(8, 5), peer(7, 5)]).places(0))).toEqual([
    ...[50, 7, 8, 9],
  ]);
});
