import { expect, test } from "vitest";
import { peerAnswers } from "./room-events.ts";
import type { Rooms } from "./rooms.ts";

/** Rooms of which each notes that it was told. */
function rooms(told: string[], knows: boolean): Rooms {
  const room = (name: string) => ({ peerReachable: (id: string) => told.push(`${name} ${id}`) });
  const names = ["messages", "folders", "groups", "money", "communities", "contacts", "store"];
  return {
    ...Object.fromEntries(names.map((name) => [name, room(name)])),
    routing: { record: () => (knows ? {} : undefined) },
  } as unknown as Rooms;
}

test("rooms in which something may wait hear that a peer answers, once they are open", () => {
  const told: string[] = [];
  peerAnswers({ isOpen: () => false }, rooms(told, true), "ben");
  peerAnswers({ isOpen: () => true }, rooms(told, false), "ben");
  expect(told).toEqual([]);
  peerAnswers({ isOpen: () => true }, rooms(told, true), "ben");
  expect(told).toEqual(
    ["messages", "folders", "groups", "money", "communities"].map((name) => `${name} ben`),
  );
});
