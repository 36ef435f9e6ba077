import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { concatBytes, equalBytes, utf8 } from "../base/bytes.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { IDLE_MS, STREAM_WINDOW_BYTES, UNSENT_BYTES_HIGH } from "./limits.ts";
import {
  open,
  type StreamProbe,
  serve,
  TestWorld,
  textOf,
  type WorldFaults,
} from "./world.fixture.ts";

const suite = createNodeSuite();

function pair(seed: number | string, faults: Partial<WorldFaults> = {}) {
  const world = new TestWorld(suite, new ManualClock(1_000), testRandom(seed));
  Object.assign(world.faults, faults);
  const a = world.add(testIdentity(suite, "a"));
  const b = world.add(testIdentity(suite, "b"));
  return { world, a, b };
}

const echo = (probe: StreamProbe) => {
  probe.react = (bytes) => probe.stream?.write(bytes);
  probe.finish = () => probe.stream?.end();
};
const endWhenEnded = (probe: StreamProbe) => {
  probe.finish = () => probe.stream?.end();
};

describe("streams", () => {
  test("a request and its answer arrive, and both ends close as done", () => {
    const { world, a, b } = pair(1);
    const served = serve(b, "echo", echo);
    const probe = open(a, b, "echo", "hello");
    probe.stream?.end();
    world.run(5_000, () => probe.closed !== undefined);
    expect(textOf(probe)).toBe("hello");
    expect(probe.closed).toBe("done");
    world.run(1_000);
    expect(served[0]?.closed).toBe("done");
    expect(a.manager.stats().streams + b.manager.stats().streams).toBe(0);
    expect(a.manager.roundTripMs(b.id)).toBeGreaterThanOrEqual(10);
  });

  test("an opening alone reaches the service, which may speak first", () => {
    const { world, a, b } = pair(2);
    serve(b, "greet", (probe) => probe.stream?.write(utf8("welcome")));
    const probe = open(a, b, "greet");
    world.run(1_000);
    expect(textOf(probe)).toBe("welcome");
    expect(probe.closed).toBeUndefined();
  });

  test("after all is done only the idle timeout is left", () => {
    const { world, a, b } = pair(3, { loss: 0.1, jitterMs: 3 });
    serve(b, "sink", endWhenEnded);
    const probe = open(a, b, "sink");
    probe.stream?.write(new Uint8Array(300_000));
    probe.stream?.end();
    world.run(60_000, () => probe.closed !== undefined);
    world.run(10_000);
    const sent = world.sentCount;
    world.run(100_000);
    expect(world.sentCount).toBe(sent);
    expect(a.manager.stats().sessions).toBe(1);
    world.run(IDLE_MS);
    expect(a.manager.stats().sessions + b.manager.stats().sessions).toBe(0);
    expect(world.deadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });

  test("a session that is about to go idle gets no new streams", () => {
    const { world, a, b } = pair(14);
    serve(b, "echo", echo);
    open(a, b, "echo", "x").stream?.end();
    world.run(1_000);
    world.run(IDLE_MS - 10_000);
    expect(a.manager.stats().sessions).toBe(1);
    const probe = open(a, b, "echo", "y");
    world.run(100);
    expect(textOf(probe)).toBe("y");
    expect(a.manager.stats().handshakesBegun).toBe(2);
  });

  test("a session with an open stream outlives the idle time and notices silence", () => {
    const { world, a, b } = pair(4);
    serve(b, "quiet");
    const probe = open(a, b, "quiet");
    world.run(3 * IDLE_MS);
    expect(probe.closed).toBeUndefined();
    world.faults.cut = true;
    world.run(2 * IDLE_MS);
    expect(probe.closed).toBe("session-lost");
    expect(probe.closeCount).toBe(1);
  });

  test.each([0, 0.05, 0.2, 0.3])("bytes arrive exactly both ways at loss %f", (loss) => {
    const { world, a, b } = pair(5, { loss, jitterMs: 5, duplicate: 0.05, corrupt: 0.01 });
    const up = testRandom("up").bytes(400_000);
    const down = testRandom("down").bytes(300_000);
    const served = serve(b, "both", (probe) => {
      probe.stream?.write(down);
      probe.stream?.end();
    });
    const probe = open(a, b, "both");
    probe.stream?.write(up);
    probe.stream?.end();
    world.run(120_000, () => probe.closed !== undefined && served[0]?.closed !== undefined);
    expect(probe.closed).toBe("done");
    expect(served[0]?.closed).toBe("done");
    expect(equalBytes(concatBytes(...probe.chunks), down)).toBe(true);
    expect(equalBytes(concatBytes(...(served[0]?.chunks ?? [])), up)).toBe(true);
  });

  test("any pieces arrive in order over any bad path", () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 5_000 }), { maxLength: 12 });
    const faults = fc.record({
      loss: fc.constantFrom(0.2, 0.25, 0.3),
      duplicate: fc.constantFrom(0, 0.2),
      corrupt: fc.constantFrom(0, 0.05),
      jitterMs: fc.constantFrom(0, 30),
      packetBytesMax: fc.constantFrom(128, 200, 1_200, 9_000),
    });
    fc.assert(
      fc.property(fc.nat(), faults, pieces, pieces, (seed, bad, up, down) => {
        const { world, a, b } = pair(seed, bad);
        const served = serve(b, "any", (probe) => {
          for (const piece of down) probe.stream?.write(piece);
          probe.stream?.end();
        });
        const probe = open(a, b, "any");
        for (const piece of up) probe.stream?.write(piece);
        probe.stream?.end();
        world.run(300_000, () => probe.closed !== undefined && served[0]?.closed !== undefined);
        expect(probe.closed).toBe("done");
        expect(concatBytes(...probe.chunks)).toEqual(concatBytes(...down));
        expect(concatBytes(...(served[0]?.chunks ?? []))).toEqual(concatBytes(...up));
      }),
      { numRuns: 25, seed: 7 },
    );
  });

  test("two hundred streams at once share the session fairly", () => {
    const { world, a, b } = pair(6);
    const served = serve(b, "many", endWhenEnded);
    const probes = Array.from({ length: 200 }, (_, i) => {
      const probe = open(a, b, "many");
      probe.stream?.write(new Uint8Array(20_000).fill(i));
      probe.stream?.end();
      return probe;
    });
    world.run(60_000, () => served.length === 200 && served.every((each) => each.bytes > 5_000));
    const progress = served.map((each) => each.bytes);
    expect(Math.max(...progress) - Math.min(...progress)).toBeLessThan(8_000);
    world.run(60_000, () => probes.every((probe) => probe.closed !== undefined));
    expect(probes.map((probe) => probe.closed)).toEqual(probes.map(() => "done"));
    const whole = served.every((each) => each.bytes === 20_000);
    expect(whole).toBe(true);
  });

  test("a reader that does not consume stops the writer, and consuming lets it go on", () => {
    const { world, a, b } = pair(7);
    const served = serve(b, "slow", (probe) => {
      probe.consumes = false;
    });
    const probe = open(a, b, "slow");
    probe.stream?.write(new Uint8Array(2 * STREAM_WINDOW_BYTES + 5));
    world.run(20_000);
    const [reader] = served;
    expect(reader?.bytes).toBe(STREAM_WINDOW_BYTES);
    reader?.stream?.consume(STREAM_WINDOW_BYTES);
    world.run(20_000);
    expect(reader?.bytes).toBe(2 * STREAM_WINDOW_BYTES);
    reader?.stream?.consume(STREAM_WINDOW_BYTES);
    world.run(20_000);
    expect(reader?.bytes).toBe(2 * STREAM_WINDOW_BYTES + 5);
  });

  test("the session's window holds all streams together", () => {
    const { world, a, b } = pair(8);
    const served = serve(b, "slow", (probe) => {
      probe.consumes = false;
    });
    for (let i = 0; i < 6; i++) {
      open(a, b, "slow").stream?.write(new Uint8Array(STREAM_WINDOW_BYTES));
    }
    world.run(30_000);
    const total = () => served.reduce((sum, each) => sum + each.bytes, 0);
    expect(total()).toBe(4 * STREAM_WINDOW_BYTES);
    served[0]?.stream?.reset();
    world.run(30_000);
    expect(total()).toBeGreaterThan(4 * STREAM_WINDOW_BYTES);
  });

  test("write answers false above the mark, and onDrain follows", () => {
    const { world, a, b } = pair(9);
    serve(b, "sink");
    const probe = open(a, b, "sink");
    expect(probe.stream?.write(new Uint8Array(UNSENT_BYTES_HIGH))).toBe(true);
    expect(probe.stream?.write(new Uint8Array(1))).toBe(false);
    expect(probe.stream?.unacknowledgedBytes).toBe(UNSENT_BYTES_HIGH + 1);
    world.run(5_000);
    expect(probe.drains).toBe(1);
    expect(probe.stream?.unacknowledgedBytes).toBe(0);
  });

  test("a reset ends both sides once, and frees everything", () => {
    const { world, a, b } = pair(10, { loss: 0.2 });
    const served = serve(b, "talk");
    const probe = open(a, b, "talk");
    probe.stream?.write(new Uint8Array(200_000));
    world.run(500);
    probe.stream?.reset();
    expect(probe.closed).toBeUndefined();
    world.run(10_000);
    expect([probe.closed, probe.closeCount]).toEqual(["reset", 1]);
    expect([served[0]?.closed, served[0]?.closeCount]).toEqual(["reset", 1]);
    expect(a.manager.stats().streams + b.manager.stats().streams).toBe(0);
    expect(probe.stream?.write(new Uint8Array(1))).toBe(false);
  });

  test("unknown services and refusing ones are told apart from nothing", () => {
    const { world, a, b } = pair(11);
    b.manager.serve("no", () => undefined);
    b.manager.serve("broken", () => {
      throw new RangeError("a fault of the service");
    });
    const probes = ["nobody", "no", "broken"].map((service) => open(a, b, service, "hi"));
    world.run(2_000);
    expect(probes.map((probe) => probe.closed)).toEqual(["refused", "refused", "refused"]);
    expect(a.manager.stats().streams + b.manager.stats().streams).toBe(0);
  });

  test("a service that throws loses its stream and nothing else", () => {
    const { world, a, b } = pair(12);
    serve(b, "echo", echo);
    serve(b, "fragile", (probe) => {
      probe.react = () => {
        throw new RangeError("a fault of the service");
      };
    });
    const fragile = open(a, b, "fragile", "boom");
    const healthy = open(a, b, "echo", "fine");
    world.run(2_000);
    expect(fragile.closed).toBe("reset");
    expect(textOf(healthy)).toBe("fine");
  });

  test("callbacks may open, write, reset and close as they like", () => {
    const { world, a, b } = pair(13);
    serve(b, "echo", echo);
    serve(b, "wild", (probe) => {
      probe.react = () => {
        open(b, a, "back", "from inside");
        probe.stream?.reset();
      };
    });
    const back = serve(a, "back", (probe) => {
      probe.react = () => a.manager.close(b.id);
    });
    const probe = open(a, b, "wild", "go");
    world.run(3_000);
    expect(probe.closed).toBe("reset");
    expect(textOf(back[0])).toBe("from inside");
    expect(back[0]?.closed).toBe("session-lost");
    const again = open(a, b, "echo", "still here");
    world.run(3_000);
    expect(textOf(again)).toBe("still here");
  });

  test("closing for good ends everything on both sides and leaves nothing pending", () => {
    const { world, a, b } = pair(15);
    const served = serve(b, "talk");
    const probe = open(a, b, "talk", "x");
    world.run(1_000);
    a.manager.close();
    expect(probe.closed).toBeUndefined();
    world.run(100);
    expect([probe.closed, probe.closeCount]).toEqual(["session-lost", 1]);
    expect([served[0]?.closed, served[0]?.closeCount]).toEqual(["session-lost", 1]);
    expect(open(a, b, "talk").stream).toBeUndefined();
    expect(a.manager.sendDatagram(b.id, "talk", new Uint8Array(1))).toBe(false);
    expect(world.deadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });
});

