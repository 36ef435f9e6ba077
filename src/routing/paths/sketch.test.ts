import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { type PeerId, type PeerRecord, peerIdFromBytes } from "../../identity/index.ts";
import { testRandom } from "../../testing/fixtures.ts";
import { METRIC_MAX } from "../limits.ts";
import { MEETINGS_MAX, SKETCH_PEERS_MAX } from "./limits.ts";
import {
  findMeetings,
  makeSketch,
  metricOfStep,
  quantiseMetric,
  SKETCH_ENTRY_BYTES,
} from "./sketch.ts";
import type { Vicinity, VicinityPeer } from "./vicinity.ts";

fc.configureGlobal({ seed: 1 });

const suite = createNodeSuite();
const salt = Uint8Array.of(1, 2, 3);
const record = {} as PeerRecord;

function idBytesOf(number: number): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes[0] = 0xfd;
  new DataView(bytes.buffer).setUint32(12, number);
  return bytes;
}

function selfOf(number: number): { id: PeerId; idBytes: Uint8Array } {
  return { id: peerIdFromBytes(idBytesOf(number)), idBytes: idBytesOf(number) };
}

/** A vicinity of peers by number, with their distances. */
function vicinityOf(distances: ReadonlyMap<number, number>): Vicinity {
  const peers = new Map<PeerId, VicinityPeer>();
  const selected = { id: "n", cost: 1, suspect: false };
  for (const [number, total] of distances) {
    const self = selfOf(number);
    peers.set(self.id, { ...self, record, selected, metric: total, viewHops: 1, lottery: number });
  }
  return {
    neighbours: new Map(),
    get: (id) => peers.get(id),
    values: () => peers.values(),
  };
}

const anyDistances = fc
  .uniqueArray(fc.tuple(fc.nat(60), fc.integer({ min: 1, max: METRIC_MAX })), {
    selector: ([number]) => number,
    maxLength: 40,
  })
  .map((entries) => new Map(entries));

test("distances in one byte are at most 3 % off, and keep their order", () => {
  expect([quantiseMetric(0), metricOfStep(0), quantiseMetric(1)]).toEqual([0, 0, 1]);
  expect(quantiseMetric(METRIC_MAX)).toBeLessThan(255);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: METRIC_MAX }), (metric) => {
      const again = metricOfStep(quantiseMetric(metric));
      expect(Math.abs(again - metric)).toBeLessThanOrEqual(0.5 + metric * 0.03);
      expect(quantiseMetric(metric + 1)).toBeGreaterThanOrEqual(quantiseMetric(metric));
    }),
  );
});

test("meetings are exactly the common peers, best sums first", () => {
  fc.assert(
    fc.property(anyDistances, anyDistances, (near, far) => {
      const [here, there] = [selfOf(100), selfOf(101)];
      const sketch = makeSketch(suite, there, vicinityOf(far), salt, 100);
      const found = findMeetings(suite, here, vicinityOf(near), salt, sketch, 100);
      const common = [...near.keys()].filter((number) => far.has(number));
      expect(found.map(({ peer }) => peer).sort()).toEqual(
        common.map((number) => selfOf(number).id).sort(),
      );
      const sums = found.map(({ metric }) => metric);
      expect(sums).toEqual([...sums].sort((a, b) => a - b));
      for (const { peer, metric } of found) {
        const number = common.find((candidate) => selfOf(candidate).id === peer) ?? -1;
        const farStep = quantiseMetric(far.get(number) ?? -1);
        expect(metric).toBe((near.get(number) ?? -1) + metricOfStep(farStep));
      }
    }),
  );
});

describe("the ends themselves may be the meeting", () => {
  test("we know the far one, and it knows us", () => {
    const [here, there] = [selfOf(1), selfOf(2)];
    const sketch = makeSketch(suite, there, vicinityOf(new Map([[1, 40]])), salt, 8);
    const found = findMeetings(suite, here, vicinityOf(new Map([[2, 50]])), salt, sketch, 8);
    expect(found).toEqual([
      { peer: here.id, metric: metricOfStep(quantiseMetric(40)) },
      { peer: there.id, metric: 50 },
    ]);
  });

  test("another salt tells nothing", () => {
    const sketch = makeSketch(suite, selfOf(2), vicinityOf(new Map([[1, 4]])), salt, 8);
    const other = Uint8Array.of(9);
    expect(findMeetings(suite, selfOf(1), vicinityOf(new Map()), other, sketch, 8)).toEqual([]);
  });
});

describe("bounds", () => {
  const many = vicinityOf(new Map(Array.from({ length: 5_000 }, (_, i) => [i, i + 1])));

  test("a sketch holds what was asked for, nearest first, and never more than its limit", () => {
    const few = makeSketch(suite, selfOf(9_999), many, salt, 3);
    expect(few).toHaveLength(3 * SKETCH_ENTRY_BYTES);
    expect([few[8], few[17], few[26]]).toEqual([0, quantiseMetric(1), quantiseMetric(2)]);
    const all = makeSketch(suite, selfOf(9_999), many, salt, 1e9);
    expect(all).toHaveLength(SKETCH_PEERS_MAX * SKETCH_ENTRY_BYTES);
    expect(makeSketch(suite, selfOf(1), many, salt, -1)).toHaveLength(0);
  });

  test("a sketch that is too long, or cut, has no meetings; there are no more than the limit", () => {
    const self = selfOf(9_999);
    const full = makeSketch(suite, self, many, salt, SKETCH_PEERS_MAX);
    expect(findMeetings(suite, self, many, salt, full, 1e9)).toHaveLength(MEETINGS_MAX);
    const long = new Uint8Array(full.length + SKETCH_ENTRY_BYTES);
    long.set(full);
    expect(findMeetings(suite, self, many, salt, long, 8)).toEqual([]);
    expect(findMeetings(suite, self, many, salt, full.subarray(1), 8)).toEqual([]);
  });

  test("any bytes are taken for a sketch without harm", () => {
    const random = testRandom("sketches");
    const few = vicinityOf(new Map(Array.from({ length: 20 }, (_, i) => [i, i + 1])));
    for (let length = 0; length < 200; length++) {
      expect(findMeetings(suite, selfOf(1), few, salt, random.bytes(length), 8)).toEqual([]);
    }
  });
});
