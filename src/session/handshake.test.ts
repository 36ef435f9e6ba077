import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { concatBytes, utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { decodePeerRecord, encodePeerRecord, type PeerRecord } from "../identity/index.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { FRAME_TYPE } from "./frames.ts";
import { BOOT_ID_BYTES, Initiation } from "./handshake.ts";
import {
  ACCEPTS_BURST,
  ACCEPTS_PER_SECOND,
  HINTS_BURST,
  SESSIONS_PER_PEER_MAX,
  UNCONFIRMED_MS,
  UNCONFIRMED_SESSIONS_MAX,
} from "./limits.ts";
import { encodeDataHeader, encodeHint, PACKET_TYPE } from "./packet.ts";
import { PacketCipher } from "./packet-cipher.ts";
import {
  open as openStream,
  type StreamProbe,
  serve,
  TestWorld,
  textOf,
  WORLD_SESSIONS_MAX,
  type WorldPeer,
} from "./world.fixture.ts";

const suite = createNodeSuite();

function pair(seed: number | string) {
  const world = new TestWorld(suite, new ManualClock(1_000), testRandom(seed));
  const a = world.add(testIdentity(suite, "a"));
  const b = world.add(testIdentity(suite, "b"));
  return { world, a, b };
}

const serveEcho = (peer: WorldPeer): StreamProbe[] =>
  serve(peer, "echo", (probe) => {
    probe.react = (bytes) => probe.stream?.write(bytes);
  });

const open = (from: WorldPeer, to: WorldPeer, text: string): StreamProbe =>
  openStream(from, to, "echo", text);

/** Notes every packet of a type that is sent from now on. */
function tap(world: TestWorld, type: number) {
  const seen: { to: string; bytes: Uint8Array }[] = [];
  world.onSend = (to, bytes) => {
    if (bytes[0] === type) seen.push({ to, bytes: bytes.slice() });
  };
  return seen;
}

describe("handshakes", () => {
  test("a first message is repeated until answered, and its repetition makes no second session", () => {
    const { world, a, b } = pair(1);
    serveEcho(b);
    const hellos = tap(world, PACKET_TYPE.hello);
    world.faults.cut = true;
    const probe = open(a, b, "x");
    world.run(1_000);
    expect(hellos.length).toBe(3);
    world.faults.cut = false;
    world.faults.delayMs = 400;
    world.run(3_000, () => probe.bytes > 0);
    expect(textOf(probe)).toBe("x");
    expect(hellos.length).toBeGreaterThan(3);
    expect(b.manager.stats().handshakesAccepted).toBe(1);
    expect(b.manager.stats().sessions).toBe(1);
  });

  test("both sides opening at once works", () => {
    const { world, a, b } = pair(2);
    serveEcho(a);
    serveEcho(b);
    const fromA = open(a, b, "from a");
    const fromB = open(b, a, "from b");
    world.run(1_000);
    expect(textOf(fromA)).toBe("from a");
    expect(textOf(fromB)).toBe("from b");
    expect(a.manager.stats().sessions).toBe(2);
    const later = open(a, b, "later");
    world.run(1_000);
    expect(textOf(later)).toBe("later");
    expect(a.manager.stats().sessions).toBe(2);
  });

  test("a restarted peer costs its streams at once and a new session within three seconds", () => {
    const { world, a, b } = pair(3);
    serveEcho(b);
    const old = open(a, b, "before");
    world.run(1_000);
    expect(textOf(old)).toBe("before");
    b.restart();
    serveEcho(b);
    old.stream?.write(utf8("lost"));
    const noticed = world.run(10_000, () => old.closed !== undefined);
    expect(old.closed).toBe("session-lost");
    const fresh = open(a, b, "after");
    const took = world.run(10_000, () => fresh.bytes > 0);
    expect(noticed + took).toBeLessThan(1_000);
    expect(textOf(fresh)).toBe("after");
    expect(a.manager.stats().sessions).toBe(1);
  });

  test("a restart is noticed within three seconds even where no hint gets through", () => {
    const { world, a, b } = pair(4);
    serveEcho(b);
    const old = open(a, b, "before");
    world.run(1_000);
    b.restart();
    serveEcho(b);
    const deliver = b.manager.packet.bind(b.manager);
    b.manager.packet = (payload) => {
      if (payload[0] !== PACKET_TYPE.probe) deliver(payload);
    };
    old.stream?.write(utf8("lost"));
    const took = world.run(10_000, () => old.closed !== undefined);
    expect(old.closed).toBe("session-lost");
    expect(took).toBeLessThan(3_000);
  });

  test("news of a way back makes open streams notice a restart", () => {
    const { world, a, b } = pair(5);
    serveEcho(b);
    const old = open(a, b, "before");
    world.run(10_000);
    b.restart();
    a.manager.peerReachable(b.id);
    world.run(3_000);
    expect(old.closed).toBe("session-lost");
  });

  test("a restarted peer that speaks first replaces the old session too", () => {
    const { world, a, b } = pair(6);
    serveEcho(a);
    serveEcho(b);
    const old = open(a, b, "before");
    world.run(1_000);
    b.restart();
    const fresh = open(b, a, "hello again");
    world.run(1_000);
    expect(textOf(fresh)).toBe("hello again");
    expect(old.closed).toBe("session-lost");
    expect(a.manager.stats().sessions).toBe(1);
  });

  test("replayed first messages give neither sessions that last nor harm to those that live", () => {
    const { world, a, b } = pair(7);
    serveEcho(b);
    const hellos = tap(world, PACKET_TYPE.hello);
    const probe = open(a, b, "x");
    world.run(1_000);
    const hello = hellos[0]?.bytes ?? new Uint8Array(0);
    for (let i = 0; i < 50; i++) world.inject(b.id, hello);
    world.run(100);
    expect(b.manager.stats().handshakesAccepted).toBe(1);
    world.run(UNCONFIRMED_MS);
    for (let i = 0; i < 50; i++) world.inject(b.id, hello);
    world.run(100);
    expect(b.manager.stats().handshakesAccepted).toBe(2);
    expect(b.manager.stats().unconfirmedSessions).toBe(1);
    world.run(UNCONFIRMED_MS);
    expect(b.manager.stats().sessions).toBe(1);
    probe.stream?.write(utf8("y"));
    world.run(100);
    expect(textOf(probe)).toBe("xy");
    expect(a.manager.stats().sessions).toBe(1);
  });

  test("replayed data is taken once", () => {
    const { world, a, b } = pair(8);
    const served = serveEcho(b);
    const sent: Uint8Array[] = [];
    world.onSend = (to, bytes) => {
      if (to === b.id) sent.push(bytes.slice());
    };
    const probe = open(a, b, "only once");
    world.run(1_000);
    const before = b.manager.stats();
    for (const bytes of [...sent]) world.inject(b.id, bytes);
    world.run(1_000);
    const after = b.manager.stats();
    expect(served[0]?.bytes).toBe(9);
    expect(textOf(probe)).toBe("only once");
    expect(after.packetsIgnored - before.packetsIgnored).toBeGreaterThanOrEqual(sent.length - 1);
    expect(after.sessions).toBe(before.sessions);
  });

  test("changed packets neither throw nor change anything", () => {
    const { world, a, b } = pair(9);
    serveEcho(b);
    const random = testRandom("mutations");
    const sent: Uint8Array[] = [];
    world.onSend = (to, bytes) => {
      if (to === b.id && sent.length < 40) sent.push(bytes.slice());
    };
    const probe = open(a, b, "x");
    world.run(1_000);
    const before = b.manager.stats();
    for (const bytes of sent) {
      for (let i = 0; i < 40; i++) {
        const changed = bytes.slice(0, i % 4 === 0 ? random.u32() % bytes.length : bytes.length);
        const at = random.u32() % Math.max(1, changed.length);
        if (i % 4 !== 0) changed[at] = (changed[at] ?? 0) ^ (1 + (random.u32() % 255));
        b.manager.packet(changed);
      }
    }
    const after = b.manager.stats();
    expect(after.sessions).toBe(before.sessions);
    expect(after.streams).toBe(before.streams);
    expect(after.handshakesAccepted).toBe(before.handshakesAccepted);
    world.run(5_000);
    probe.stream?.write(utf8("y"));
    world.run(1_000);
    expect(textOf(probe)).toBe("xy");
  });

  test("a forged answer leaves the handshake as it was", () => {
    const { world, a, b } = pair(10);
    serveEcho(b);
    const welcomes = tap(world, PACKET_TYPE.welcome);
    const probe = open(a, b, "x");
    world.run(8, () => welcomes.length > 0);
    const genuine = welcomes[0]?.bytes ?? new Uint8Array(0);
    for (let at = 5; at < genuine.length; at += 3) {
      const forged = genuine.slice();
      forged[at] = (forged[at] ?? 0) ^ 1;
      a.manager.packet(forged);
    }
    expect(a.manager.stats().sessions).toBe(0);
    world.run(100);
    expect(textOf(probe)).toBe("x");
  });

  test("first messages beyond the burst wait, and unconfirmed sessions have a limit", () => {
    const { world, a, b } = pair(11);
    const hellos = tap(world, PACKET_TYPE.hello);
    world.faults.cut = true;
    const wanted = ACCEPTS_BURST + 2;
    while (hellos.length < wanted) {
      a.restart();
      open(a, b, "x");
    }
    world.onSend = undefined;
    for (const { bytes } of hellos) b.manager.packet(bytes);
    const stats = b.manager.stats();
    expect(stats.handshakesAccepted).toBe(ACCEPTS_BURST);
    expect(stats.handshakesThrottled).toBe(2);
    expect(stats.unconfirmedSessions).toBe(UNCONFIRMED_SESSIONS_MAX);
    world.run(UNCONFIRMED_MS);
    expect(b.manager.stats().sessions).toBe(0);
  });

  test("one peer keeps a limited number of sessions", () => {
    const { world, a, b } = pair(12);
    serveEcho(a);
    serveEcho(b);
    for (let i = 0; i < SESSIONS_PER_PEER_MAX + 3; i++) {
      open(a, b, "a");
      open(b, a, "b");
      world.run(400);
      world.faults.cut = true;
      world.run(2_000);
      world.faults.cut = false;
      world.run(3_000);
    }
    expect(a.manager.stats().sessions).toBeLessThanOrEqual(SESSIONS_PER_PEER_MAX);
    expect(b.manager.stats().sessions).toBeLessThanOrEqual(SESSIONS_PER_PEER_MAX);
  });

  test("sessions have a limit; the idlest without streams gives way", () => {
    const { world, a, b } = pair(13);
    serveEcho(a);
    const probe = open(b, a, "x");
    world.run(1_000);
    for (let i = 1; i < WORLD_SESSIONS_MAX; i++) confirmByHand(world, a, i);
    expect(a.manager.stats().sessions).toBe(WORLD_SESSIONS_MAX);
    confirmByHand(world, a, WORLD_SESSIONS_MAX);
    expect(a.manager.stats().sessions).toBe(WORLD_SESSIONS_MAX);
    probe.stream?.write(utf8("y"));
    world.run(100);
    expect(textOf(probe)).toBe("xy");
  });

  test("streams that no service has taken do not hold a place among the sessions", () => {
    const { world, a, b } = pair(14);
    serveEcho(a);
    const kept = open(b, a, "x");
    world.run(1_000);
    const nameless = Uint8Array.of(FRAME_TYPE.stream, 0, 1, 1, 0x41);
    for (let i = 1; i < WORLD_SESSIONS_MAX; i++) confirmByHand(world, a, i, nameless);
    expect(a.manager.stats().sessions).toBe(WORLD_SESSIONS_MAX);
    const c = world.add(testIdentity(suite, "c"));
    const late = open(c, a, "z");
    world.run(1_000);
    kept.stream?.write(utf8("y"));
    world.run(100);
    expect([textOf(late), textOf(kept)]).toEqual(["z", "xy"]);
  });

  test("a peer that claims another's key cannot make its sessions end there", () => {
    const { world, b } = pair(15);
    const [mallory, alice] = [testIdentity(suite, "mallory"), testIdentity(suite, "alice")];
    const claims = { ...mallory, dhKey: b.identity.dhKey };
    const claimed = decodePeerRecord(suite, encodePeerRecord(claims, { name: "", seqno: 1 }));
    const self = {
      suite,
      identity: alice,
      random: testRandom("alice"),
      bootId: new Uint8Array(BOOT_ID_BYTES),
      record: encodePeerRecord(alice, { name: "", seqno: 1 }),
      known: () => undefined,
    };
    const helloTo = (peer: PeerRecord): Uint8Array => {
      const nowMs = world.clock.monotonicMs();
      return must(new Initiation(self, peer, 7, nowMs).nextHello(nowMs), "a first message");
    };
    b.manager.packet(helloTo(claimed));
    expect(b.manager.stats().handshakesAccepted).toBe(0);
    b.manager.packet(helloTo(b.record));
    expect(b.manager.stats().handshakesAccepted).toBe(1);
  });
});

/** A stranger's whole handshake and first packet, without a manager of its own. */
function confirmByHand(
  world: TestWorld,
  peer: WorldPeer,
  number: number,
  frames: Uint8Array = Uint8Array.of(FRAME_TYPE.ping),
): void {
  const identity = testIdentity(suite, `stranger ${number}`);
  const self = {
    suite,
    identity,
    random: testRandom(number),
    bootId: new Uint8Array(BOOT_ID_BYTES),
    record: encodePeerRecord(identity, { name: "", seqno: 1 }),
    known: () => undefined,
  };
  world.clock.advance(1_000 / ACCEPTS_PER_SECOND);
  const nowMs = world.clock.monotonicMs();
  const welcomes = tap(world, PACKET_TYPE.welcome);
  const initiation = new Initiation(self, peer.record, number, nowMs);
  peer.manager.packet(must(initiation.nextHello(nowMs), "a first message"));
  const welcome = must(welcomes[0], "an answer").bytes;
  const result = must(initiation.finish(welcome.subarray(5)), "a result");
  const cipher = new PacketCipher(result, result.remoteIndex, 0);
  peer.manager.packet(cipher.seal(frames, undefined));
}

describe("reset hints", () => {
  test("answer probes alone, are rate-limited and smaller than what they answer", () => {
    const { world, a, b } = pair(20);
    const hints = tap(world, PACKET_TYPE.hint);
    const probe = concatBytes(encodeDataHeader(99, 1, a.id), new Uint8Array(16));
    const data = concatBytes(encodeDataHeader(99, 1, undefined), new Uint8Array(16));
    b.manager.packet(data);
    expect(hints.length).toBe(0);
    for (let i = 0; i < HINTS_BURST + 5; i++) b.manager.packet(probe);
    expect(hints.length).toBe(HINTS_BURST);
    expect(hints.every(({ to, bytes }) => to === a.id && bytes.length <= probe.length)).toBe(true);
  });

  test("a forged hint ends nothing and begins nothing", () => {
    const { world, a, b } = pair(21);
    serveEcho(b);
    const data = tap(world, PACKET_TYPE.data);
    const probe = open(a, b, "x");
    world.run(1_000);
    const toB = data.find(({ to }) => to === b.id)?.bytes ?? new Uint8Array(5);
    const index = new DataView(toB.buffer).getUint32(1);
    const begun = a.manager.stats().handshakesBegun;
    for (let n = 0; n < 50; n++) a.manager.packet(encodeHint(index, n, b.id));
    world.run(1_000);
    expect(a.manager.stats().handshakesBegun).toBe(begun);
    expect(probe.closed).toBeUndefined();
  });
});
