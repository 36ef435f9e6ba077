import { describe, expect, test } from "vitest";
import { ANNA, BERT, TestClock } from "../packets.fixture.ts";
import {
  frame,
  HOST_4,
  HOST_6,
  icmpBytes,
  ipv4,
  ipv6,
  plain,
  tcpBytes,
  USER_4,
  USER_6,
  udpBytes,
} from "./full.fixture.ts";
import { addressesOf } from "./lease.ts";
import { FullPacketReader } from "./packet.ts";
import { UserPackets } from "./user.ts";

/** A user of Anna's exit, and everything that it sends and writes. */
class UserWorld {
  readonly sent: { readonly to: string; readonly bytes: Uint8Array }[] = [];
  readonly written: Uint8Array[] = [];
  readonly counted: [number, number][] = [];
  isFull = false;
  readonly user: UserPackets;

  constructor() {
    this.user = new UserPackets({
      clock: new TestClock(),
      datagrams: {
        send: (to, bytes) => {
          if (!this.isFull) this.sent.push({ to, bytes: bytes.slice() });
          return !this.isFull;
        },
      },
      network: {
        mtuBytes: 1_420,
        write: (bytes) => {
          this.written.push(bytes.slice());
          return true;
        },
      },
    });
    const lease = { ...addressesOf(0), mtuBytes: 1_420, names4: true, names6: true };
    const passed = (sent: number, received: number): void => {
      this.counted.push([sent, received]);
    };
    this.user.exit = { peer: ANNA, lease, passed };
  }

  out(packet: Uint8Array): boolean {
    const bytes = frame(packet);
    const isFine = this.user.fromNetwork(bytes, bytes.length);
    this.user.flush();
    return isFine;
  }

  in(packet: Uint8Array, from = ANNA): Readonly<Record<string, number>> {
    this.user.fromPeer(from, plain(packet));
    return this.user.counters.droppedIn;
  }
}

const back = { from: HOST_4, to: USER_4 };

describe("a user of an exit", () => {
  test("sends everything there, gets answers, and counts both", () => {
    const world = new UserWorld();
    const [up4, up6] = [ipv4(udpBytes(443)), ipv6(tcpBytes(2), 6)];
    expect([world.out(up4), world.out(up6)]).toEqual([true, true]);
    expect(world.sent).toEqual([up4, up6].map((packet) => ({ to: ANNA, bytes: plain(packet) })));
    const down = ipv4(udpBytes(4_000), back);
    world.in(down);
    expect(world.written.map((bytes) => bytes.slice(10))).toEqual([down]);
    expect(world.counted).toEqual([
      [up4.length, 0],
      [up6.length, 0],
      [0, down.length],
    ]);
  });

  test("without an exit nothing leaves, and programs hear of it at once", () => {
    const world = new UserWorld();
    world.user.exit = undefined;
    world.out(ipv4(tcpBytes(2), { protocol: 6 }));
    world.out(ipv6(icmpBytes(128), 58));
    expect([world.sent, world.counted]).toEqual([[], []]);
    const reader = new FullPacketReader();
    for (const bytes of world.written) {
      expect(reader.read(bytes, 10, bytes.length)).toBeUndefined();
      expect(reader.isIcmpError).toBe(true);
    }
    expect(world.written).toHaveLength(2);
    expect(world.in(ipv4(udpBytes(9), back))).toEqual({ "no-tunnel": 1 });
  });

  test("keeps to itself what goes to many, and what comes from other addresses", () => {
    const world = new UserWorld();
    world.out(ipv4(udpBytes(5_353), { to: "224.0.0.251" }));
    world.out(ipv4(udpBytes(67), { to: "255.255.255.255" }));
    world.out(ipv6(icmpBytes(128), 58, USER_6, "ff02::1"));
    world.out(ipv4(udpBytes(9), { from: "192.168.1.7" }));
    expect(world.sent).toEqual([]);
    expect(world.user.counters.droppedOut).toEqual({ "not-for-us": 3, spoofed: 1 });
  });

  test("takes no packet that is larger than agreed", () => {
    const world = new UserWorld();
    world.out(ipv4(udpBytes(443, new Uint8Array(20_000))));
    expect([world.sent, world.user.counters.droppedOut]).toEqual([[], { "too-big": 1 }]);
  });

  test("a full session says so, and nothing is counted", () => {
    const world = new UserWorld();
    world.isFull = true;
    world.out(ipv4(udpBytes(443)));
    expect(world.user.counters.droppedOut).toEqual({ congested: 1 });
    expect(world.counted).toEqual([]);
  });
});

describe("a hostile exit", () => {
  test.each([
    [
      "speaking for a machine of our local network",
      ipv4(udpBytes(9), { ...back, from: "192.168.1.1" }),
      "private",
    ],
    ["speaking for ourselves", ipv4(udpBytes(9), { ...back, from: "127.0.0.1" }), "private"],
    ["speaking for a peer", ipv6(tcpBytes(2), 6, "fd00::1", USER_6), "private"],
    [
      "sending to a machine behind us",
      ipv4(udpBytes(9), { ...back, to: "192.168.1.7" }),
      "not-for-us",
    ],
    ["sending to another user", ipv4(udpBytes(9), { ...back, to: "198.18.1.1" }), "not-for-us"],
    ["sending to our other addresses", ipv6(tcpBytes(2), 6, HOST_6, "fd00::b"), "not-for-us"],
    ["a redirect", ipv4(icmpBytes(5), { ...back, protocol: 1 }), "icmp-type"],
    ["a larger packet than agreed", ipv4(udpBytes(9, new Uint8Array(1_400)), back), "too-big"],
  ])("%s", (_name, packet, reason) => {
    const world = new UserWorld();
    expect(world.in(packet)).toEqual({ [reason]: 1 });
    expect([world.written, world.counted]).toEqual([[], []]);
  });

  test("an error of a router with a private address is believed as an error", () => {
    const world = new UserWorld();
    world.in(ipv4(icmpBytes(11), { ...back, from: "10.0.0.1", protocol: 1 }));
    world.in(ipv4(udpBytes(4_000), { ...back, from: "198.18.0.1" }));
    expect(world.written).toHaveLength(2);
  });

  test("somebody who is not the exit in use", () => {
    const world = new UserWorld();
    expect(world.in(ipv4(udpBytes(9), back), BERT)).toEqual({ "no-tunnel": 1 });
    world.user.fromPeer(ANNA, Uint8Array.of(0x11, 1));
    expect(world.user.counters.droppedIn).toEqual({ "no-tunnel": 1, "unknown-kind": 1 });
  });
});
