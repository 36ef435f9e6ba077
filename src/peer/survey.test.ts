import { expect, test } from "vitest";
import { SessionNet } from "../../test/support/session-net.ts";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { utf8 } from "../base/bytes.ts";
import {
  decodePeerRecord,
  encodePeerRecord,
  type PeerId,
  type PeerRecord,
} from "../identity/index.ts";
import type { LinkPort, NeighbourInfo } from "../link/index.ts";
import type { RouteInfo, RoutingPort } from "../routing/index.ts";
import type { SessionPort } from "../session/index.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import {
  SURVEY_FRESH_MS,
  SURVEY_NEIGHBOURS_MAX,
  SURVEY_SERVED_MAX,
  SURVEY_TIMEOUT_MS,
} from "./limits.ts";
import { Survey, type SurveyedNeighbour } from "./survey.ts";

const suite = createNodeSuite();

function recordOf(label: string): PeerRecord {
  const bytes = encodePeerRecord(testIdentity(suite, label), { name: label, seqno: 1 });
  return decodePeerRecord(suite, bytes);
}

function neighbour(id: PeerId, cost: number): NeighbourInfo {
  return {
    id,
    cost,
    roundTripMs: 1,
    deliveryRatio: 1,
    bitsPerSecond: 20_000_000,
    suspect: false,
    endpoints: [],
    heardAtMs: 0,
  };
}

function linkOf(neighbours: readonly NeighbourInfo[]): LinkPort {
  return {
    neighbours: () => neighbours,
    neighbour: (id) => neighbours.find((one) => one.id === id),
    sendControl: () => false,
    sendPacket: () => false,
  };
}

function routingOf(nextHops: ReadonlyMap<PeerId, PeerId>, record: PeerRecord): RoutingPort {
  const route = (id: PeerId): RouteInfo | undefined => {
    const nextHop = nextHops.get(id);
    return nextHop === undefined
      ? undefined
      : { destination: id, metric: 1, hops: 1, nextHop, alternate: undefined, record };
  };
  return {
    send: () => false,
    record: () => undefined,
    route,
    routes: () => [],
    payloadBytesMax: () => 1_152,
  };
}

const clock = new ManualClock();
const [anna, ben, carl] = [recordOf("anna"), recordOf("ben"), recordOf("carl")];

/** Anna asks Ben, who has these neighbours and sends everything for Carl to Carl. */
function world(neighbours: readonly NeighbourInfo[]) {
  const net = new SessionNet(testRandom(3));
  const nextHops = new Map([[carl.id, carl.id]]);
  const common = { clock, routing: routingOf(nextHops, carl) };
  const asking = net.join(anna);
  const survey = new Survey({ ...common, session: asking, link: linkOf([]) });
  const told = new Survey({ ...common, session: net.join(ben), link: linkOf(neighbours) });
  const settle = (): void => {
    while (net.busy) net.step();
  };
  return { net, survey, told, settle, asking };
}

test("a peer tells its neighbours, and the answer is good for a while", () => {
  const { net, survey, settle } = world([neighbour(carl.id, 31)]);
  const answers: (readonly SurveyedNeighbour[] | undefined)[] = [];
  survey.neighboursOf(ben.id, (found) => answers.push(found));
  settle();
  expect(answers).toEqual([[{ id: carl.id, cost: 31 }]]);
  net.leave(ben.id);
  survey.neighboursOf(ben.id, (found) => answers.push(found));
  expect(answers[1]).toEqual(answers[0]);
  clock.advance(SURVEY_FRESH_MS);
  survey.neighboursOf(ben.id, (found) => answers.push(found));
  settle();
  expect(answers[2]).toBeUndefined();
});

test("a peer tells its next hop, or that it has none", () => {
  const { survey, settle } = world([]);
  const answers: (PeerId | undefined)[] = [];
  survey.nextHopAt(ben.id, carl.id, (hop) => answers.push(hop));
  survey.nextHopAt(ben.id, anna.id, (hop) => answers.push(hop));
  settle();
  expect(answers.sort()).toEqual([carl.id, undefined]);
});

test("a peer never tells more neighbours than the limit", () => {
  const many = Array.from({ length: SURVEY_NEIGHBOURS_MAX + 1 }, (_, i) =>
    neighbour(`fd${i.toString(16).padStart(30, "0")}`, 20),
  );
  const { survey, settle } = world(many);
  let found: readonly SurveyedNeighbour[] | undefined;
  survey.neighboursOf(ben.id, (answer) => {
    found = answer;
  });
  settle();
  expect(found).toHaveLength(SURVEY_NEIGHBOURS_MAX);
});

test("silence is told after the timeout", () => {
  const { net, survey } = world([]);
  const answers: unknown[] = [];
  survey.neighboursOf(ben.id, (found) => answers.push(found));
  expect(survey.nextDeadlineMs()).toBe(clock.monotonicMs() + SURVEY_TIMEOUT_MS);
  clock.advance(SURVEY_TIMEOUT_MS);
  survey.tick();
  expect(answers).toEqual([undefined]);
  while (net.busy) net.step();
  expect(answers).toHaveLength(1);
  expect(survey.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
});

function askWith(asking: SessionPort, bytes: Uint8Array): { data: number; reason: string } {
  const seen = { data: 0, reason: "" };
  const stream = asking.openStream(ben.id, "survey", {
    onData: (chunk) => {
      seen.data += chunk.length;
    },
    onEnd: () => undefined,
    onDrain: () => undefined,
    onClose: (reason) => {
      seen.reason = reason;
    },
  });
  stream?.write(bytes);
  stream?.end();
  return seen;
}

/** Opens a stream with a question that never ends; tells how the stream ended. */
function askWithoutEnd(asking: SessionPort): { reason: string } {
  const seen = { reason: "" };
  asking
    .openStream(ben.id, "survey", {
      onData: () => undefined,
      onEnd: () => undefined,
      onDrain: () => undefined,
      onClose: (reason) => {
        seen.reason = reason;
      },
    })
    ?.write(Uint8Array.of(1));
  return seen;
}

test("a question that never ends is dropped in time, and only so many are heard at once", () => {
  const { asking, told, settle } = world([]);
  const open = Array.from({ length: SURVEY_SERVED_MAX }, () => askWithoutEnd(asking));
  settle();
  const late = askWithoutEnd(asking);
  settle();
  expect(open.every(({ reason }) => reason === "")).toBe(true);
  expect(late.reason).toBe("refused");
  expect(told.nextDeadlineMs()).toBe(clock.monotonicMs() + SURVEY_TIMEOUT_MS);
  clock.advance(SURVEY_TIMEOUT_MS);
  told.tick();
  settle();
  expect(open.every(({ reason }) => reason === "reset")).toBe(true);
  expect(told.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
});

test.each([
  ["noise", utf8("not a question at all")],
  ["nothing", new Uint8Array(0)],
  ["far too much", new Uint8Array(100_000)],
])("a malformed question is not answered: %s", (_what, bytes) => {
  const { asking, settle } = world([neighbour(carl.id, 31)]);
  const seen = askWith(asking, bytes);
  settle();
  expect(seen).toEqual({ data: 0, reason: "reset" });
});
