import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { encodePeerRecord, peerIdToBytes } from "../identity/index.ts";
import { createToySuite } from "../simulation/toy-suite.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { chainedOrigin, Forger } from "./forger.fixture.ts";
import { edge, joinAll } from "./graphs.fixture.ts";
import {
  FULL_TURN_GAP_MS,
  HORIZON_MS,
  NUMBER_STEP_MS,
  REQUEST_PATIENCE_MS,
  STAY_MS,
} from "./limits.ts";
import { lotteryOf } from "./lottery.ts";
import { Mesh } from "./mesh.fixture.ts";
import { decodeControl, ENTRY } from "./messages.ts";

const suite = createToySuite(createNodeSuite());
const identities = Array.from({ length: 3 }, (_, i) => testIdentity(suite, `place ${i}`));
/** The lowest lottery value first. */
const crowd = Array.from({ length: 100 }, (_, i) => {
  const identity = testIdentity(suite, `crowd ${i}`);
  const record = encodePeerRecord(identity, { name: "", seqno: 1 });
  return { id: identity.id, record, lottery: lotteryOf(peerIdToBytes(identity.id)) };
}).sort((a, b) => a.lottery - b.lottery);
const [lowest, ...others] = crowd;
const highest = others.slice(-1)[0];
const BUDGETS = { vicinityMax: 4, landmarksMax: 8 };
/** Farther than anything that is near. */
const FAR = 90_000;

/** Place 0 between 1, which says what it is made to, and 2, which hears what comes of it. */
function between(): { readonly mesh: Mesh; readonly forger: Forger } {
  const mesh = new Mesh({
    ...{ suite, clock: new ManualClock(), random: testRandom(5), identities, ...BUDGETS },
  });
  joinAll(mesh, [edge(0, 1), edge(0, 2)]);
  mesh.settle();
  return { mesh, forger: new Forger(mesh, 1, 0) };
}

/** Lets place 0 know as many of the others as it has places, and one more: its table is full. */
function fill(mesh: Mesh, forger: Forger): void {
  for (const { id, record } of others.slice(40, 40 + 13)) {
    forger.claim(id, record, { metric: FAR });
    mesh.settle(20);
  }
  forger.insist();
}

describe("where the vicinity is full", () => {
  test("the record of a low lottery value is pulled at once, that of a high one when it has stayed", () => {
    const { mesh, forger } = between();
    for (const { id, record } of others.slice(40, 44)) forger.claim(id, record, { metric: FAR });
    forger.insist();
    const before = mesh.router(0).stats().pullsSent;
    const pulls = (): number => mesh.router(0).stats().pullsSent - before;
    for (const { id } of [lowest, highest].flatMap((one) => one ?? [])) {
      forger.say(forger.introduction(id, { metric: FAR }));
    }
    mesh.settle(STAY_MS / 4);
    expect(pulls()).toBe(1);
    if (lowest !== undefined) forger.say(forger.answer(lowest.id, lowest.record));
    mesh.settle(STAY_MS);
    expect(pulls()).toBe(2);
  });

  test("a table with places left pulls at once whatever comes", () => {
    const { mesh, forger } = between();
    const before = mesh.router(0).stats().pullsSent;
    if (highest !== undefined) forger.say(forger.introduction(highest.id, { metric: FAR }));
    mesh.settle(20);
    expect(mesh.router(0).stats().pullsSent - before).toBe(1);
  });
});

describe("in a full table", () => {
  test("an origin that returns on a way that is not feasible is asked for when it has stayed", () => {
    const { mesh, forger } = between();
    if (lowest === undefined) throw new Error("There is a lowest one.");
    const { id, record } = lowest;
    forger.claim(id, record, { metric: 5 });
    mesh.settle(1_000);
    fill(mesh, forger);
    expect(mesh.router(2).route(id)).toBeDefined();
    forger.say(forger.retraction(id));
    mesh.settle(1_000);
    expect(mesh.router(0).route(id)).toBeUndefined();
    const before = mesh.router(0).stats().requestsStarted;
    const asked = (): number => mesh.router(0).stats().requestsStarted - before;
    forger.claim(id, record, { metric: 500 });
    mesh.settle(REQUEST_PATIENCE_MS / 2);
    expect(asked()).toBe(0);
    mesh.settle(REQUEST_PATIENCE_MS);
    expect(asked()).toBeGreaterThan(0);
  });

  test("a number that is newer and nothing else is told to who asked for it, to others later", () => {
    const { mesh, forger } = between();
    const { id, record, link } = chainedOrigin(suite, testIdentity(suite, "place 0 wants it"));
    fill(mesh, forger);
    forger.claim(id, record, { metric: 5 });
    forger.insist();
    expect(mesh.router(2).route(id)).toBeDefined();
    const numbers: number[] = [];
    const events = mesh.router(2).linkEvents;
    const onControl = events.onControl.bind(events);
    events.onControl = (from, message) => {
      for (const entry of decodeControl(message)) {
        if (entry.kind === ENTRY.update && entry.link !== undefined) numbers.push(entry.seqno ?? 0);
      }
      onControl(from, message);
    };
    mesh.settle(NUMBER_STEP_MS - (mesh.nowMs % NUMBER_STEP_MS) + 1);
    forger.say(forger.news(id, { seqno: 2, link: link(2) }));
    mesh.settle(NUMBER_STEP_MS / 2);
    expect(numbers).toEqual([]);
    const asked = { kind: ENTRY.request, origin: id, seqno: 3, hopLimit: 9 };
    // The first is passed on; what comes so soon after it is not, but who asks is told as well.
    new Forger(mesh, 1, 0).say({ ...asked, requestId: 1 });
    new Forger(mesh, 2, 0).say({ ...asked, requestId: 2 });
    forger.say(forger.news(id, { seqno: 3, link: link(3) }));
    mesh.settle(2 * FULL_TURN_GAP_MS);
    expect(numbers).toEqual([3]);
    forger.say(forger.news(id, { seqno: 4, link: link(4) }));
    mesh.settle(NUMBER_STEP_MS);
    expect(numbers).toEqual([3, 4]);
  });

  test("a horizon that comes nearer rides along with what is told anyway", () => {
    const { mesh, forger } = between();
    const horizons: number[] = [];
    const events = mesh.router(1).linkEvents;
    const onControl = events.onControl.bind(events);
    events.onControl = (from, message) => {
      for (const entry of decodeControl(message)) {
        if (entry.kind === ENTRY.horizon) horizons.push(mesh.nowMs);
      }
      onControl(from, message);
    };
    fill(mesh, forger);
    // Each is lower than those before.
    for (const { id, record } of others.slice(0, 40).reverse()) {
      forger.claim(id, record, { metric: FAR });
      forger.insist(100);
    }
    forger.insist();
    const gaps = horizons.slice(1).map((atMs, i) => atMs - (horizons[i] ?? 0));
    expect(Math.min(...gaps)).toBeLessThan(HORIZON_MS / 2);
  });
});
