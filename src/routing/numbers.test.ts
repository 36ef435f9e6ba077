import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import type { PeerId } from "../identity/index.ts";
import { createToySuite } from "../simulation/toy-suite.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { chainedOrigin, Forger } from "./forger.fixture.ts";
import { edge, joinAll } from "./graphs.fixture.ts";
import {
  BATCH_MS,
  NUMBER_LONG_STEP_MS,
  NUMBER_STEP_MS,
  NUMBERS_AT_ONCE,
  NUMBERS_WAITING_MANY,
} from "./limits.ts";
import { Mesh } from "./mesh.fixture.ts";
import { decodeControl, ENTRY } from "./messages.ts";

const suite = createToySuite(createNodeSuite());
const identities = Array.from({ length: 3 }, (_, i) => testIdentity(suite, `place ${i}`));
const ORIGINS = NUMBERS_AT_ONCE + 6;
const SOON_MS = 5 * BATCH_MS;

/** Place 0 with room for all, between 1, which says what it is made to, and 2, which hears of it. */
function world(count = ORIGINS) {
  const mesh = new Mesh({ suite, clock: new ManualClock(), random: testRandom(5), identities });
  joinAll(mesh, [edge(0, 1), edge(0, 2)]);
  mesh.settle();
  const forger = new Forger(mesh, 1, 0);
  const origins = Array.from({ length: count }, (_, i) =>
    chainedOrigin(suite, testIdentity(suite, `origin ${i}`)),
  );
  for (const { id, record } of origins) forger.claim(id, record, { metric: 5 });
  forger.insist();
  mesh.settle(NUMBER_STEP_MS - (mesh.nowMs % NUMBER_STEP_MS) + 1);
  const heard: number[] = [];
  const events = mesh.router(2).linkEvents;
  const onControl = events.onControl.bind(events);
  events.onControl = (from, message) => {
    for (const entry of decodeControl(message)) {
      if (entry.kind === ENTRY.update && entry.seqno !== undefined) heard.push(entry.seqno);
    }
    onControl(from, message);
  };
  const renew = (seqno: number): void => {
    for (const { id, link } of origins) forger.say(forger.news(id, { seqno, link: link(seqno) }));
  };
  return { mesh, forger, origins, heard, renew };
}

test("a few numbers that are newer and nothing else are told at once, many wait for each other", () => {
  const { mesh, heard, renew } = world();
  renew(2);
  mesh.settle(SOON_MS);
  expect(heard).toHaveLength(NUMBERS_AT_ONCE);
  const before = mesh.router(0).stats().messagesSent;
  mesh.settle(NUMBER_STEP_MS);
  expect(heard).toHaveLength(ORIGINS);
  expect(mesh.router(0).stats().messagesSent - before).toBeLessThan(4);
});

test("as many as wait at most do so for one step, and one more for a longer one", () => {
  const { mesh, heard, renew } = world(NUMBERS_AT_ONCE + NUMBERS_WAITING_MANY + 1);
  // So that the next step is not a long one as well.
  const nextMs = mesh.nowMs - (mesh.nowMs % NUMBER_STEP_MS) + NUMBER_STEP_MS;
  if (nextMs % NUMBER_LONG_STEP_MS === 0) mesh.settle(NUMBER_STEP_MS);
  renew(2);
  mesh.settle(NUMBER_STEP_MS);
  expect(heard).toHaveLength(NUMBERS_AT_ONCE + NUMBERS_WAITING_MANY);
  mesh.settle(NUMBER_STEP_MS);
  expect(heard).toHaveLength(NUMBERS_AT_ONCE + NUMBERS_WAITING_MANY + 1);
});

test("of numbers that follow each other while they wait only the last is told", () => {
  const { mesh, heard, renew } = world();
  renew(2);
  mesh.settle(SOON_MS);
  heard.length = 0;
  for (const seqno of [3, 4, 5]) renew(seqno);
  mesh.settle(NUMBER_STEP_MS);
  expect(heard.filter((seqno) => seqno === 5)).toHaveLength(ORIGINS);
});

test("who has asked for a number does not wait, however many there are", () => {
  const { mesh, forger, origins, heard, renew } = world();
  renew(2);
  mesh.settle(SOON_MS);
  heard.length = 0;
  const id = origins[0]?.id as PeerId;
  const asked = { kind: ENTRY.request, origin: id, seqno: 3, hopLimit: 9, requestId: 1 };
  new Forger(mesh, 2, 0).say(asked);
  forger.say(forger.news(id, { seqno: 3, link: origins[0]?.link(3) }));
  mesh.settle(SOON_MS);
  expect(heard).toContain(3);
});

test("what changes more than its number is told at once, however many there are", () => {
  const { mesh, forger, origins, renew } = world();
  renew(2);
  mesh.settle(SOON_MS);
  const { id, link } = origins[1] as (typeof origins)[number];
  forger.say(forger.news(id, { seqno: 3, link: link(3), metric: 900 }));
  mesh.settle(SOON_MS);
  expect(mesh.router(2).route(id)?.metric).toBeGreaterThan(900);
});