test("the owner hears that a peer answers to whom a stream was lost, and of no other", () => {
  const world = new TestWorld(suite, new ManualClock(1_000), testRandom(41));
  const heard: string[] = [];
  const a = world.add(testIdentity(suite, "a"), { onAnswers: (id) => heard.push(id) });
  const b = world.add(testIdentity(suite, "b"));
  serve(b, "echo", echo);
  const probe = open(a, b, "echo", "x");
  world.run(1_000);
  expect(textOf(probe)).toBe("x");
  world.faults.cut = true;
  probe.stream?.write(utf8("y"));
  world.run(10_000);
  const waiting = open(a, b, "echo", "z");
  world.run(5_000);
  expect(waiting.closed).toBeUndefined();
  world.faults.cut = false;
  world.run(20_000);
  // The silence has cost no stream.
  expect([textOf(probe), textOf(waiting), heard]).toEqual(["xy", "z", []]);
  world.faults.cut = true;
  probe.stream?.write(utf8("!"));
  world.run(10_000);
  const lost = open(a, b, "echo", "?");
  world.run(20_000);
  expect([lost.closed, heard]).toEqual(["session-lost", []]);
  world.faults.cut = false;
  world.run(20_000);
  expect(heard).toEqual([b.id]);
});

test("packets that only carry datagrams are no news for who uses streams; all of a stream is", () => {
  const { world, a, b } = pair(42);
  const came: number[] = [];
  b.manager.serveDatagrams("call", (_from, bytes) => void came.push(bytes.length));
  const news = (): readonly boolean[] => [a, b].map(({ manager }) => manager.takeStreamNews());
  a.manager.sendDatagram(b.id, "call", new Uint8Array(7));
  world.run(2_000);
  expect([came, news()]).toEqual([[7], [false, false]]);
  serve(b, "echo", echo);
  open(a, b, "echo", "hello");
  expect(news()).toEqual([false, false]);
  world.run(2_000);
  expect(news()).toEqual([true, true]);
  expect(news()).toEqual([false, false]);
  for (let sent = 0; sent < 20; sent++) {
    a.manager.sendDatagram(b.id, "call", new Uint8Array(9));
    world.run(50);
  }
  expect([came.length, news()]).toEqual([21, [false, false]]);
});
