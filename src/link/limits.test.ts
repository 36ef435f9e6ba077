import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { peerIdFromBytes } from "../identity/index.ts";
import { SILENT_LOG } from "../ports/index.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import type { LinkContext } from "./context.ts";
import { Dialler } from "./dialler.ts";
import { LinkError } from "./errors.ts";
import { FrameCodec } from "./frame-codec.ts";
import { TestWorkshop } from "./kit.fixture.ts";
import { FEATURE_TRAINS } from "./layout.ts";
import * as limits from "./limits.ts";
import { Link } from "./link.ts";
import { Neighbourhood } from "./neighbourhood.ts";
import type { TestPeer, TestTransport } from "./net.fixture.ts";
import { newStats } from "./stats.ts";
import { Streams } from "./streams.ts";
import { TrainWriter } from "./train-writer.ts";

const suite = createNodeSuite();
const w = new TestWorkshop({
  suite,
  clock: () => new ManualClock(1_000),
  random: testRandom,
  identity: (label) => testIdentity(suite, label),
});

function bareContext(): LinkContext {
  return {
    identity: testIdentity(suite, "a"),
    suite,
    clock: new ManualClock(0),
    random: testRandom(1),
    log: SILENT_LOG,
    events: {
      onNeighbourUp: () => {},
      onNeighbourDown: () => {},
      onNeighbourChanged: () => {},
      onControl: () => {},
      onPacket: () => {},
    },
    stats: newStats(),
    codec: new FrameCodec(65_535),
    trains: new TrainWriter(),
    reassembly: { usedBytes: 0, maxBytes: limits.REASSEMBLY_BYTES_MAX },
    kept: { usedBytes: 0, maxBytes: limits.KEPT_BYTES_MAX },
    features: FEATURE_TRAINS,
    run: new Uint8Array(8),
    segmentBytes: 1_000,
    wake: () => {},
  };
}

function bareLink(context: LinkContext, transport: TestTransport, i: number, first = 0): Link {
  const aead = suite.aead("chacha20-poly1305", new Uint8Array(32));
  const bytes = new Uint8Array(16).fill(0xfd);
  new DataView(bytes.buffer).setUint32(12, i);
  const hello = {
    signKey: new Uint8Array(32),
    signature: new Uint8Array(64),
    run: new Uint8Array(8),
    channel: new Uint8Array(8),
    features: 0,
    packetBytesMax: 65_535,
  };
  const init = {
    transport,
    endpoint: `udp://${i}`,
    dialled: undefined,
    initiator: true,
    localIndex: i,
    remoteIndex: i,
    peer: peerIdFromBytes(bytes),
    hello,
    keys: { send: aead, receive: aead },
    handshakeHash: new Uint8Array(32),
    finishFrame: undefined,
  };
  return new Link(context, init, first);
}

