import { expect, test } from "vitest";
import type { MapBody, TraceBody } from "../../api/client/index.ts";
import { drawMap } from "./map.ts";
import { describeExplanation, describeTrace } from "./ways.ts";

const hop = {
  ...{ peerId: "fd01", name: "Anna", cost: 25, roundTripMs: 1.25, addedMs: 1.25 },
  backup: { peerId: "fd02", name: "Ben\u0007" },
};

test("a trace shows cost, delay and backup of each hop, and nothing that moves the cursor", () => {
  const far = { ...hop, name: "Carl", cost: 31, roundTripMs: null, addedMs: null, backup: null };
  const trace: TraceBody = { hops: [hop, far], complete: true };
  expect(describeTrace(trace).split("\n")).toEqual([
    "HOP  NAME  ID    COST  ROUND TRIP  OF THAT HERE  BACKUP",
    "1    Anna  fd01  25    1.3 ms      +1.3 ms       Ben·",
    "2    Carl  fd01  31    no answer   -             none",
    "2 hops, cost 56",
  ]);
  expect(describeTrace({ hops: [hop], complete: true })).toContain("\n1 hop, cost 25");
  const lost = "The way could not be followed to its end.";
  expect(describeTrace({ hops: [], complete: false })).toBe(lost);
  expect(describeTrace({ hops: [hop], complete: false }).endsWith(lost)).toBe(true);
});

test("an explanation is told in words, then the offers", () => {
  const body = {
    ...{ to: "carl", peerId: "fd03", name: "Carl", verdict: "reachable" as const },
    ...{ summary: "Carl is near.", advice: "", feasibleDistance: null, requestedSeqno: null },
    candidates: [
      {
        ...{ neighbour: "fd01", name: "Anna", metric: 10, total: 35, hops: 2, feasible: true },
        ...{
          suspect: false,
          viaUs: false,
          proven: true,
          role: "in use" as const,
          why: "the least",
        },
      },
    ],
  };
  expect(describeExplanation(body).split("\n")).toEqual([
    "Carl is near.",
    "",
    "OVER  HOPS  COST  ROLE    WHY",
    "Anna  2     35    in use  the least",
  ]);
  const alone = { ...body, advice: "Wait.", candidates: [] };
  expect(describeExplanation(alone)).toBe("Carl is near.\nWait.");
});

test("the map shows the link that leads to each peer, and the others with their cost", () => {
  const peer = (peerId: string, name: string) => ({ peerId, name, hops: 1, contact: null });
  const link = (a: string, b: string, cost: number, roundTripMs: number | null) => ({
    ...{ a, b, cost, roundTripMs, deliveryRatio: 0.985 },
  });
  const map: MapBody = {
    self: "s",
    peers: [peer("s", "Me"), peer("a", "Anna"), peer("b", "Ben"), peer("x", "Xaver")],
    links: [link("a", "s", 25, 1.2), link("b", "s", 31, null), link("a", "b", 40, 3)],
  };
  expect(drawMap(map).split("\n")).toEqual([
    "Me (here)",
    "├─ Anna   cost 25, 1.2 ms, 99 %   (also linked to Ben, cost 40)",
    "└─ Ben   cost 31, 99 %   (also linked to Anna, cost 40)",
    "In reach, place not known yet: Xaver",
  ]);
});
