import { expect, test } from "vitest";
import type { PeerRecord } from "../identity/index.ts";
import type { NeighbourInfo } from "../link/index.ts";
import { failureGroups, storeWishes } from "./store-wishes.ts";

const ENDPOINTS: Readonly<Record<string, readonly string[]>> = {
  near: ["udp://203.0.113.9:1", "tcp://203.0.113.9:2", "udp://[2a01:4f8:c17::2]:1"],
  home: ["udp://192.168.1.9:1"],
};
const PERSONS: Readonly<Record<string, string>> = { near: "anna", home: "ben", far: "anna" };

const groups = failureGroups(
  {
    neighbour: (id) => {
      const endpoints = ENDPOINTS[id];
      return endpoints === undefined ? undefined : ({ endpoints } as NeighbourInfo);
    },
  },
  {
    record: (id) => {
      const personId = PERSONS[id];
      return personId === undefined ? undefined : ({ person: { personId } } as PeerRecord);
    },
  },
);

test("peers may fail together with those of the same person and those in the same network", () => {
  expect(groups("near")).toEqual(["of anna", "in 203.0.113.0/24", "in 2a01:4f8:c17::/48"]);
  expect(groups("home")).toEqual(["of ben"]);
  expect(groups("far")).toEqual(["of anna"]);
  expect(groups("unknown")).toEqual([]);
});

test("the store is told so, and how far a stranger is trusted", () => {
  const { facts } = storeWishes({}, undefined, (peer) => peer === "near", groups);
  expect(facts?.groups?.("far")).toEqual(["of anna"]);
  expect([facts?.trust?.("near"), facts?.trust?.("far")]).toEqual([1, 0.5]);
});