describe("limits", () => {
  test("1,024 neighbours and not one more", () => {
    const context = bareContext();
    const transport = w.udp(w.net(1), "a");
    const hooks = {
      connect: () => {},
      onLinkGone: () => {},
      onDropped: () => {},
      onDoubt: () => {},
      onPlace: () => {},
    };
    const neighbourhood = new Neighbourhood(context, hooks);
    const admit = (i: number): boolean => {
      const channel = new Uint8Array(8);
      return neighbourhood.admit(bareLink(context, transport, i), channel, channel, () => {});
    };
    for (let i = 0; i < limits.NEIGHBOURS_MAX; i++) expect(admit(i)).toBe(true);
    expect(admit(limits.NEIGHBOURS_MAX)).toBe(false);
    expect(neighbourhood.size).toBe(limits.NEIGHBOURS_MAX);
  });

  test("four links to one neighbour; the fifth pushes out a spare one on both sides", () => {
    const on = w.net(2);
    const make = (label: string): TestPeer => {
      const transports = [1, 2, 3, 4, 5].map((i) => w.udp(on, `${label}${i}`, 1_200, `udp${i}`));
      const peer = w.peer(on, label, 2, transports);
      peer.manager.start();
      return peer;
    };
    const a = make("a");
    const b = make("b");
    for (let i = 1; i <= limits.LINKS_PER_NEIGHBOUR_MAX; i++) {
      a.manager.addStaticLink(`udp${i}://b${i}`);
    }
    on.run(1_000);
    expect(a.manager.neighbour(b.id)?.endpoints).toHaveLength(4);
    a.manager.addStaticLink("udp5://b5");
    on.run(100);
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      expect(one.manager.neighbour(other.id)?.endpoints).toHaveLength(4);
      expect([one.ups, one.downs]).toEqual([1, 0]);
    }
    expect(a.manager.neighbour(b.id)?.endpoints).toContain("udp5://b5");
  });

  test("no frame is sent beyond the last counter, and keys are renewed long before", () => {
    const context = bareContext();
    const transport = w.udp(w.net(3), "a");
    const last = bareLink(context, transport, 1, limits.FRAME_COUNTER_MAX);
    expect(last.sendMessages({ type: "probe", id: 1 })).toBe(true);
    expect(last.sendMessages({ type: "probe", id: 2 })).toBe(false);
    const before = bareLink(context, transport, 1, limits.REKEY_FRAMES - 1);
    expect(before.renewAtMs()).toBe(limits.REKEY_AGE_MS);
    before.sendMessages({ type: "probe", id: 1 });
    expect(before.renewAtMs()).toBe(Number.NEGATIVE_INFINITY);
  });

  test("a transport must carry a handshake message", () => {
    const on = w.net(4);
    const min = limits.TRANSPORT_FRAME_BYTES_MIN;
    expect(() => w.peer(on, "a", 4, [w.udp(on, "a", min - 1)])).toThrow(LinkError);
    const { on: net, a, b } = w.pair(4, min);
    net.run(100);
    a.manager.sendControl(b.id, new Uint8Array(5_000));
    net.run(500);
    expect(b.control[0]?.message).toHaveLength(5_000);
  });

  test("connections on which nothing comes are closed in time, or when there are too many", () => {
    const on = w.net(5);
    const transport = w.tcp(on, "a");
    const closed: string[] = [];
    transport.close = (endpoint) => void closed.push(endpoint);
    const streams = new Streams((endpoint) => endpoint === "tcp://2");
    for (let i = 0; i < limits.SILENT_STREAMS_MAX; i++) {
      streams.opened({ transport, endpoint: `tcp://${i}` }, i);
    }
    expect(closed).toEqual([]);
    streams.opened({ transport, endpoint: "tcp://more" }, 300);
    expect(closed).toEqual(["tcp://0"]);
    streams.tick(limits.HANDSHAKE_LIFE_MS + 3);
    expect(closed).toEqual(["tcp://0", "tcp://1", "tcp://3"]);
  });

  test("dialling waits 200 ms, then ever longer up to 10 s, and starts afresh after a good time", () => {
    const on = w.net(6);
    const transport = w.udp(on, "a");
    let opened = 0;
    transport.open = () => void opened++;
    const dialler = new Dialler(testRandom(6), { isLinked: () => false, wake: () => {} });
    dialler.add({ transport, endpoint: "udp://b" }, 0);
    const waits: number[] = [];
    let nowMs = 0;
    for (let i = 0; i < 9; i++) {
      dialler.tick(nowMs);
      dialler.lost("udp://b", nowMs);
      waits.push(dialler.deadlineMs() - nowMs);
      nowMs = dialler.deadlineMs();
    }
    expect(opened).toBe(9);
    waits.forEach((wait, i) => {
      const plain = Math.min(limits.DIAL_RETRY_MAX_MS, limits.DIAL_RETRY_FIRST_MS * 2 ** i);
      expect(wait).toBeGreaterThanOrEqual(plain * 0.8);
      expect(wait).toBeLessThanOrEqual(plain * 1.2);
    });
    dialler.linked("udp://b", nowMs);
    dialler.lost("udp://b", nowMs + limits.DIAL_RETRY_MAX_MS);
    expect(dialler.deadlineMs() - nowMs - limits.DIAL_RETRY_MAX_MS).toBeLessThanOrEqual(240);
  });
});

describe("three and more", () => {
  test("ten peers on one LAN all know each other after a second, at 10 % loss after six", () => {
    for (const [loss, ms] of [
      [0, 1_000],
      [0.1, 6_000],
    ] as const) {
      const on = w.net(7);
      on.weather.loss = loss;
      on.weather.jitterMs = 3;
      const peers = [...Array(10).keys()].map((i) => {
        return w.peer(on, `p${i}`, 7, [w.udp(on, `p${i}`)], true);
      });
      for (const [i, peer] of peers.entries()) on.later(i * 3, () => peer.manager.start());
      on.run(ms);
      for (const peer of peers) {
        expect([...peer.manager.neighbours()]).toHaveLength(9);
        expect(peer.manager.stats().links).toBe(9);
      }
    }
  });
});
