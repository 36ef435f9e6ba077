import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { concatBytes, equalBytes, utf8 } from "../base/bytes.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { IDLE_MS } from "./limits.ts";
import { StreamProbe, TestWorld, type WorldFaults, type WorldPeer } from "./test-world.ts";

const suite = createNodeSuite();

function pair(seed: number | string, faults: Partial<WorldFaults> = {}) {
  const world = new TestWorld(suite, new ManualClock(1_000), testRandom(seed));
  Object.assign(world.faults, faults);
  const a = world.add(testIdentity(suite, "a"));
  const b = world.add(testIdentity(suite, "b"));
  return { world, a, b };
}

/** Accepts streams of `service` at a peer; the probes fill up as they come. */
function serve(peer: WorldPeer, service: string, prepare?: (probe: StreamProbe) => void) {
  const probes: StreamProbe[] = [];
  peer.manager.serve(service, (stream) => {
    const probe = new StreamProbe();
    probe.stream = stream;
    probes.push(probe);
    prepare?.(probe);
    return probe;
  });
  return probes;
}

function open(from: WorldPeer, to: WorldPeer, service: string): StreamProbe {
  const probe = new StreamProbe();
  probe.stream = from.manager.openStream(to.id, service, probe);
  return probe;
}

describe("a pair of managers", () => {
  test("a request and its answer arrive, and both ends close as done", () => {
    const { world, a, b } = pair(1);
    const served = serve(b, "echo", (probe) => {
      probe.react = (bytes) => probe.stream?.write(bytes);
      probe.finish = () => probe.stream?.end();
    });
    const probe = open(a, b, "echo");
    probe.stream?.write(utf8("hello"));
    probe.stream?.end();
    world.run(5_000, () => probe.closed !== undefined);
    expect(new TextDecoder().decode(concatBytes(...probe.chunks))).toBe("hello");
    expect(probe.closed).toBe("done");
    world.run(1_000);
    expect(served[0]?.closed).toBe("done");
    expect(a.manager.stats().streams + b.manager.stats().streams).toBe(0);
    expect(a.manager.roundTripMs(b.id)).toBeGreaterThanOrEqual(10);
  });

  test("after all is done only the idle timeout is left", () => {
    const { world, a, b } = pair(2);
    serve(b, "sink", (probe) => {
      probe.finish = () => probe.stream?.end();
    });
    const probe = open(a, b, "sink");
    probe.stream?.write(new Uint8Array(300_000));
    probe.stream?.end();
    world.run(5_000, () => probe.closed !== undefined);
    world.run(1_000);
    const sent = world.sentCount;
    world.run(100_000);
    expect(world.sentCount).toBe(sent);
    expect(a.manager.stats().sessions).toBe(1);
    world.run(IDLE_MS);
    expect(a.manager.stats().sessions).toBe(0);
    expect(b.manager.stats().sessions).toBe(0);
    expect(world.deadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });

  test.each([0, 0.05, 0.2, 0.3])("bytes arrive exactly at loss %f", (loss) => {
    const { world, a, b } = pair(3, { loss, jitterMs: 5, duplicate: 0.05, corrupt: 0.01 });
    const random = testRandom("data");
    const up = random.bytes(400_000);
    const down = random.bytes(300_000);
    const served = serve(b, "both", (probe) => {
      probe.stream?.write(down);
      probe.stream?.end();
    });
    const probe = open(a, b, "both");
    probe.stream?.write(up);
    probe.stream?.end();
    const took = world.run(
      600_000,
      () => probe.closed !== undefined && served[0]?.closed !== undefined,
    );
    console.log(loss, took, world.sentCount);
    expect(probe.closed).toBe("done");
    expect(served[0]?.closed).toBe("done");
    expect(equalBytes(concatBytes(...probe.chunks), down)).toBe(true);
    expect(equalBytes(concatBytes(...(served[0]?.chunks ?? [])), up)).toBe(true);
  });
});
