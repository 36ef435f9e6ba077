import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WireError } from "../../../wire/index.ts";
import { isInternetAddress } from "../../addresses.ts";
import {
  addressesOf,
  decodeLease,
  encodeLease,
  isExitAddress,
  LEASE_BYTES,
  type Lease,
  LeasePool,
  placeOf,
} from "./lease.ts";
import { LEASE_MTU_BYTES_MAX, LEASE_MTU_BYTES_MIN, LEASES_MAX } from "./limits.ts";

const lease: Lease = { ...addressesOf(0), mtuBytes: 1_420, names4: true, names6: false };

describe("addresses", () => {
  test("of every place lead back to it, and are no internet and not the exit's", () => {
    for (const place of [0, 1, 255, 256, LEASES_MAX - 1]) {
      const { address4, address6 } = addressesOf(place);
      expect([placeOf(address4, 0, 4), placeOf(address6, 0, 16)]).toEqual([place, place]);
      for (const address of [address4, address6]) {
        expect(isInternetAddress(address)).toBe(false);
        expect(isExitAddress(address, 0, address.length)).toBe(false);
      }
    }
    expect(placeOf(addressesOf(LEASES_MAX).address4, 0, 4)).toBe(-1);
    expect(placeOf(Uint8Array.of(192, 168, 1, 1), 0, 4)).toBe(-1);
    expect(placeOf(Uint8Array.of(198, 18, 0, 1), 0, 4)).toBe(-1);
  });
});

describe("leases", () => {
  test("come out as they went in", () => {
    const places = fc.integer({ min: 0, max: LEASES_MAX - 1 });
    const sizes = fc.integer({ min: LEASE_MTU_BYTES_MIN, max: LEASE_MTU_BYTES_MAX });
    fc.assert(
      fc.property(places, sizes, fc.boolean(), fc.boolean(), (place, mtuBytes, names4, names6) => {
        const one = { ...addressesOf(place), mtuBytes, names4, names6 };
        expect(encodeLease(one)).toHaveLength(LEASE_BYTES);
        expect(decodeLease(encodeLease(one))).toEqual(one);
      }),
    );
  });

  const bytes = encodeLease(lease);
  const with4 = (...address: number[]): Uint8Array => {
    const changed = bytes.slice();
    changed.set(address, 4);
    return changed;
  };
  test.each([
    ["an address of a local network", with4(192, 168, 1, 1)],
    ["an address of the internet", with4(8, 8, 8, 8)],
    ["the exit's own", with4(198, 18, 0, 1)],
    ["packets too small", encodeLease({ ...lease, mtuBytes: LEASE_MTU_BYTES_MIN - 1 })],
    ["packets too large", encodeLease({ ...lease, mtuBytes: LEASE_MTU_BYTES_MAX + 1 })],
    ["another version", Uint8Array.of(2, ...bytes.slice(1))],
    ["flags that nobody knows", Uint8Array.of(1, 4, ...bytes.slice(2))],
    ["bytes that follow", Uint8Array.of(...bytes, 0)],
    ["bytes that are missing", bytes.slice(0, -1)],
  ])("with %s are refused", (_name, wrong) => {
    expect(() => decodeLease(wrong)).toThrow(WireError);
  });
});

describe("the pool", () => {
  test("has a place for each of so many, and the same again for who comes back", () => {
    const pool = new LeasePool();
    const taken = Array.from({ length: LEASES_MAX }, (_, at) =>
      pool.take(`peer ${at}`, () => true),
    );
    expect(new Set(taken).size).toBe(LEASES_MAX);
    expect(pool.take("one more", () => true)).toBeUndefined();
    expect(pool.take("peer 3", () => true)).toBe(taken[3]);
  });

  test("gives the place of who was away longest", () => {
    const pool = new LeasePool();
    for (let at = 0; at < LEASES_MAX; at++) pool.take(`peer ${at}`, () => true);
    pool.take("peer 0", () => true);
    expect(pool.take("new", (place) => place !== 0 && place !== 1)).toBe(1);
    expect(pool.take("newer", (place) => place !== 0 && place !== 1)).toBe(0);
  });
});
