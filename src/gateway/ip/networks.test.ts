import { describe, expect, test } from "vitest";
import { concatBytes, toHex } from "../../base/bytes.ts";
import type { PeerId } from "../../identity/index.ts";
import {
  ANNA,
  BERT,
  CARL,
  echo,
  hex,
  icmp,
  type PacketChoices,
  SYN,
  TunnelWorld,
  tcp,
  udp,
} from "./packets.fixture.ts";

const OWN = "fcaaaaaaaaaaaaaa000000000000000a";
const THEIRS = "fcaaaaaaaaaaaaaa000000000000000b";
const OTHER_OWN = "fcbbbbbbbbbbbbbb000000000000000a";
const OTHER_THEIRS = "fcbbbbbbbbbbbbbb000000000000000c";
const OUT: PacketChoices = { from: OWN, to: THEIRS };
const IN: PacketChoices = { from: THEIRS, to: OWN };

/** Anna is with Bert in one group, and with Carl in another. */
class GroupWorld extends TunnelWorld {
  readonly asked: string[];
  readonly members: Map<string, PeerId>;

  constructor() {
    const members = new Map([
      [`${OWN} ${THEIRS}`, BERT],
      [`${OTHER_OWN} ${OTHER_THEIRS}`, CARL],
    ]);
    const asked: string[] = [];
    super({
      mayEnter: (from, protocol, port) => {
        asked.push(`${from} ${protocol} ${port}`);
        return protocol === "icmp" || (from === BERT && port === 22);
      },
      networks: {
        deviceAt: (own, theirs) => members.get(`${own} ${theirs}`),
        deviceOf: (address) => [...members].find(([pair]) => pair.endsWith(` ${address}`))?.[1],
      },
    });
    this.members = members;
    this.asked = asked;
  }
}

describe("packets between addresses of one group", () => {
  test("go to the device of the member, and come from it", () => {
    const world = new GroupWorld();
    world.out(udp(5_000, 53, undefined, OUT));
    expect(world.sent).toEqual([
      { to: BERT, bytes: concatBytes(hex("10"), udp(5_000, 53, undefined, OUT)) },
    ]);
    world.in(udp(53, 5_000, undefined, IN));
    expect(world.written).toHaveLength(1);
    expect(world.droppedIn).toEqual({});
  });

  test("begin only what the rules let the device begin, and the answer goes there", () => {
    const world = new GroupWorld();
    world.in(tcp(5_000, 22, SYN, undefined, IN));
    world.in(tcp(5_000, 23, SYN, undefined, IN));
    expect(world.written).toHaveLength(1);
    expect(world.asked).toEqual([`${BERT} tcp 22`, `${BERT} tcp 23`]);
    const [answer] = world.sent;
    expect(answer?.to).toBe(BERT);
    expect(toHex(answer?.bytes.subarray(9, 25) ?? hex(""))).toBe(OWN);
  });

  test("are not those of anybody else: not with one end outside, nor of two groups", () => {
    const world = new GroupWorld();
    const strange = "fcaaaaaaaaaaaaaa00000000000000ff";
    for (const choices of [
      { from: OWN, to: strange },
      { from: OWN, to: BERT },
      { from: OWN, to: OTHER_THEIRS },
      { from: strange, to: THEIRS },
      { from: OTHER_OWN, to: THEIRS },
    ]) {
      world.out(udp(5_000, 53, undefined, choices));
    }
    expect(world.sent).toEqual([]);
    expect(world.droppedOut).toEqual({ "not-our-source": 5 });
    world.in(echo(128, 1, IN), CARL);
    world.in(echo(128, 1, { from: BERT, to: OWN }));
    world.in(echo(128, 1, { from: OTHER_THEIRS, to: OWN }), CARL);
    world.in(echo(128, 1, { from: THEIRS, to: OTHER_OWN }));
    expect(world.droppedIn).toEqual({ "not-for-us": 4 });
    world.in(echo(128, 1, { from: THEIRS, to: ANNA }));
    expect(world.droppedIn).toEqual({ "not-for-us": 4, spoofed: 1 });
    expect(world.written).toEqual([]);
  });

  test("end with the membership, also of what stands, in both directions", () => {
    const world = new GroupWorld();
    world.in(tcp(5_000, 22, SYN, undefined, IN));
    world.out(udp(6_000, 53, undefined, OUT));
    world.members.delete(`${OWN} ${THEIRS}`);
    world.tunnel.recheck();
    world.in(tcp(5_000, 22, 16, undefined, IN));
    world.in(udp(53, 6_000, undefined, IN));
    world.out(udp(6_000, 53, undefined, OUT));
    expect(world.written).toHaveLength(1);
    expect(world.sent).toHaveLength(1);
    expect(world.droppedIn).toEqual({ "not-for-us": 2 });
    expect(world.droppedOut).toEqual({ "not-our-source": 1 });
    // Who is let in again under the same address begins anew.
    world.members.set(`${OWN} ${THEIRS}`, BERT);
    world.in(tcp(5_000, 22, 16, undefined, IN));
    expect(world.droppedIn).toEqual({ "not-for-us": 2 });
  });

  test("an error about one of them passes, and about another does not", () => {
    const world = new GroupWorld();
    const packet = udp(6_000, 53, undefined, OUT);
    world.out(packet);
    world.in(icmp(1, new Uint8Array(4), packet, IN));
    expect(world.written).toHaveLength(1);
    world.in(icmp(1, new Uint8Array(4), udp(6_001, 53, undefined, OUT), IN));
    expect(world.droppedIn).toEqual({ "no-flow": 1 });
  });
});
