import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { equalBytes } from "../base/bytes.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { HeldMemory, type HeldShare } from "./held-memory.ts";
import { HELD_BYTES_MAX, SESSIONS_MAX, STREAM_WINDOW_BYTES } from "./limits.ts";
import { ReceiveStream } from "./receive-stream.ts";
import { open, type StreamProbe, serve, TestWorld } from "./world.fixture.ts";

const BLOCK_BYTES = 16_384;
const suite = createNodeSuite();

describe("memory for what came out of order", () => {
  test("one session may hold half of it, and not a byte more", () => {
    const memory = new HeldMemory();
    expect(memory.share().take(HELD_BYTES_MAX + 1)).toBe(false);
    const share = memory.share();
    expect(share.take(HELD_BYTES_MAX / 2)).toBe(true);
    expect(share.take(1)).toBe(false);
    share.give(1);
    expect(share.take(1)).toBe(true);
    expect(memory.freeBytes).toBe(HELD_BYTES_MAX / 2);
  });

  test("however many take all that they get, it does not run over, and newcomers get something", () => {
    const memory = new HeldMemory();
    const greedy: HeldShare[] = [];
    for (let i = 0; i < SESSIONS_MAX / 8; i++) {
      const share = memory.share();
      expect(share.take(BLOCK_BYTES)).toBe(true);
      greedy.push(share);
    }
    for (let round = 0; round < 256; round++) for (const one of greedy) one.take(BLOCK_BYTES);
    expect(memory.freeBytes).toBeGreaterThanOrEqual(0);
    expect(memory.share().take(BLOCK_BYTES)).toBe(true);
  });

  test("a stream counts its blocks, and gives all back when they are in order or given up", () => {
    const pieces = fc.array(fc.tuple(fc.nat(300_000), fc.nat(20_000)), { maxLength: 30 });
    fc.assert(
      fc.property(pieces, fc.boolean(), (list, isDropped) => {
        const memory = new HeldMemory();
        const stream = new ReceiveStream();
        stream.countWith(memory.share());
        const deliver = () => true;
        for (const [offset, length] of list) {
          stream.receive(offset, new Uint8Array(length), deliver);
          expect((HELD_BYTES_MAX - memory.freeBytes) % BLOCK_BYTES).toBe(0);
        }
        if (isDropped) stream.drop();
        else stream.receive(0, new Uint8Array(400_000), deliver);
        expect(memory.freeBytes).toBe(HELD_BYTES_MAX);
      }),
    );
  });

  test("what there is no memory for is as if it were lost; what is in order always passes", () => {
    const stream = new ReceiveStream();
    const memory = new HeldMemory(2 * BLOCK_BYTES);
    stream.countWith(memory.share());
    const got: Uint8Array[] = [];
    const deliver = (bytes: Uint8Array): boolean => got.push(bytes.slice()) > 0;
    expect(stream.receive(10, Uint8Array.of(10), deliver)).toBe(true);
    expect(stream.receive(STREAM_WINDOW_BYTES - 1, Uint8Array.of(1), deliver)).toBe(false);
    expect(stream.receive(0, new Uint8Array(10), deliver)).toBe(true);
    expect(got.map(({ length }) => length)).toEqual([10, 1]);
    expect(memory.freeBytes).toBe(2 * BLOCK_BYTES);
  });
});

describe("sessions without memory for what comes out of order", () => {
  /** A megabyte to a peer with so much memory, over a way that loses and reorders. */
  const transfer = (heldBytesMax: number) => {
    const world = new TestWorld(suite, new ManualClock(1_000), testRandom("held"));
    Object.assign(world.faults, { loss: 0.05, jitterMs: 4 });
    const a = world.add(testIdentity(suite, "a"));
    const b = world.add(testIdentity(suite, "b"), { heldBytesMax });
    const ends = (one: StreamProbe) => {
      one.finish = () => one.stream?.end();
    };
    const served = serve(b, "sink", ends);
    const probe = open(a, b, "sink");
    const bytes = Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * 31) >> 3);
    probe.stream?.write(bytes);
    probe.stream?.end();
    const tookMs = world.run(600_000, () => probe.closed !== undefined);
    const whole = new Uint8Array(bytes.length);
    let at = 0;
    for (const chunk of served[0]?.chunks ?? []) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    expect(probe.closed).toBe("done");
    expect(equalBytes(whole, bytes)).toBe(true);
    return tookMs;
  };

  test("are slower, but all arrives once and in order", () => {
    const [usual, little, none] = [
      transfer(HELD_BYTES_MAX),
      transfer(2 * BLOCK_BYTES),
      transfer(0),
    ];
    expect(little).toBeGreaterThanOrEqual(usual);
    expect(none).toBeGreaterThan(usual);
  });
});
