import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { SESSION_WINDOW_BYTES, STREAM_WINDOW_BYTES, UNCONFIRMED_MS, WAITING_MS } from "./limits.ts";
import { PACKET_TYPE } from "./packet.ts";
import type { EarlyBytes } from "./types.ts";
import {
  StreamProbe,
  serve,
  TestWorld,
  textOf,
  type WorldFaults,
  type WorldPeer,
} from "./world.fixture.ts";

fc.configureGlobal({ seed: 1 });

const suite = createNodeSuite();
const DELAY_MS = 50;
const ROUND_TRIP_MS = 2 * DELAY_MS;

function pair(seed: number | string, faults: Partial<WorldFaults> = {}) {
  const world = new TestWorld(suite, new ManualClock(1_000), testRandom(seed));
  Object.assign(world.faults, { delayMs: DELAY_MS, ...faults });
  const a = world.add(testIdentity(suite, "a"));
  const b = world.add(testIdentity(suite, "b"));
  return { world, a, b, served: serveEcho(b) };
}

const serveEcho = (peer: WorldPeer): StreamProbe[] =>
  serve(peer, "echo", (probe) => {
    probe.react = (bytes) => probe.stream?.write(bytes);
    probe.finish = () => probe.stream?.end();
  });

/** Opens a stream whose first bytes may go early. */
function openEarly(from: WorldPeer, to: WorldPeer, bytes: Uint8Array, ends = false): StreamProbe {
  const probe = new StreamProbe();
  probe.stream = from.manager.openStream(to.id, "echo", probe, { bytes, ends });
  return probe;
}

/** A first session, so that A has a ticket of B; then all sessions end. */
function acquainted(seed: number | string, faults?: Partial<WorldFaults>) {
  const met = pair(seed, faults);
  const first = openEarly(met.a, met.b, utf8("first"));
  met.world.run(5_000);
  expect(textOf(first)).toBe("first");
  met.a.manager.close(met.b.id);
  met.world.run(1_000);
  expect(met.b.manager.stats().sessions).toBe(0);
  met.served.length = 0;
  return met;
}

/** Notes first messages with early data from now on. */
function tapEarly(world: TestWorld): Uint8Array[] {
  const seen: Uint8Array[] = [];
  world.onSend = (_, bytes) => {
    if (bytes[0] === PACKET_TYPE.earlyHello) seen.push(bytes.slice());
  };
  return seen;
}

/** Milliseconds until the first byte of an answer. */
const answerMs = (world: TestWorld, probe: StreamProbe): number =>
  world.run(10_000, () => probe.bytes > 0);

describe("round trips until the first byte of an answer", () => {
  test("are two with a peer not spoken to before, early data or not", () => {
    const { world, a, b } = pair(1);
    expect(answerMs(world, openEarly(a, b, utf8("x")))).toBe(2 * ROUND_TRIP_MS);
  });

  test("are two where nothing may go early", () => {
    const { world, a, b } = acquainted(2);
    const probe = new StreamProbe();
    probe.stream = a.manager.openStream(b.id, "echo", probe);
    probe.stream?.write(utf8("x"));
    expect(answerMs(world, probe)).toBe(2 * ROUND_TRIP_MS);
  });

  test("is one with early data to a peer spoken to before, and again the next time", () => {
    const { world, a, b, served } = acquainted(3);
    for (let i = 0; i < 3; i++) {
      const probe = openEarly(a, b, utf8("early"));
      expect(answerMs(world, probe)).toBe(ROUND_TRIP_MS);
      probe.stream?.write(utf8(" and late"));
      probe.stream?.end();
      world.run(1_000);
      expect([textOf(probe), probe.closed]).toEqual(["early and late", "done"]);
      expect(served.length).toBe(i + 1);
      a.manager.close(b.id);
      world.run(1_000);
    }
  });

  test("is one for a whole question and answer, ends included", () => {
    const { world, a, b } = acquainted(5);
    const probe = openEarly(a, b, utf8("question"), true);
    world.run(ROUND_TRIP_MS);
    expect([textOf(probe), probe.ended]).toEqual(["question", true]);
    world.run(1_000);
    expect(probe.closed).toBe("done");
  });

  test("are two where the other side has restarted, and nothing arrives twice", () => {
    const { world, a, b } = acquainted(4);
    b.restart();
    const served = serveEcho(b);
    const probe = openEarly(a, b, utf8("early"));
    expect(answerMs(world, probe)).toBe(2 * ROUND_TRIP_MS);
    world.run(2_000);
    expect([served.length, textOf(served[0]), textOf(probe)]).toEqual([1, "early", "early"]);
    a.manager.close(b.id);
    world.run(1_000);
    expect(answerMs(world, openEarly(a, b, utf8("again")))).toBe(ROUND_TRIP_MS);
  });
});

