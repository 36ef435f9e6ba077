import type { NetworkInterfaceInfo } from "node:os";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  diallable,
  formatEndpoint,
  localInterfaces,
  parseEndpoint,
  reachableAddresses,
  sortEndpoints,
} from "./addresses.ts";

function info(address: string, internal = false, scopeid = 0): NetworkInterfaceInfo {
  const shared = { address, netmask: "", mac: "", internal, cidr: null };
  return address.includes(":")
    ? { ...shared, family: "IPv6", scopeid }
    : { ...shared, family: "IPv4" };
}

const LOOPBACK = { lo: [info("127.0.0.1", true), info("::1", true)] };

test.each([
  ["tcp://peer.example.org:4711", true, true],
  ["tcp://peer.example.org:4711", false, false],
  ["tcp://192.0.2.7:4711", false, true],
  ["tcp://192.0.2.7:65536", true, false],
  ["tcp://192.0.2.7:0", true, false],
  ["tcp://192.0.2.7", true, false],
])("%s can be dialled, by name %s: %s", (endpoint, byName, can) => {
  expect(diallable("tcp", endpoint, byName) !== undefined).toBe(can);
});

describe("endpoints", () => {
  test("parse and print the documented shapes", () => {
    expect(parseEndpoint("udp", "udp://[fe80::1%eth0]:4711")).toEqual({
      host: "fe80::1%eth0",
      port: 4711,
      family: 6,
    });
    expect(parseEndpoint("udp", "udp://192.0.2.7:4711")).toEqual({
      host: "192.0.2.7",
      port: 4711,
      family: 4,
    });
    expect(parseEndpoint("tcp", "tcp://peer.example.org:1")).toMatchObject({ family: 0 });
    expect(formatEndpoint("udp", "fe80::1%eth0", 4711)).toBe("udp://[fe80::1%eth0]:4711");
    expect(formatEndpoint("tcp", "::ffff:192.0.2.7", 80)).toBe("tcp://192.0.2.7:80");
  });

  test.each([
    "udp://192.0.2.7:65536",
    "udp://192.0.2.7",
    "udp://192.0.2:80",
    "udp://[192.0.2.7]:80",
    "udp://fe80::1:80",
    "udp://[fe80::1%]:80",
    "udp://[fe80::1%eth 0]:80",
    "tcp://192.0.2.7:80",
    "udp://:80",
    "",
  ])("refuse %j", (text) => {
    expect(parseEndpoint("udp", text)).toBeUndefined();
  });

  test("whatever is parsed prints to something that parses to the same", () => {
    const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
    fc.assert(
      fc.property(host, fc.integer({ min: 0, max: 65_535 }), (address, port) => {
        const parsed = parseEndpoint("udp", formatEndpoint("udp", address, port));
        if (parsed === undefined) return;
        expect(parseEndpoint("udp", formatEndpoint("udp", parsed.host, parsed.port))).toEqual(
          parsed,
        );
      }),
      { seed: 4711 },
    );
    fc.assert(
      fc.property(fc.string(), (text) => void parseEndpoint("udp", text)),
      { seed: 4711 },
    );
  });
});

describe("interfaces", () => {
  test("our own tunnel is left out, and a system that refuses to tell gives none", () => {
    const found = localInterfaces(() => ({ ...LOOPBACK, peernet0: [info("fd00::9")] }));
    expect(found.map((local) => local.name)).toEqual(["lo"]);
    const refusing = () => {
      throw new Error("not permitted");
    };
    expect(localInterfaces(refusing)).toEqual([]);
  });

  test("loopback is named only when it is alone", () => {
    const alone = localInterfaces(() => LOOPBACK);
    expect(reachableAddresses(alone, 4)).toEqual(["127.0.0.1"]);
    expect(reachableAddresses(alone, 6)).toEqual(["::1"]);
    const linked = localInterfaces(() => ({
      ...LOOPBACK,
      eth0: [info("10.0.0.5"), info("fe80::5", false, 2)],
      eth1: [info("198.51.100.5"), info("169.254.1.1")],
    }));
    expect(reachableAddresses(linked, 4)).toEqual(["198.51.100.5", "10.0.0.5", "169.254.1.1"]);
    expect(reachableAddresses(linked, 6)).toEqual(["fe80::5%eth0"]);
  });

  test("endpoints of both families come best first, without loopback and repeats", () => {
    const found = [
      { host: "::1", port: 1, family: 6 },
      { host: "10.0.0.5", port: 1, family: 4 },
      { host: "10.0.0.5", port: 1, family: 4 },
      { host: "2001:db8::5", port: 1, family: 6 },
    ] as const;
    expect(sortEndpoints("tcp", found)).toEqual(["tcp://[2001:db8::5]:1", "tcp://10.0.0.5:1"]);
    expect(sortEndpoints("tcp", found.slice(0, 1))).toEqual(["tcp://[::1]:1"]);
  });
});
