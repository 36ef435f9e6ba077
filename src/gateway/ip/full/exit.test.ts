import { describe, expect, test } from "vitest";
import { ANNA, BERT, TestClock } from "../packets.fixture.ts";
import { ExitPackets, type UserMeter } from "./exit.ts";
import {
  frame,
  HOST_4,
  HOST_6,
  icmpBytes,
  ip,
  ipv4,
  ipv6,
  plain,
  tcpBytes,
  USER_4,
  USER_6,
  udpBytes,
} from "./full.fixture.ts";
import { LEASES_MAX } from "./limits.ts";
import { FullPacketReader } from "./packet.ts";

const ACK = 16;
const MTU = 1_420;

/** An exit with Bert as its user, and everything that it sends and writes. */
class ExitWorld {
  readonly sent: { readonly to: string; readonly bytes: Uint8Array }[] = [];
  readonly written: Uint8Array[] = [];
  readonly counted: [number, number][] = [];
  over: "quota" | "rate" | undefined;
  isFull = false;
  readonly meter: UserMeter = {
    judge: () => this.over,
    passed: (down, up) => this.counted.push([down, up]),
  };
  readonly exit: ExitPackets;

  constructor(names = true) {
    this.exit = new ExitPackets({
      ...{ clock: new TestClock(), names4: names, names6: names },
      datagrams: {
        send: (to, bytes) => {
          if (!this.isFull) this.sent.push({ to, bytes: bytes.slice() });
          return !this.isFull;
        },
      },
      network: {
        mtuBytes: MTU,
        write: (bytes) => {
          this.written.push(bytes.slice());
          return true;
        },
      },
    });
    this.exit.open(BERT, this.meter);
  }

  up(packet: Uint8Array, from = BERT): Readonly<Record<string, number>> {
    this.exit.fromPeer(from, plain(packet));
    return this.exit.counters.droppedIn;
  }

  down(packet: Uint8Array): Readonly<Record<string, number>> {
    const bytes = frame(packet);
    this.exit.fromNetwork(bytes, bytes.length);
    this.exit.flush();
    return this.exit.counters.droppedOut;
  }
}

function answer4(payload: Uint8Array, protocol = 17): Uint8Array {
  return ipv4(payload, { from: HOST_4, to: USER_4, protocol });
}

function read(bytes: Uint8Array, at: number): FullPacketReader {
  const reader = new FullPacketReader();
  expect(reader.read(bytes, at, bytes.length)).toBeUndefined();
  return reader;
}

describe("an exit", () => {
  test("hands packets of a user to the system as they are, and answers back, and counts both", () => {
    const world = new ExitWorld();
    const [up4, up6] = [ipv4(udpBytes(443)), ipv6(tcpBytes(2), 6)];
    world.up(up4);
    world.up(up6);
    expect(world.written.map((bytes) => bytes.slice(10))).toEqual([up4, up6]);
    expect(world.written.every((bytes) => bytes.slice(0, 10).every((byte) => byte === 0))).toBe(
      true,
    );
    const down = answer4(udpBytes(4_000, new Uint8Array(100)));
    world.down(down);
    expect(world.sent).toEqual([{ to: BERT, bytes: plain(down) }]);
    expect(world.counted).toEqual([
      [0, up4.length],
      [0, up6.length],
      [down.length, 0],
    ]);
    expect(world.exit.counters).toMatchObject({ sentPackets: 1, receivedPackets: 2 });
  });

  test("answers questions about names at its own address, and nothing else there", () => {
    const world = new ExitWorld();
    world.up(ipv4(udpBytes(53), { to: "198.18.0.1" }));
    world.up(ipv4(tcpBytes(2), { to: "198.18.0.1", protocol: 6 }), BERT);
    expect(world.written).toHaveLength(1);
    const later = ipv4(new Uint8Array(8), { to: "198.18.0.1", fragment: 2 });
    world.up(later);
    expect(world.up(ipv4(icmpBytes(8), { to: "198.18.0.1", protocol: 1 }))).toEqual({ private: 3 });
    const silent = new ExitWorld(false);
    expect(silent.up(ipv4(udpBytes(53), { to: "198.18.0.1" }))).toEqual({ private: 1 });
  });

  test("a full session loses a packet, and it is not counted", () => {
    const world = new ExitWorld();
    world.isFull = true;
    expect(world.down(answer4(udpBytes(4_000)))).toEqual({ congested: 1 });
    expect(world.counted).toEqual([]);
  });
});

