import { describe, expect, test } from "vitest";
import {
  expectAgreed,
  meters,
  sharedUplink,
  type Terms,
  type UplinkPair,
  uplinkPair,
} from "../../test/support/uplink-pair.ts";
import { frame, HOST_4, ipv4, USER_4, udpBytes } from "./ip/full/full.fixture.ts";
import type { Lease } from "./ip/full/lease.ts";
import { FULL_TUNNEL_RETRY_MS, IN_FLIGHT_BYTES_MAX, READING_INTERVAL_MS } from "./limits.ts";

interface FullPair extends UplinkPair {
  readonly leases: Lease[];
  /** Packets that came out at the exit, and at the user. */
  readonly atExit: Uint8Array[];
  readonly atUser: Uint8Array[];
  state(): string;
  /** A packet of `byteCount` bytes from Ben's programs, and from the internet to them. */
  up(byteCount: number): void;
  down(byteCount: number, times?: number): void;
}

/** Ben's whole internet goes by Anna's uplink, where both have interfaces for that. */
function fullPair(terms: Terms = {}): FullPair {
  const setup = sharedUplink({ fullTunnel: true, ...terms });
  const { village, anna, ben } = setup;
  const [leases, atExit, atUser]: [Lease[], Uint8Array[], Uint8Array[]] = [[], [], []];
  const into = (list: Uint8Array[]): { write(bytes: Uint8Array): boolean; mtuBytes: number } => ({
    mtuBytes: 1_420,
    write: (bytes) => {
      list.push(bytes.slice(10));
      return true;
    },
  });
  const names = { names4: true, names6: false };
  const exit = anna.gateway.fullTunnel.openExit(into(atExit), names);
  anna.gateway.uplink.exit = exit;
  const user = ben.gateway.fullTunnel.openUser(into(atUser), (lease) => leases.push(lease));
  village.pass(0);
  village.settle();
  return {
    ...{ ...setup, leases, atExit, atUser },
    state: () => {
      const state = ben.gateway.fullTunnel.state;
      return state?.t === "blocked" ? state.words : `${state?.t} ${state?.notice ?? ""}`.trim();
    },
    up: (byteCount) => {
      const bytes = frame(ipv4(udpBytes(443, new Uint8Array(byteCount - 28))));
      user.fromNetwork(bytes, bytes.length);
      user.flush();
      village.settle();
    },
    down: (byteCount, times = 1) => {
      const data = udpBytes(4_000, new Uint8Array(byteCount - 28));
      const bytes = frame(ipv4(data, { from: HOST_4, to: USER_4 }));
      for (let count = 0; count < times; count++) exit.fromNetwork(bytes, bytes.length);
      exit.flush();
      village.settle();
    },
  };
}

