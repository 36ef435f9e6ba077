import { expect, test } from "vitest";
import type {
  ContactBody,
  DeviceBody,
  DevicesBody,
  ObjectBody,
  PeersBody,
} from "../../api/client/index.ts";
import { contactTable } from "./contacts.ts";
import { listText as deviceList, meansThisDevice } from "./device.ts";
import { listText as driveList } from "./drive.ts";
import { describePeers } from "./peers.ts";

/** Columns of a window as it opens. */
const COLUMNS = 80;
const ID = "fdfd6b9097fdd97c5955757aa2dd9ed7";
const ADDRESS = "fdfd:6b90:9fdd:97c5:9557:57aa:2dd9:ed7d";
const NAME = "winter-harbour";

const widest = (text: string): number =>
  Math.max(...text.split("\n").map((line) => [...line].length));

test("peers fit a window, each with its address", () => {
  const neighbour = {
    ...{ peerId: ID, address: ADDRESS, suspect: false, cost: 125, roundTripMs: 1_500 },
    ...{ deliveryRatio: 1, endpoints: ["tcp://192.0.2.7:47110"] },
  };
  const peer = {
    ...{ peerId: ID, address: ADDRESS, name: NAME, contact: null, hops: 12, metric: 4_000 },
    ...{ nextHop: ID, alternate: ID },
  };
  const text = describePeers({ neighbours: [neighbour], peers: [peer] } as unknown as PeersBody);
  expect(widest(text)).toBeLessThanOrEqual(COLUMNS);
  expect(text).toContain(`\n  ${ADDRESS}`);
  expect(text).toContain("tcp://192.0.2.7:47110");
});

test("contacts fit a window, also where there is a long story of how you met", () => {
  const contact = {
    ...{ petname: NAME, personId: ID, state: "asked", verified: false, blocked: false, hops: 12 },
    ...{ reachable: true, unreadCount: 1, howMet: "Their device showed your own word of it" },
  } as ContactBody;
  const text = contactTable([contact]);
  expect(widest(text)).toBeLessThanOrEqual(COLUMNS);
  expect(text).toContain("fdfd6b90");
  expect(text).not.toContain(ID);
});

test("what is stored fits a window, and its whole link stands below its name", () => {
  const link = `peernet:object/${"a".repeat(52)}`;
  const health = { alive: 40, holders: 12, layers: [{ isReadable: true }, { isReadable: false }] };
  const object = { name: "holiday-by-the-lake.jpeg", sizeBytes: 1_500_000, n: 40, link, health };
  const text = driveList([object as unknown as ObjectBody]);
  expect(widest(text)).toBeLessThanOrEqual(COLUMNS);
  expect(text.split("\n")).toEqual([
    "NAME                      SIZE    FRAGMENTS  READABLE       PEERS",
    "holiday-by-the-lake.jpeg  1.5 MB  40/40      1 of 2 layers  12",
    `  ${link}`,
  ]);
});

const DEVICE: DeviceBody = {
  ...{ peerId: ID, address: ADDRESS, name: "laptop", state: "standing", origin: "friends" },
  ...{ addedBy: "", addedAtMs: 0, vouchedBy: ["ben", "cleo", "eve"], isSelf: true },
  ...{ reachable: false, isForked: false, mayRevoke: true },
};

test("devices fit a window", () => {
  const body = { devices: [DEVICE], news: [], contact: "", holdsWords: true } as unknown;
  const text = deviceList(body as DevicesBody);
  expect(widest(text)).toBeLessThanOrEqual(COLUMNS);
  expect(text).toContain("here   vouched for by ben, cleo, eve");
});

test("whoever would revoke the device that they sit at is noticed, by any way to name it", () => {
  const phone = { ...DEVICE, isSelf: false, name: "phone", peerId: "ab12", address: "fdab::1" };
  const all = [DEVICE, phone];
  for (const text of ["laptop", " Laptop ", ID, "fdfd6b", ADDRESS.toUpperCase()]) {
    expect([text, meansThisDevice(all, text)]).toEqual([text, true]);
  }
  for (const text of ["phone", "ab12", "fdab::1", "", "nobody"]) {
    expect([text, meansThisDevice(all, text)]).toEqual([text, false]);
  }
  // One that is out already may be called as this one is.
  expect(meansThisDevice([{ ...phone, name: "laptop", state: "revoked" }, DEVICE], "laptop")).toBe(
    true,
  );
  expect(meansThisDevice([{ ...DEVICE, state: "revoked" }, phone], "laptop")).toBe(false);
});
