import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { FLOW_STATE, FlowTable } from "./flow-table.ts";
import { ECHO_ONLY, Firewall } from "./flows.ts";
import {
  ECHO_IDLE_MS,
  FLOW_PEERS_MAX,
  FLOW_SWEEP_MS,
  FLOWS_MAX,
  FLOWS_PER_PEER_MAX,
  FRAGMENTED_MAX,
  FRAGMENTED_MS,
  TCP_BRIEF_IDLE_MS,
  TCP_IDLE_MS,
  UDP_IDLE_MS,
} from "./limits.ts";
import { PacketReader } from "./packet.ts";
import {
  ACK,
  BACK,
  BERT,
  CARL,
  echo,
  FIN,
  fragment,
  hex,
  icmp,
  RST,
  SYN,
  TestClock,
  tcp,
  udp,
} from "./packets.fixture.ts";
import { PeerTable } from "./peer-table.ts";

let clock: TestClock;
let peers: PeerTable;
let firewall: Firewall;
let slot: number;
let open: Set<string>;
const packet = new PacketReader();

beforeEach(() => {
  clock = new TestClock();
  peers = new PeerTable(1);
  open = new Set();
  const mayEnter = (from: string, protocol: string, port: number): boolean =>
    protocol === "icmp" || open.has(`${from} ${protocol} ${port}`);
  firewall = new Firewall(clock, peers, mayEnter, 2);
  slot = peers.admit(hex(BERT), 0);
});

function pass(bytes: Uint8Array, isOut: boolean, of = slot): string {
  expect(packet.read(bytes, 0, bytes.length)).toBeUndefined();
  return (isOut ? firewall.outbound(of, packet) : firewall.inbound(of, packet)) ?? "passes";
}

const goes = (bytes: Uint8Array): string => pass(bytes, true);
const comes = (bytes: Uint8Array): string => pass(bytes, false);

describe("what was begun here is answered", () => {
  test("TCP: nothing before the first SYN, everything after it", () => {
    expect(comes(tcp(22, 5_000, SYN | ACK, undefined, BACK))).toBe("no-flow");
    expect(goes(tcp(5_000, 22, SYN))).toBe("passes");
    expect(comes(tcp(22, 5_000, SYN | ACK, undefined, BACK))).toBe("passes");
    expect(comes(tcp(22, 5_001, SYN | ACK, undefined, BACK))).toBe("no-flow");
    expect(comes(tcp(23, 5_000, SYN | ACK, undefined, BACK))).toBe("no-flow");
  });

  test("TCP: an open connection may be silent for long, one that opens or closes briefly", () => {
    goes(tcp(5_000, 22, SYN));
    clock.advance(TCP_BRIEF_IDLE_MS - 1);
    expect(comes(tcp(22, 5_000, SYN | ACK, undefined, BACK))).toBe("passes");
    clock.advance(TCP_IDLE_MS - 1);
    expect(comes(tcp(22, 5_000, ACK, undefined, BACK))).toBe("passes");
    clock.advance(TCP_IDLE_MS);
    expect(comes(tcp(22, 5_000, ACK, undefined, BACK))).toBe("no-flow");
    for (const flag of [FIN, RST]) {
      goes(tcp(6_000 + flag, 22, SYN));
      goes(tcp(6_000 + flag, 22, ACK));
      comes(tcp(22, 6_000 + flag, ACK | flag, undefined, BACK));
      clock.advance(TCP_BRIEF_IDLE_MS);
      expect(comes(tcp(22, 6_000 + flag, ACK, undefined, BACK))).toBe("no-flow");
    }
  });

  test("UDP and echoes, for as long as their limits say", () => {
    goes(udp(5_000, 53));
    clock.advance(UDP_IDLE_MS - 1);
    expect(comes(udp(53, 5_000, undefined, BACK))).toBe("passes");
    clock.advance(UDP_IDLE_MS);
    expect(comes(udp(53, 5_000, undefined, BACK))).toBe("not-allowed");
    goes(echo(128, 9));
    clock.advance(ECHO_IDLE_MS - 1);
    expect(comes(echo(129, 9, BACK))).toBe("passes");
    expect(comes(echo(129, 8, BACK))).toBe("no-flow");
    clock.advance(1);
    expect(comes(echo(129, 9, BACK))).toBe("no-flow");
  });

  test("by the peer that was asked, not by another", () => {
    goes(udp(5_000, 53));
    const other = peers.admit(hex(CARL), 0);
    expect(pass(udp(53, 5_000, undefined, BACK), false, other)).toBe("not-allowed");
  });

  test("connections from before a restart go on, where their port is none of a service", () => {
    goes(tcp(32_768, 22, ACK));
    expect(comes(tcp(22, 32_768, ACK, undefined, BACK))).toBe("passes");
    goes(tcp(32_767, 22, ACK));
    expect(comes(tcp(22, 32_767, ACK, undefined, BACK))).toBe("no-flow");
  });
});

