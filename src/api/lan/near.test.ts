import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../../adapters/node/crypto.ts";
import { parseIp } from "../../gateway/index.ts";
import { groupAddressOf } from "../../groups/index.ts";
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

  test("no link leads to this peer's own address in the mesh, however it is written", () => {
    expect(isOffered(MESH, MESH)).toBe(false);
    expect(isOffered("fd00:0:0::5", "fd00::5")).toBe(false);
    expect(isOffered("fd00::6", "fd00::5")).toBe(true);
  });

  test("members of a group are not near to each other, nor the two ends of a full tunnel", () => {
    const suite = createNodeSuite();
    const text = (hex: string): string => (hex.match(/.{4}/g) ?? []).join(":");
    const [ours = "", theirs = ""] = ["fd".padEnd(32, "1"), "fd".padEnd(32, "2")].map((device) =>
      text(groupAddressOf(suite, "ab".repeat(16), device)),
    );
    // One network, as the tun interface has it: what comes out of it must not pass for somebody on the local network.
    expect(parseIp(ours)?.subarray(0, 8)).toEqual(parseIp(theirs)?.subarray(0, 8));
    expect([isNear(ours, theirs, MESH), isOffered(ours, MESH)]).toEqual([false, false]);
    expect(isNear("fc00:7065:6572:6e65::1", "fc00:7065:6572:6e65::100", MESH)).toBe(false);
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
      expect([address, isOffered(address, MESH)]).toEqual([address, offered]);
    }
    expect(hostOf("FD00:0:0::2")).toBe("[fd00::2]");
    expect(hostOf("192.168.1.5")).toBe("192.168.1.5");
    expect(undressed("::ffff:10.0.0.1")).toBe("10.0.0.1");
    expect(undressed("::ffff:0a00:1")).toBe("::ffff:0a00:1");
  });
});
