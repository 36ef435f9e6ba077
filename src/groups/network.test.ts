import { expect, test } from "vitest";
import { suite } from "../../test/support/hamlet.ts";
import { toHex } from "../base/bytes.ts";
import { groupAddressOf, groupNetworkOf, NETWORK_BITS } from "./network.ts";

const coop = "00112233445566778899aabbccddeeff";
const choir = "00112233445566778899aabbccddeefe";
const anna = "fd000000000000000000000000000001";
const ben = "fd000000000000000000000000000002";

test("a group's addresses are what they were: other peers make them as well", () => {
  expect(toHex(groupNetworkOf(suite, coop))).toBe("fc0ca4efd97ab8910000000000000000");
  expect(groupAddressOf(suite, coop, anna)).toBe("fc0ca4efd97ab891591012f95e6b2e7a");
});

test("all of one group begin the same, and no two are the same", () => {
  const digits = NETWORK_BITS / 4;
  const all = [coop, choir].flatMap((group) =>
    [anna, ben].map((device) => groupAddressOf(suite, group, device)),
  );
  expect(new Set(all).size).toBe(4);
  expect(all.map((each) => each.slice(0, 2))).toEqual(["fc", "fc", "fc", "fc"]);
  const networks = all.map((each) => each.slice(0, digits));
  expect(networks[0]).toBe(networks[1]);
  expect(networks[2]).toBe(networks[3]);
  expect(networks[0]).not.toBe(networks[2]);
  expect(new Set(all.map((each) => each.slice(digits))).size).toBe(4);
});
