import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { encodePeerRecord } from "../identity/index.ts";
import { createToySuite } from "../simulation/toy-suite.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { Forger } from "./forger.fixture.ts";
import { edge, joinAll, randomGraph } from "./graphs.fixture.ts";
import { BUDGET_BURST_BYTES, FREE_SLOTS_MIN, SLOW_LINK_SHARE } from "./limits.ts";
import { Mesh } from "./mesh.fixture.ts";
import { ENTRY, encodeControl, PLAIN_ENTRY_BYTES_MAX, REF } from "./messages.ts";

const suite = createToySuite(createNodeSuite());
const identities = Array.from({ length: 20 }, (_, i) => testIdentity(suite, `place ${i}`));
const crowd = Array.from({ length: 200 }, (_, i) => {
  const identity = testIdentity(suite, `crowd ${i}`);
  return { id: identity.id, record: encodePeerRecord(identity, { name: "", seqno: 1 }) };
});
const BITS_PER_SECOND = 1_200;

describe("a link of 1,200 bit/s", () => {
  const never = 10 ** 12;

  /** Place 0 hears of a crowd over 1; what it tells 2 is counted, and not answered. */
  function told(): { readonly mesh: Mesh; readonly bytes: () => number } {
    const mesh = new Mesh({
      ...{ suite, clock: new ManualClock(), random: testRandom(3) },
      ...{ identities: identities.slice(0, 3), bitsPerSecond: BITS_PER_SECOND },
    });
    joinAll(mesh, [edge(0, 1), edge(0, 2)]);
    mesh.settle(600_000);
    mesh.cut(0, 2, never, never);
    const forger = new Forger(mesh, 1, 0);
    const before = mesh.controlBytesBetween.get("0>2") ?? 0;
    for (const { id, record } of crowd) forger.claim(id, record);
    return { mesh, bytes: () => (mesh.controlBytesBetween.get("0>2") ?? 0) - before };
  }

  test("gets no more than 2 % of it for announcements, and the burst", () => {
    const { mesh, bytes } = told();
    const perSecond = (BITS_PER_SECOND * SLOW_LINK_SHARE) / 8;
    for (let second = 0; second < 900; second += 60) {
      const most = BUDGET_BURST_BYTES + perSecond * second + PLAIN_ENTRY_BYTES_MAX;
      expect(bytes()).toBeLessThanOrEqual(most);
      mesh.settle(60_000);
    }
    expect(bytes()).toBeGreaterThan(BUDGET_BURST_BYTES);
  });

  test("gets losses and what it asks for at once", () => {
    const { mesh, bytes } = told();
    mesh.settle(1_000);
    const tight = bytes();
    const { updatesSent } = mesh.router(0).stats();
    const last = crowd.at(-1)?.id ?? "";
    mesh.inject(2, 0, encodeControl({ kind: ENTRY.query, origin: last }));
    mesh.settle(20);
    expect(mesh.router(0).stats().updatesSent).toBeGreaterThan(updatesSent);
    expect(bytes()).toBeGreaterThan(tight);
    const { retractsSent } = mesh.router(0).stats();
    const asked = bytes();
    mesh.cut(0, 1);
    mesh.settle(20);
    const retracted = mesh.router(0).stats().retractsSent - retractsSent;
    expect(retracted).toBeGreaterThan(20);
    expect(bytes() - asked).toBeGreaterThanOrEqual(2 * retracted);
  });
});

test("in a mesh every router pulls the record of every origin exactly once", () => {
  const random = testRandom(11);
  const mesh = new Mesh({ suite, clock: new ManualClock(), random, identities });
  joinAll(mesh, randomGraph(20, 40, random));
  mesh.settle();
  const pairs = identities.length * (identities.length - 1);
  expect(mesh.total(({ pullsSent }) => pullsSent)).toBe(pairs);
  expect(mesh.total(({ recordsSent }) => recordsSent)).toBe(pairs);
  expect(mesh.total(({ verified }) => verified)).toBe(pairs);
});

test("late messages under a handle that has come to mean another change nothing", () => {
  const mesh = new Mesh({
    ...{ suite, clock: new ManualClock(), random: testRandom(3) },
    identities: identities.slice(0, 3),
  });
  joinAll(mesh, [edge(0, 1), edge(0, 2)]);
  mesh.settle();
  const [forger, late] = [new Forger(mesh, 1, 0), new Forger(mesh, 2, 0)];
  const claim = (i: number): string => {
    const { id, record } = crowd[i] ?? { id: "", record: new Uint8Array(0) };
    forger.claim(id, record);
    return id;
  };
  // Places 1 and 2 have taken the first two slots.
  const [slot, about] = [3, { seqno: 1, metric: 1, hops: 1 }];
  const say = (generation: number): void => {
    const reference = { ref: REF.yours, handle: slot, generation } as const;
    late.say({ ...forger.news("", about), ...reference });
  };
  const takeBack = (generation: number): void =>
    late.say({ kind: ENTRY.retract, ref: REF.yours, handle: slot, generation });
  const first = claim(0);
  say(0);
  expect(mesh.router(0).nextHop(first)).toBe(mesh.id(2));
  takeBack(0);
  forger.say(forger.retraction(first));
  expect(mesh.router(0).route(first)).toBe(undefined);
  for (let i = 1; i <= FREE_SLOTS_MIN; i++) forger.say(forger.retraction(claim(i)));
  const other = claim(FREE_SLOTS_MIN + 1);
  say(0);
  expect(mesh.router(0).nextHop(other)).toBe(mesh.id(1));
  say(1);
  expect(mesh.router(0).nextHop(other)).toBe(mesh.id(2));
  takeBack(0);
  expect(mesh.router(0).nextHop(other)).toBe(mesh.id(2));
  takeBack(1);
  expect(mesh.router(0).nextHop(other)).toBe(mesh.id(1));
});
