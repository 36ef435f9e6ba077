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
import { Survey } from "./survey.ts";
import type { SurveyedNeighbour, SurveyedWay } from "./survey-codec.ts";

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
    frameBytes: 1_200,
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
      : { destination: id, metric: 1, hops: 1, nextHop, alternate: anna.id, record };
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
  expect(answers).toEqual([[{ id: carl.id, cost: 31, roundTripMs: 1, deliveryRatio: 1 }]]);
  net.leave(ben.id);
  survey.neighboursOf(ben.id, (found) => answers.push(found));
  expect(answers[1]).toEqual(answers[0]);
  clock.advance(SURVEY_FRESH_MS);
  survey.neighboursOf(ben.id, (found) => answers.push(found));
  settle();
  expect(answers[2]).toBeUndefined();
});

test("a peer tells its next hop with cost and backup, or that it has none", () => {
  const { survey, told, settle } = world([neighbour(carl.id, 31)]);
  const answers = new Map<string, SurveyedWay | undefined>();
  survey.wayAt(ben.id, carl.id, (way) => answers.set("carl", way));
  survey.wayAt(ben.id, anna.id, (way) => answers.set("anna", way));
  settle();
  const way = { nextHop: carl.id, cost: 31, alternate: anna.id };
  expect(answers.get("carl")).toEqual(way);
  expect(told.ownWay(carl.id)).toEqual(way);
  expect([...answers.keys()].sort()).toEqual(["anna", "carl"]);
  expect(answers.get("anna")).toBeUndefined();
});

test("what was measured of a link arrives, rounded; what was not is left out", () => {
  const links: NeighbourInfo[] = [
    { ...neighbour(carl.id, 31), roundTripMs: 12.3456, deliveryRatio: 0.98765 },
    { ...neighbour(anna.id, 40), roundTripMs: Number.NaN, deliveryRatio: 0 },
    { ...neighbour(ben.id, 41), roundTripMs: 1e12 },
  ];
  const { survey, settle } = world(links);
  let found: readonly SurveyedNeighbour[] | undefined;
  survey.neighboursOf(ben.id, (answer) => {
    found = answer;
  });
  settle();
  expect(found).toEqual([
    { id: carl.id, cost: 31, roundTripMs: 12.346, deliveryRatio: 0.988 },
    { id: anna.id, cost: 40, roundTripMs: undefined, deliveryRatio: 0 },
    { id: ben.id, cost: 41, roundTripMs: 3_600_000, deliveryRatio: 1 },
  ]);
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