describe("what others begin needs a rule", () => {
  test("echo requests alone, by default", () => {
    expect(ECHO_ONLY(BERT, "icmp", 0)).toBe(true);
    expect(ECHO_ONLY(BERT, "tcp", 22)).toBe(false);
    expect(ECHO_ONLY(BERT, "udp", 53)).toBe(false);
  });

  test("an allowed port, and no other, for that peer only", () => {
    open.add(`${BERT} tcp 22`);
    expect(comes(tcp(5_000, 22, SYN, undefined, BACK))).toBe("passes");
    expect(comes(tcp(5_000, 23, SYN, undefined, BACK))).toBe("not-allowed");
    expect(comes(udp(5_000, 22, undefined, BACK))).toBe("not-allowed");
    const other = peers.admit(hex(CARL), 0);
    expect(pass(tcp(5_000, 22, SYN, undefined, BACK), false, other)).toBe("not-allowed");
  });

  test("a rule that is taken back ends what it let in, whatever the service still sends", () => {
    open.add(`${BERT} tcp 22`);
    comes(tcp(5_000, 22, SYN, undefined, BACK));
    goes(tcp(22, 5_000, SYN | ACK));
    firewall.recheck();
    expect(comes(tcp(5_000, 22, ACK, undefined, BACK))).toBe("passes");
    open.clear();
    firewall.recheck();
    expect(comes(tcp(5_000, 22, ACK, undefined, BACK))).toBe("no-flow");
    expect(goes(tcp(22, 5_000, ACK))).toBe("passes");
    expect(comes(tcp(5_000, 22, ACK, undefined, BACK))).toBe("no-flow");
    open.add(`${BERT} tcp 22`);
    expect(comes(tcp(5_000, 22, ACK, undefined, BACK))).toBe("passes");
  });

  test("a new connection on the ports of one that is over asks the rules again", () => {
    goes(tcp(5_000, 22, SYN));
    goes(tcp(5_000, 22, ACK | FIN));
    expect(comes(tcp(22, 5_000, ACK, undefined, BACK))).toBe("passes");
    expect(comes(tcp(22, 5_000, SYN, undefined, BACK))).toBe("not-allowed");
    expect(goes(tcp(5_000, 22, SYN))).toBe("passes");
    expect(comes(tcp(22, 5_000, SYN | ACK, undefined, BACK))).toBe("passes");
  });
});

describe("ICMP", () => {
  test("an error passes where it quotes what was sent to its sender", () => {
    goes(udp(5_000, 53));
    const about = (quoted: Uint8Array): Uint8Array => icmp(1, undefined, quoted, BACK);
    expect(comes(about(udp(5_000, 53)))).toBe("passes");
    expect(comes(about(udp(5_001, 53)))).toBe("no-flow");
    expect(comes(about(udp(5_000, 53, undefined, { to: CARL })))).toBe("no-flow");
    expect(comes(about(new Uint8Array(8)))).toBe("no-flow");
    goes(echo(128, 4));
    expect(comes(about(echo(128, 4)))).toBe("passes");
    expect(comes(about(echo(129, 4)))).toBe("no-flow");
  });

  test("neighbour discovery and redirects are not for tunnels", () => {
    for (const type of [130, 133, 134, 135, 136, 137, 255]) {
      expect(comes(icmp(type, undefined, undefined, BACK))).toBe("icmp-type");
      expect(goes(icmp(type))).toBe("icmp-type");
    }
    expect(goes(icmp(1))).toBe("passes");
  });
});

describe("packets in IPv6 fragments", () => {
  const first = fragment(17, 0, true, udp(53, 5_000, new Uint8Array(8)).subarray(40), BACK);
  const later = fragment(17, 16, false, new Uint8Array(5), BACK);

  test("later ones pass after a first one that passed, for a while", () => {
    expect(comes(first)).toBe("not-allowed");
    expect(comes(later)).toBe("lone-fragment");
    goes(udp(5_000, 53));
    expect(comes(first)).toBe("passes");
    expect(comes(later)).toBe("passes");
    expect(pass(later, false, peers.admit(hex(CARL), 0))).toBe("lone-fragment");
    clock.advance(FRAGMENTED_MS);
    expect(comes(later)).toBe("lone-fragment");
    expect(goes(later)).toBe("passes");
  });

  test("as many packets at a time as the limit says", () => {
    goes(udp(5_000, 53));
    comes(first);
    const numbered = (id: number): Uint8Array => {
      const copy = first.slice();
      copy.set([0, 0, id >>> 8, id & 0xff], 44);
      return copy;
    };
    for (let id = 100; id < 99 + FRAGMENTED_MAX; id++) comes(numbered(id));
    expect(comes(later)).toBe("passes");
    comes(numbered(99));
    expect(comes(later)).toBe("lone-fragment");
  });
});

