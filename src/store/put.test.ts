import { describe, expect, test } from "vitest";
import { makeStoreNet } from "../../test/support/store-net.ts";
import { toHex, utf8 } from "../base/bytes.ts";
import { pattern, put, STRIPE, type TestPut } from "./jobs.fixture.ts";
import type { TestNet, TestPeer } from "./net.fixture.ts";

/** Puts of all kinds, the ends of the links that they have always had, and what was on disk. */
const KEPT: readonly (TestPut & {
  readonly what: string;
  readonly bytes: number;
  readonly root: string;
  readonly disk: string;
})[] = [
  { what: "nothing", bytes: 0, root: "5uoxbea7wbze76xj5yjy", disk: "c6aa3d5f97f589640e1f" },
  { what: "one byte", bytes: 1, root: "vop2633rbgcyf3kpo7ly", disk: "08b7a7aa88aee8dfe7c4" },
  {
    what: "a stripe to the byte",
    bytes: STRIPE,
    k: 2,
    n: 5,
    root: "44my6uku5kqfnc6z3o6a",
    disk: "ab89c1bd0d0abb7dba89",
  },
  {
    what: "many short stripes",
    bytes: 9 * STRIPE + 77,
    k: 3,
    n: 6,
    root: "ikqup3fphmfn3vwnsde6",
    disk: "b9f5c18e1fda1d7331fd",
  },
  {
    what: "a reserve",
    bytes: 21 * STRIPE + 1,
    k: 20,
    n: 40,
    more: { nMax: 64 },
    root: "67scsm26i7p4irabsew5",
    disk: "1a9dfe140c9ba53cca11",
  },
];

/** One hash over all blocks and their keys. */
function hashOfDisk({ kit }: TestNet, { disk }: TestPeer): string {
  const parts = [...disk.blocks]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, block]) => [utf8(key), block]);
  return toHex(kit.suite.sha256(...parts)).slice(0, 20);
}

describe("a put of the same bytes makes the same object as ever", () => {
  test.each(KEPT)("$what", ({ bytes, root, disk, ...options }) => {
    const net = makeStoreNet();
    const peer = net.add({ stripeBytes: STRIPE });
    const link = put(net, peer, pattern(bytes), options);
    expect([link.slice(-20), hashOfDisk(net, peer)]).toEqual([root, disk]);
  });

  test("full stripes in layers", () => {
    const net = makeStoreNet();
    const peer = net.add();
    const layers = [
      { k: 3, role: "body", sizeBytes: 70_000 },
      { k: 10, role: "body", sizeBytes: 1_100_000 },
      { k: 20, role: "body", sizeBytes: undefined },
    ] as const;
    const options = { k: 20, n: 40, more: { nMax: 64, layers }, piece: 300_000 };
    const link = put(net, peer, pattern(4_000_001), options);
    expect([link.slice(-20), hashOfDisk(net, peer)]).toEqual([
      "2crbiwwathtec3tvwyhi",
      "f7fcd62f9ddaf093d8fa",
    ]);
  });
});