describe("a full tunnel", () => {
  test("gives addresses, carries packets both ways, and both sign what passed", () => {
    const pair = fullPair();
    expect(pair.state()).toBe("up");
    expect(pair.leases).toMatchObject([{ mtuBytes: 1_420, names4: true, names6: false }]);
    pair.up(100);
    pair.down(1_000);
    pair.down(1_400);
    expect([pair.atExit, pair.atUser].map((list) => list.map(({ length }) => length))).toEqual([
      [100],
      [1_000, 1_400],
    ]);
    pair.ben.gateway.fullTunnel.closeUser();
    pair.village.settle();
    expect(pair.ben.gateway.fullTunnel.state).toBeUndefined();
    expect(pair.anna.gateway.fullTunnel.exit?.userCount).toBe(0);
    expectAgreed(pair, 100, 2_400);
  });

  test("is refused in words, asked for again, and begins when it is shared", () => {
    const pair = fullPair({ fullTunnel: false });
    expect(pair.state()).toContain("Ask for: peernet gateway share --to <you> --full-tunnel");
    pair.up(100);
    expect(pair.atExit).toEqual([]);
    // The program hears of it.
    expect(pair.atUser).toHaveLength(1);
    pair.share({ fullTunnel: true });
    pair.village.pass(FULL_TUNNEL_RETRY_MS);
    pair.village.settle();
    expect(pair.state()).toBe("up");
  });

  test("ends when it is shared no longer, and nothing passes meanwhile", () => {
    const pair = fullPair();
    pair.village.outcome((done) => pair.anna.gateway.uplink.shareNothing(done));
    pair.village.settle();
    expect(pair.state()).toContain("has ended");
    pair.up(100);
    pair.down(100);
    expect([pair.atExit.length, pair.anna.gateway.connectionCount]).toEqual([0, 0]);
    pair.village.pass(FULL_TUNNEL_RETRY_MS);
    pair.village.settle();
    expect(pair.state()).toContain("anna does not share an uplink with you");
  });

  test("is not shared where the exit has no interface for it", () => {
    const setup = uplinkPair({ fullTunnel: true });
    setup.share();
    const decision = setup.anna.gateway.uplink.decideFull(setup.ben.record);
    expect(decision).toEqual({ refusal: "no-full-tunnel" });
  });

  test("comes back by itself after a cut, with the same addresses", () => {
    const pair = fullPair();
    pair.village.sessions.cut(pair.anna.record.id, pair.ben.record.id);
    pair.village.settle();
    expect(pair.state()).toContain("has ended");
    pair.village.pass(FULL_TUNNEL_RETRY_MS);
    pair.village.settle();
    expect(pair.state()).toBe("up");
    expect(pair.leases[1]).toEqual(pair.leases[0]);
  });

  test("a quota that is used up: told once, in words, and packets pass again when it is raised", () => {
    const pair = fullPair({ quotaBytes: 2_000 });
    pair.down(1_400);
    pair.down(1_400);
    pair.down(1_400);
    expect(pair.state()).toBe("up quota");
    const words = pair.ben.gateway.refusals.all().map((one) => one.words);
    expect(words).toEqual([expect.stringContaining("used up for today")]);
    expect(pair.atUser.filter(({ length }) => length === 1_400)).toHaveLength(1);
    // A smaller one would fit, but its connection is over.
    pair.up(500);
    expect(pair.atExit).toHaveLength(0);
    pair.share({ quotaBytes: 10_000, fullTunnel: true });
    pair.down(1_400);
    expect(pair.atUser.filter(({ length }) => length === 1_400)).toHaveLength(2);
    pair.ben.gateway.fullTunnel.closeUser();
    pair.village.settle();
    expectAgreed(pair, 0, 2_800);
  });

  test("a rate drops what is too much", () => {
    const pair = fullPair({ rateBits: 80_000 });
    for (let count = 0; count < 10; count++) pair.down(1_000);
    const atOnce = pair.atUser.length;
    expect(atOnce).toBeLessThan(4);
    pair.village.pass(200);
    pair.down(1_000);
    expect(pair.atUser).toHaveLength(atOnce + 1);
  });
});

describe("readings of packets that may get lost", () => {
  test("agree on what arrived, however much was lost over time", () => {
    const pair = fullPair();
    let count = 0;
    // One of five is lost: over all readings more than can be in flight at a time.
    pair.village.sessions.losesDatagram = () => count++ % 5 === 4;
    for (let turn = 0; turn < 40; turn++) {
      pair.down(1_400, 500);
      pair.village.pass(READING_INTERVAL_MS);
      pair.village.settle();
    }
    const { exit, user } = meters(pair);
    expect(exit.sentBytes - user.receivedBytes).toBeGreaterThan(IN_FLIGHT_BYTES_MAX);
    expect([exit.isDisputed, user.isDisputed]).toEqual([false, false]);
    expect(exit.last?.downBytes).toBe(user.receivedBytes);
    expect(user.last).toEqual(exit.last);
  });

  test("a user that claims to have got next to nothing is not believed", () => {
    const pair = fullPair();
    pair.up(100);
    pair.village.sessions.losesDatagram = () => true;
    pair.down(1_400, 5_000);
    pair.village.pass(READING_INTERVAL_MS);
    pair.village.settle();
    expect(meters(pair).exit.isDisputed).toBe(true);
  });
});

test("whether packets are shared and used is kept over a restart", () => {
  const pair = fullPair();
  const { personId } = pair.anna.identity.person;
  pair.village.outcome((done) => pair.ben.gateway.uplink.use(personId, done, true));
  const anna = pair.village.add("anna", pair.anna.disk);
  const ben = pair.village.add("ben", pair.ben.disk);
  for (const { gateway } of [anna, ben]) gateway.load(() => undefined);
  pair.village.settle();
  expect(anna.gateway.uplink.settings().shares[0]?.fullTunnel).toBe(true);
  expect(ben.gateway.uplink.settings()).toMatchObject({ fullTunnel: true });
});