describe("early data", () => {
  test("that does not fit goes on as usual, in order", () => {
    const { world, a, b, served } = acquainted(10);
    const bytes = testRandom("long").bytes(20_000);
    const probe = openEarly(a, b, bytes);
    expect(answerMs(world, probe)).toBe(ROUND_TRIP_MS);
    world.run(5_000);
    expect(Buffer.concat(probe.chunks).equals(bytes)).toBe(true);
    expect(served[0]?.bytes).toBe(bytes.length);
  });

  test("is lost with its message and goes again with the session that comes of the next one", () => {
    const { world, a, b, served } = acquainted(11);
    const seen = tapEarly(world);
    world.faults.cut = true;
    const probe = openEarly(a, b, utf8("early"));
    world.run(100);
    world.faults.cut = false;
    world.run(3_000);
    expect(seen.length).toBe(1);
    expect([served.length, textOf(served[0]), textOf(probe)]).toEqual([1, "early", "early"]);
  });

  test("goes again where the whole handshake was in vain", () => {
    const { world, a, b, served } = acquainted(12);
    world.faults.cut = true;
    const probe = openEarly(a, b, utf8("early"));
    world.run(7_000);
    world.faults.cut = false;
    world.run(3_000);
    expect([served.length, textOf(probe)]).toEqual([1, "early"]);
  });

  test("of a stream given up before the answer is told to be given up", () => {
    const { world, a, b, served } = acquainted(13);
    const probe = openEarly(a, b, utf8("early"));
    world.run(DELAY_MS + 1);
    probe.stream?.reset();
    world.run(2_000);
    expect([probe.closed, served[0]?.closed]).toEqual(["reset", "reset"]);
    expect(a.manager.stats().streams).toBe(0);
    expect(b.manager.stats().streams).toBe(0);
  });

  test("replayed at once or late is taken once", () => {
    const { world, a, b, served } = acquainted(14);
    const seen = tapEarly(world);
    const probe = openEarly(a, b, utf8("early"));
    world.run(1_000);
    const hello = must(seen[0], "a first message with early data");
    for (let i = 0; i < 20; i++) world.inject(b.id, hello);
    world.run(1_000);
    const { handshakesAccepted } = b.manager.stats();
    world.run(2 * UNCONFIRMED_MS);
    for (let i = 0; i < 20; i++) world.inject(b.id, hello);
    world.run(1_000);
    expect(b.manager.stats().handshakesAccepted).toBe(handshakesAccepted + 1);
    expect(b.manager.stats().unconfirmedSessions).toBe(1);
    expect([served.length, textOf(served[0])]).toEqual([1, "early"]);
    expect(probe.closed).toBeUndefined();
  });

  test("held back until the sender has gone on without it is not taken", () => {
    const { world, a, b, served } = acquainted(15);
    const seen = tapEarly(world);
    world.faults.cut = true;
    const probe = openEarly(a, b, utf8("early"));
    world.run(100);
    world.faults.cut = false;
    world.run(2_000);
    expect(textOf(probe)).toBe("early");
    world.run(2 * UNCONFIRMED_MS);
    world.inject(b.id, must(seen[0], "a first message with early data"));
    world.run(1_000);
    expect(served.length).toBe(1);
  });

  test("of both ends at once arrives at both in one round trip", () => {
    const { world, a, b } = acquainted(17);
    serveEcho(a);
    const first = openEarly(b, a, utf8("first"));
    world.run(1_000);
    expect(textOf(first)).toBe("first");
    // One session served both; each now has a ticket for the next one.
    openEarly(a, b, utf8("second"));
    world.run(1_000);
    a.manager.close(b.id);
    world.run(1_000);
    const [ofA, ofB] = [openEarly(a, b, utf8("from a")), openEarly(b, a, utf8("from b"))];
    world.run(ROUND_TRIP_MS);
    expect([textOf(ofA), textOf(ofB)]).toEqual(["from a", "from b"]);
  });

  test("of a stream that goes on in the other side's session is given up in its own", () => {
    const { world, a, b, served } = acquainted(18);
    serveEcho(a);
    const deliver = a.manager.packet.bind(a.manager);
    a.manager.packet = (payload) => {
      if (payload[0] !== PACKET_TYPE.welcome) deliver(payload);
    };
    const probe = openEarly(a, b, utf8("early"));
    world.run(DELAY_MS + 1);
    expect(textOf(served[0])).toBe("early");
    // B begins as well, and its session is there before A has an answer to its own first message.
    const other = new StreamProbe();
    other.stream = b.manager.openStream(a.id, "echo", other);
    world.run(6 * DELAY_MS);
    expect(textOf(probe)).toBe("early");
    a.manager.packet = deliver;
    world.run(5_000);
    probe.stream?.write(utf8(" and late"));
    probe.stream?.end();
    world.run(1_000);
    expect([textOf(probe), probe.closed]).toEqual(["early and late", "done"]);
    expect(served.map((one) => [textOf(one), one.closed])).toEqual([
      ["early", "session-lost"],
      ["early and late", "done"],
    ]);
    expect(other.closed).toBeUndefined();
  });

  test("held back is void after the sender's next session, whatever that is about", () => {
    const { world, a, b, served } = acquainted(19);
    const seen = tapEarly(world);
    world.faults.cut = true;
    openEarly(a, b, utf8("early")).stream?.reset();
    world.run(6_000);
    world.faults.cut = false;
    const plain = new StreamProbe();
    plain.stream = a.manager.openStream(b.id, "echo", plain);
    plain.stream?.write(utf8("plain"));
    world.run(2_000);
    expect(textOf(plain)).toBe("plain");
    world.inject(b.id, must(seen[0], "a first message with early data"));
    world.run(1_000);
    expect(served.length).toBe(1);
  });

  test("of a stream whose time is over before the answer is told to be given up", () => {
    const { world, a, b, served } = acquainted(20);
    b.reachable = false;
    const probe = openEarly(a, b, utf8("early"));
    world.run(WAITING_MS - DELAY_MS + 10);
    b.reachable = true;
    a.manager.peerReachable(b.id);
    world.run(5_000);
    expect([probe.closed, textOf(served[0]), served[0]?.closed]).toEqual([
      "session-lost",
      "early",
      "reset",
    ]);
    expect([a.manager.stats().streams, b.manager.stats().streams]).toEqual([0, 0]);
  });

  test("counts for the window of the session", () => {
    const { world, a, b, served } = acquainted(21);
    const lazy = serve(b, "lazy", (probe) => {
      probe.consumes = false;
    });
    const open = (early?: EarlyBytes): StreamProbe => {
      const probe = new StreamProbe();
      probe.stream = a.manager.openStream(b.id, "lazy", probe, early);
      return probe;
    };
    const probes = [open({ bytes: new Uint8Array(1_000), ends: false })];
    world.run(1_000);
    for (let i = 0; i < 5; i++) {
      const probe = open();
      probe.stream?.write(new Uint8Array(STREAM_WINDOW_BYTES));
      probes.push(probe);
    }
    world.run(60_000);
    expect(served.length).toBe(0);
    expect(probes.map(({ closed }) => closed)).toEqual(probes.map(() => undefined));
    expect(lazy.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(SESSION_WINDOW_BYTES);
  });

  test("altered on the way costs only itself", () => {
    const { world, a, b, served } = acquainted(16);
    const deliver = b.manager.packet.bind(b.manager);
    b.manager.packet = (payload) => {
      const changed = payload.slice();
      if (changed[0] === PACKET_TYPE.earlyHello) {
        changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
      }
      deliver(changed);
    };
    const probe = openEarly(a, b, utf8("early"));
    expect(answerMs(world, probe)).toBe(2 * ROUND_TRIP_MS);
    world.run(1_000);
    expect([served.length, textOf(probe)]).toEqual([1, "early"]);
  });

  test("arrives whole and in order whatever the way does", () => {
    const faults = fc.record({
      loss: fc.double({ min: 0, max: 0.3, noNaN: true }),
      duplicate: fc.double({ min: 0, max: 0.3, noNaN: true }),
      corrupt: fc.double({ min: 0, max: 0.05, noNaN: true }),
      jitterMs: fc.nat(300),
    });
    fc.assert(
      fc.property(fc.nat(), faults, fc.nat(3_000), (seed, some, size) => {
        const { world, a, b, served } = acquainted(seed);
        Object.assign(world.faults, some);
        const bytes = testRandom(seed).bytes(size);
        const probe = openEarly(a, b, bytes);
        probe.stream?.write(utf8("more"));
        probe.stream?.end();
        world.run(60_000, () => probe.closed !== undefined);
        expect(probe.closed).toBe("done");
        const expected = Buffer.concat([bytes, utf8("more")]);
        expect(Buffer.concat(probe.chunks).equals(expected)).toBe(true);
        for (const { chunks } of served) {
          const got = Buffer.concat(chunks);
          expect(got.equals(expected.subarray(0, got.length))).toBe(true);
        }
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });
});