describe("hostile users of an exit", () => {
  test.each([
    ["another user's address", ipv4(udpBytes(9), { from: "198.18.1.1" }), "spoofed"],
    ["the exit's address", ipv4(udpBytes(9), { from: "198.18.0.1" }), "spoofed"],
    [
      "an address of the exit's local network",
      ipv4(udpBytes(9), { from: "192.168.1.9" }),
      "spoofed",
    ],
    ["an address of the internet", ipv4(udpBytes(9), { from: HOST_4 }), "spoofed"],
    ["another user's IPv6 address", ipv6(tcpBytes(2), 6, "fc00:7065:6572:6e65::101"), "spoofed"],
    ["a peer's address", ipv6(tcpBytes(2), 6, "fd00::b"), "spoofed"],
  ])("sending by %s", (_name, packet, reason) => {
    const world = new ExitWorld();
    expect(world.up(packet)).toEqual({ [reason]: 1 });
    expect([world.written, world.sent, world.counted]).toEqual([[], [], []]);
  });

  test.each([
    "10.0.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "192.168.1.1",
    "172.31.0.1",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "198.18.1.1",
    "::1",
    "fe80::1",
    "ff02::1",
    "fd12::1",
    "fc00:7065:6572:6e65::101",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:c0a8:101::1",
  ])("reaching for %s, which is no internet", (to) => {
    const world = new ExitWorld();
    const packet = to.includes(":")
      ? ipv6(tcpBytes(2), 6, USER_6, to)
      : ipv4(tcpBytes(2), { to, protocol: 6 });
    expect(world.up(packet)).toEqual({ private: 1 });
    expect(world.written).toEqual([]);
    // The program there hears of it at once.
    expect(world.sent.map(({ bytes }) => read(bytes, 1).isIcmpError)).toEqual([true]);
  });

  test.each([
    ["nobody who was let in", plain(ipv4(udpBytes(9))), ANNA, "no-tunnel"],
    ["pieces", Uint8Array.of(0x12, 1, 2, 3), BERT, "unknown-kind"],
    ["nothing", new Uint8Array(0), BERT, "unknown-kind"],
    ["a packet larger than agreed", plain(ipv4(udpBytes(9, new Uint8Array(MTU)))), BERT, "too-big"],
    ["rubbish", Uint8Array.of(0x10, 0x45, 0), BERT, "truncated"],
  ])("%s", (_name, datagram, from, reason) => {
    const world = new ExitWorld();
    world.exit.fromPeer(from, datagram);
    expect(world.exit.counters.droppedIn).toEqual({ [reason]: 1 });
    expect(world.written).toEqual([]);
  });

  test("packets for somebody who has gone are dropped", () => {
    const world = new ExitWorld();
    world.exit.close(BERT, world.meter);
    expect(world.down(answer4(udpBytes(9)))).toEqual({ "no-tunnel": 1 });
    expect(world.up(ipv4(udpBytes(9)))).toEqual({ "no-tunnel": 1 });
    expect(world.exit.userCount).toBe(0);
  });

  test("the end of an old tunnel does not end the new one of the same user", () => {
    const world = new ExitWorld();
    const again: UserMeter = { judge: () => undefined, passed: () => undefined };
    const lease = world.exit.open(BERT, again);
    world.exit.close(BERT, world.meter);
    expect(lease?.address4).toEqual(ip(USER_4));
    expect(world.up(ipv4(udpBytes(9)))).toEqual({});
  });

  test("more of them than there are addresses", () => {
    const world = new ExitWorld();
    for (let at = 1; at < LEASES_MAX; at++) {
      expect(world.exit.open(`peer ${at}`, world.meter)).toBeDefined();
    }
    expect(world.exit.open("one more", world.meter)).toBeUndefined();
    world.exit.close("peer 7", world.meter);
    expect(world.exit.open("one more", world.meter)).toBeDefined();
  });
});

describe("a quota that is used up", () => {
  test("resets connections behind what is under way, and refuses the rest", () => {
    const world = new ExitWorld();
    const before = frame(answer4(tcpBytes(ACK, new Uint8Array(70)), 6));
    world.exit.fromNetwork(before, before.length);
    world.over = "quota";
    world.down(answer4(tcpBytes(ACK, new Uint8Array(50)), 6));
    expect(world.sent.map(({ bytes }) => read(bytes, 1).tcpFlags)).toEqual([ACK, 4 | ACK]);
    expect(world.written).toEqual([]);
    world.counted.splice(0);
    world.up(ipv4(tcpBytes(ACK), { protocol: 6 }));
    world.up(ipv4(udpBytes(9)));
    const [, , reset, refused] = world.sent.map(({ bytes }) => read(bytes, 1));
    expect([reset?.tcpFlags, refused?.isIcmpError]).toEqual([4, true]);
    expect(world.counted).toEqual([]);
    world.over = undefined;
    world.up(ipv6(tcpBytes(ACK), 6, USER_6, HOST_6));
    expect(world.counted).toHaveLength(1);
  });

  test("a rate only drops", () => {
    const world = new ExitWorld();
    world.over = "rate";
    expect(world.down(answer4(tcpBytes(ACK), 6))).toEqual({ rate: 1 });
    expect(world.up(ipv4(tcpBytes(ACK), { protocol: 6 }))).toEqual({ rate: 1 });
    expect([world.sent, world.written]).toEqual([[], []]);
  });
});
