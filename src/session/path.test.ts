import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { concatBytes, equalBytes } from "../base/bytes.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { StreamProbe, TestWorld, type WorldFaults } from "./world.fixture.ts";

const suite = createNodeSuite();

/** A bulk transfer from a to b that is under way. */
function transfer(seed: number, sizeBytes: number, faults: Partial<WorldFaults> = {}) {
  const world = new TestWorld(suite, new ManualClock(1_000), testRandom(seed));
  Object.assign(world.faults, faults);
  const a = world.add(testIdentity(suite, "a"));
  const b = world.add(testIdentity(suite, "b"));
  const reader = new StreamProbe();
  b.manager.serve("bulk", (stream) => {
    reader.stream = stream;
    return reader;
  });
  const data = testRandom("bulk").bytes(sizeBytes);
  const writer = new StreamProbe();
  writer.stream = a.manager.openStream(b.id, "bulk", writer);
  writer.stream?.write(data);
  return { world, a, b, data, reader, writer };
}

const intact = (reader: StreamProbe, data: Uint8Array) =>
  equalBytes(concatBytes(...reader.chunks), data);

describe("a path that changes", () => {
  test("traffic flows again within a second after a cut of two", () => {
    const { world, data, reader, writer } = transfer(1, 8_000_000, { delayMs: 20 });
    world.run(1_000, () => reader.bytes > 1_000_000);
    expect(reader.bytes).toBeGreaterThan(0);
    world.faults.cut = true;
    world.run(2_000);
    const before = reader.bytes;
    world.faults.cut = false;
    const took = world.run(5_000, () => reader.bytes > before);
    expect(took).toBeLessThanOrEqual(1_000);
    expect(writer.closed).toBeUndefined();
    const rest = world.run(30_000, () => reader.bytes === data.length);
    expect(rest).toBeLessThan(10_000);
    expect(intact(reader, data)).toBe(true);
  });

  test("a way that takes over after a cut is used at once when both sides are told of it", () => {
    const { world, a, b, data, reader } = transfer(7, 8_000_000, { delayMs: 200 });
    world.run(4_000, () => reader.bytes > 3_000_000);
    // So long a round trip means more than half a second without an answer before a probe.
    world.faults.cut = true;
    world.run(250);
    const before = reader.bytes;
    world.faults.cut = false;
    world.faults.delayMs = 5;
    a.manager.wayChanged(b.id);
    b.manager.wayChanged(a.id);
    expect(world.run(5_000, () => reader.bytes > before)).toBeLessThan(30);
    world.run(30_000, () => reader.bytes === data.length);
    expect(intact(reader, data)).toBe(true);
  });

  test("news of another way costs a session at rest nothing", () => {
    const { world, a, b, data, reader, writer } = transfer(8, 10_000);
    world.run(5_000, () => reader.bytes === data.length);
    writer.stream?.end();
    reader.stream?.end();
    world.run(1_000);
    const before = world.sentCount;
    a.manager.wayChanged(b.id);
    b.manager.wayChanged(a.id);
    world.run(1_000);
    expect(world.sentCount).toBe(before);
  });

  test("a jump of the round trip from 10 to 300 ms and back loses nothing", () => {
    const { world, data, reader } = transfer(2, 6_000_000);
    world.run(200, () => reader.bytes > 1_000_000);
    world.faults.delayMs = 150;
    const slow = reader.bytes;
    world.run(700);
    expect(reader.bytes).toBeGreaterThan(slow);
    expect(reader.bytes).toBeLessThan(data.length);
    world.faults.delayMs = 5;
    world.run(20_000, () => reader.bytes === data.length);
    expect(intact(reader, data)).toBe(true);
  });

  test("a smaller packet size takes effect at once", () => {
    const { world, data, reader } = transfer(3, 2_000_000, { packetBytesMax: 9_000 });
    world.run(50, () => reader.bytes > 500_000);
    expect(reader.bytes).toBeLessThan(data.length);
    world.faults.packetBytesMax = 200;
    world.run(1_000);
    world.faults.packetBytesMax = 65_535;
    world.run(60_000, () => reader.bytes === data.length);
    expect(intact(reader, data)).toBe(true);
  });

  test("reordering alone does not slow a transfer down for long", () => {
    const straight = transfer(4, 3_000_000, { delayMs: 10 });
    const straightMs = straight.world.run(60_000, () => straight.reader.bytes === 3_000_000);
    const mixed = transfer(4, 3_000_000, { delayMs: 10, jitterMs: 8 });
    const mixedMs = mixed.world.run(60_000, () => mixed.reader.bytes === 3_000_000);
    expect(mixedMs).toBeLessThan(3 * straightMs);
  });

  test.each([
    ["both ways", true],
    ["one way", false],
  ])("a peer unreachable %s for half a minute is taken up again", (_, both) => {
    const { world, a, b, data, reader, writer } = transfer(5, 8_000_000, { delayMs: 20 });
    world.run(500, () => reader.bytes > 1_000_000);
    b.reachable = false;
    a.reachable = !both;
    a.manager.peerUnreachable(b.id);
    world.run(30_000);
    expect(writer.closed).toBeUndefined();
    b.reachable = true;
    a.reachable = true;
    a.manager.peerReachable(b.id);
    const before = reader.bytes;
    expect(world.run(5_000, () => reader.bytes > before)).toBeLessThan(200);
    world.run(30_000, () => reader.bytes === data.length);
    expect(intact(reader, data)).toBe(true);
  });
});

test("the same seed gives the same run, packet for packet", () => {
  const trace = () => {
    const { world, reader, data } = transfer(6, 300_000, { loss: 0.2, jitterMs: 10 });
    const hashes: Uint8Array[] = [];
    world.onSend = (_, bytes) => hashes.push(suite.sha256(bytes));
    world.run(60_000, () => reader.bytes === data.length);
    return suite.sha256(...hashes);
  };
  expect(trace()).toEqual(trace());
});
