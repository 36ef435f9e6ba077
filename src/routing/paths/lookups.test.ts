import { beforeEach, describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { encodePeerRecord, type PeerId, type PeerRecord } from "../../identity/index.ts";
import { testIdentity, testRandom } from "../../testing/fixtures.ts";
import { newStats } from "../stats.ts";
import type { Landmark } from "./landmarks.ts";
import { LOOKUP_ASKS_MAX, LOOKUP_TIMEOUT_MS, STORERS_MAX } from "./limits.ts";
import { LocatedPeers } from "./located.ts";
import { LocatorStore } from "./locator-store.ts";
import { Lookups } from "./lookups.ts";
import { decodeLookup, encodeAnswer } from "./messages.ts";

const suite = createNodeSuite();
const self = testIdentity(suite, "self");
const target = testIdentity(suite, "target");
const stranger = testIdentity(suite, "stranger");
const BACK = { firstHop: self.id, labels: new Uint8Array(0) };

/** Landmarks by closeness, more than are ever asked. */
const CLOSEST = Array.from({ length: 2 * LOOKUP_ASKS_MAX }, (_, i) => `landmark ${i}`);

let asked: { readonly of: PeerId; readonly cookie: Uint8Array }[];
let lookups: Lookups;
let found: (PeerRecord | undefined)[];

beforeEach(() => {
  asked = [];
  found = [];
  const closestTo = (_: Uint8Array, count: number): readonly Landmark[] =>
    CLOSEST.slice(0, count).map((id) => ({ id, distance: 1 }) as Landmark);
  lookups = new Lookups({
    ...{ selfId: self.id, suite, random: testRandom("lookups"), stats: newStats() },
    landmarks: { closestTo } as never,
    ...{ located: new LocatedPeers(), store: new LocatorStore() },
    send: (to, payload) => {
      asked.push({ of: to, cookie: decodeLookup(payload).cookie });
      return true;
    },
    onLocated: () => undefined,
  });
  lookups.start(target.id, (record) => void found.push(record), 0);
});

/** The landmark asked last knows nothing. */
function sayUnknown(): void {
  const cookie = asked.at(-1)?.cookie ?? new Uint8Array();
  expect(lookups.receive(encodeAnswer({ cookie, kind: "unknown" }), BACK, 1)).toBe(true);
}

function sayWaypoint(of: typeof target): void {
  const record = encodePeerRecord(of, { name: "", seqno: 1 });
  const cookie = asked.at(-1)?.cookie ?? new Uint8Array();
  lookups.receive(encodeAnswer({ cookie, kind: "waypoint", record }), BACK, 1);
}

describe("a lookup", () => {
  test("asks one landmark after the other, more than keep a locator, and no more than eight", () => {
    for (let i = 0; i < LOOKUP_ASKS_MAX; i++) {
      expect(asked.map(({ of }) => of)).toEqual(CLOSEST.slice(0, i + 1));
      expect(found).toEqual([]);
      sayUnknown();
    }
    expect(asked).toHaveLength(LOOKUP_ASKS_MAX);
    expect([found, lookups.size]).toEqual([[undefined], 0]);
  });

  // Peer 141 of 256 (community graph, seed 1) asked four landmarks of which 100 knew none; one of those behind them kept its locator.
  test("finds whoever published to landmarks that seem less close from here", () => {
    for (let i = 0; i < STORERS_MAX; i++) sayUnknown();
    sayWaypoint(target);
    expect([found[0]?.id, lookups.size]).toEqual([target.id, 0]);
  });

  test("does not believe who answers for another, and goes on", () => {
    sayWaypoint(stranger);
    expect([found, asked.length]).toEqual([[], 2]);
    sayWaypoint(target);
    expect(found[0]?.id).toBe(target.id);
  });

  test("waits so long for each, and hears a late answer all the same", () => {
    const first = asked[0]?.cookie ?? new Uint8Array();
    lookups.tick(lookups.nextDeadlineMs() - 1);
    expect([asked.length, lookups.nextDeadlineMs() >= LOOKUP_TIMEOUT_MS]).toEqual([1, true]);
    lookups.tick(lookups.nextDeadlineMs());
    expect(asked).toHaveLength(2);
    const record = encodePeerRecord(target, { name: "", seqno: 1 });
    lookups.receive(encodeAnswer({ cookie: first, kind: "waypoint", record }), BACK, 2_000);
    expect(found[0]?.id).toBe(target.id);
  });
});