describe("bounds", () => {
  test("one peer begins as many flows as the limit says", () => {
    for (let port = 1; port <= FLOWS_PER_PEER_MAX + 1; port++) open.add(`${BERT} udp ${port}`);
    for (let port = 1; port <= FLOWS_PER_PEER_MAX; port++) {
      expect(comes(udp(9, port, undefined, BACK))).toBe("passes");
    }
    expect(comes(udp(9, FLOWS_PER_PEER_MAX + 1, undefined, BACK))).toBe("flows-full");
    expect(goes(udp(9_000, 9))).toBe("passes");
    expect(firewall.flowCount).toBe(FLOWS_PER_PEER_MAX + 1);
    clock.advance(UDP_IDLE_MS);
    expect(comes(udp(9, FLOWS_PER_PEER_MAX + 1, undefined, BACK))).toBe("passes");
    expect(firewall.flowCount).toBe(1);
  });

  test("a full table turns others away; what begins here takes the place of the idlest looked at", () => {
    const table = new FlowTable(peers, 3);
    for (let flow = 0; flow < FLOWS_MAX; flow++) {
      const state = flow === 5 ? FLOW_STATE.udp : FLOW_STATE.open;
      expect(table.add(slot, 6, flow, 1, state, false, 1_000)).toBeGreaterThanOrEqual(0);
    }
    expect(table.size).toBe(FLOWS_MAX);
    expect(table.add(slot, 6, FLOWS_MAX, 1, FLOW_STATE.open, true, 1_100)).toBe(-1);
    expect(table.add(slot, 6, FLOWS_MAX, 1, FLOW_STATE.open, false, 1_100)).toBe(5);
    expect(table.find(slot, 6, 5, 1, 1_100)).toBe(-1);
    expect(table.find(slot, 6, 4, 1, 1_100)).toBe(4);
    expect(table.size).toBe(FLOWS_MAX);
    const laterMs = 1_100 + FLOW_SWEEP_MS + TCP_IDLE_MS;
    expect(table.add(slot, 6, 1, 2, FLOW_STATE.open, true, laterMs)).toBeGreaterThanOrEqual(0);
    expect(table.size).toBe(1);
  });

  test("a peer without flows gives way to a new one, a peer with flows never", () => {
    const address = (number: number): Uint8Array =>
      hex(`fd${number.toString(16).padStart(30, "0")}`);
    const table = new PeerTable(5);
    for (let peer = 0; peer < FLOW_PEERS_MAX; peer++) {
      table.countFlow(table.admit(address(peer), 0), 1);
    }
    expect(table.admit(address(FLOW_PEERS_MAX), 0)).toBe(-1);
    table.countFlow(table.find(address(7), 0), -1);
    expect(table.admit(address(FLOW_PEERS_MAX), 0)).toBe(7);
    expect(table.find(address(7), 0)).toBe(-1);
    expect(table.idOf(7)).toBe(`fd${FLOW_PEERS_MAX.toString(16).padStart(30, "0")}`);
    expect(table.find(address(8), 0)).toBe(8);
  });

  test("the table remembers what a plain map would", () => {
    const step = fc.record({
      local: fc.integer({ min: 0, max: 3 }),
      remote: fc.constantFrom(0, 65_535),
      protocol: fc.constantFrom(6, 17),
      passMs: fc.integer({ min: 0, max: UDP_IDLE_MS }),
      forgets: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const table = new FlowTable(peers, 11);
        const model = new Map<string, number>();
        let nowMs = 0;
        for (const { local, remote, protocol, passMs, forgets } of steps) {
          nowMs += passMs / 4;
          const key = `${protocol} ${local} ${remote}`;
          const atMs = model.get(key);
          const isKnown = atMs !== undefined && nowMs - atMs < UDP_IDLE_MS;
          const flow = table.find(slot, protocol, local, remote, nowMs);
          expect(flow >= 0).toBe(isKnown);
          if (flow >= 0 && forgets) {
            table.forget(flow);
            model.delete(key);
            continue;
          }
          if (flow >= 0) table.touch(flow, FLOW_STATE.udp, nowMs);
          else table.add(slot, protocol, local, remote, FLOW_STATE.udp, false, nowMs);
          model.set(key, nowMs);
        }
      }),
    );
  });
});
