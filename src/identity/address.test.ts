import { isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../base/bytes.ts";
import { AssertionError } from "../base/errors.ts";
import { formatAddress, parseAddress, peerIdFromBytes, peerIdToBytes } from "./address.ts";

fc.configureGlobal({ seed: 1 });

/** Many zero groups, so that every way of shortening is met. */
const anyId = fc
  .array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 7, maxLength: 7 })
  .chain((groups) => fc.nat(0xff).map((low) => [0xfd00 | low, ...groups]))
  .map((groups) => groups.map((group) => group.toString(16).padStart(4, "0")).join(""));

describe("address as text", () => {
  test.each([
    ["fd000000000000000000000000000001", "fd00::1"],
    ["fd000000000000000000000000000000", "fd00::"],
    ["fdd20f4d74709ac2f493f1ad67408a7e", "fdd2:f4d:7470:9ac2:f493:f1ad:6740:8a7e"],
    ["fd010000000100010001000100010001", "fd01:0:1:1:1:1:1:1"],
    ["fd010000000000010000000000010001", "fd01::1:0:0:1:1"],
    ["fd010000000000010000000000000001", "fd01:0:0:1::1"],
  ])("RFC 5952: %s is %s", (id, text) => {
    expect(formatAddress(id)).toBe(text);
    expect(parseAddress(text)).toBe(id);
  });

  test("any id comes back, and its text is the one that URL parsers write", () => {
    fc.assert(
      fc.property(anyId, (id) => {
        const text = formatAddress(id);
        expect(isIPv6(text)).toBe(true);
        expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
        expect(parseAddress(text)).toBe(id);
        expect(parseAddress(id)).toBe(id);
      }),
    );
  });

  test.each([
    ["  FD00::1 ", "fd00::1"],
    ["fd00:0000:0000:0000:0000:0000:0000:0001", "fd00::1"],
    ["fd00:0:0:0:0:0:0:1", "fd00::1"],
    ["FD000000000000000000000000000001", "fd00::1"],
    ["fd00:1:2:3:4:5:6::", "fd00:1:2:3:4:5:6:0"],
  ])("%j is read as people write it", (typed, text) => {
    expect(formatAddress(parseAddress(typed) ?? "")).toBe(text);
  });

  test.each([
    "",
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "fd00::1::2",
    "fd00:1:2:3::4:5:6:7::8",
    "fd00:::1",
    "fd00::12345",
    "fd00::1%eth0",
    "fd00::192.0.2.1",
    "[fd00::1]",
    "fd00:1:2:3:4:5:6",
    "fd00:1:2:3:4:5:6:7:8",
    "fd00:1:2:3:4:5:6:7::",
    "fd00:1:2:3:4:5:6:",
    "fd0000000000000000000000000000001",
    "00fd0000000000000000000000000001",
    "fd00::g",
  ])("%j is no peer's address", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  test("random text gives an IPv6 address of fd00::/8 or nothing", () => {
    const unit = fc.constantFrom(..."fd0123456789:.%[] ");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 45 }), (text) => {
        const id = parseAddress(`fd${text}`);
        if (id === undefined) return;
        expect(id).toMatch(/^fd[0-9a-f]{30}$/);
        expect(isIPv6(`fd${text}`.trim()) || /^[0-9a-f]{32}$/.test(`fd${text}`.trim())).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("address as bytes", () => {
  test("comes back", () => {
    fc.assert(
      fc.property(anyId, (id) => {
        expect(toHex(peerIdToBytes(id))).toBe(id);
        expect(peerIdFromBytes(peerIdToBytes(id))).toBe(id);
      }),
    );
  });

  test("of another length is our own mistake", () => {
    expect(() => peerIdFromBytes(fromHex("fd00") ?? new Uint8Array())).toThrow(AssertionError);
    expect(() => peerIdToBytes("no id")).toThrow(AssertionError);
  });
});
