import { describe, expect, test } from "vitest";
import { hostOf, isNear, isOffered, undressed } from "./near.ts";

const MESH = "fd12:3456:789a:bcde:f012:3456:789a:bcde";

describe("who is near on a local network", () => {
  test("over IPv4: both ends in networks of one's own, whatever a socket calls them", () => {
    for (const [local, remote, near] of [
      ["192.168.1.5", "192.168.1.9", true],
      ["::ffff:192.168.1.5", "::ffff:10.2.3.4", true],
      ["::ffff:127.0.0.1", "::ffff:127.0.0.1", true],
      ["::ffff:192.168.1.5", "::ffff:8.8.8.8", false],
      ["8.8.8.8", "192.168.1.9", false],
      ["192.168.1.5", "", false],
      ["", "", false],
    ] as const) {
      expect([local, remote, isNear(local, remote, MESH)]).toEqual([local, remote, near]);
    }
  });

  test("over IPv6: both ends on one link, and not of the mesh", () => {
    for (const [local, remote, near] of [
      ["fd00::2", "fd00::7", true],
      ["2001:db8:1:2::5", "2001:db8:1:2:aaaa::9", true],
      ["::1", "::1", true],
      ["2001:db8:1:2::5", "2001:db8:1:3::5", false],
      ["fd00::2", "fd00:0:0:1::2", false],
      ["fe80::1", "fe80::2", false],
      ["fe80::1%eth0", "fe80::2%eth0", false],
      ["::1", "fd00::2", false],
      ["fd00::2", "::ffff:192.168.1.9", false],
      [MESH, "fd12:3456:789a:bcde::1", false],
      ["fd12:3456:789a:bcdf::1", MESH, false],
      ["ff02::1", "ff02::1", false],
    ] as const) {
      expect([local, remote, isNear(local, remote, MESH)]).toEqual([local, remote, near]);
    }
  });

  test("links are shown to addresses that a browser can be told", () => {
    for (const [address, offered] of [
      ["192.168.1.5", true],
      ["203.0.113.9", false],
      ["fd00::2", true],
      ["2001:db8::5", true],
      ["fe80::1", false],
      ["fe80::1%eth0", false],
      ["::1", false],
    ] as const) {
      expect([address, isOffered(address)]).toEqual([address, offered]);
    }
    expect(hostOf("FD00:0:0::2")).toBe("[fd00::2]");
    expect(hostOf("192.168.1.5")).toBe("192.168.1.5");
    expect(undressed("::ffff:10.0.0.1")).toBe("10.0.0.1");
    expect(undressed("::ffff:0a00:1")).toBe("::ffff:0a00:1");
  });
});
