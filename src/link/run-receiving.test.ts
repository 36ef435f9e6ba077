import fc from "fast-check";
import { expect, test } from "vitest";
import { createNodeSuite } from "../adapters/node/crypto.ts";
import { NO_BYTES } from "../base/bytes.ts";
import { type FrameRun, RUN_HEAD_BYTES } from "../base/frame-run.ts";
import { ManualClock, testIdentity, testRandom } from "../testing/fixtures.ts";
import { TestWorkshop } from "./kit.fixture.ts";
import { PACKET_HEADER_BYTES_MAX } from "./limits.ts";
import type { TestTransport } from "./net.fixture.ts";

const suite = createNodeSuite();
const w = new TestWorkshop({
  suite,
  clock: () => new ManualClock(1_000),
  random: testRandom,
  identity: (label) => testIdentity(suite, label),
});

/** Frames as a system hands them over that has put those of one size together. */
function runOf(frames: readonly Uint8Array[]): FrameRun {
  const frameBytes = frames[0]?.length ?? 0;
  const join = (parts: readonly Uint8Array[]): Uint8Array =>
    Uint8Array.from(parts.flatMap((part) => [...part]));
  return {
    ...{ frameBytes, count: frames.length, lead: NO_BYTES },
    heads: join(frames.map((frame) => frame.subarray(0, RUN_HEAD_BYTES))),
    body: join(frames.map((frame) => frame.subarray(RUN_HEAD_BYTES))),
  };
}

/** Cuts frames into runs: a shorter one ends a run, a longer one begins another. */
function runsOf(frames: readonly Uint8Array[], most: number): FrameRun[] {
  const runs: FrameRun[] = [];
  let open: Uint8Array[] = [];
  const close = (): void => {
    if (open.length > 0) runs.push(runOf(open));
    open = [];
  };
  for (const frame of frames) {
    const size = open[0]?.length ?? frame.length;
    if (frame.length > size || open.length === most) close();
    open.push(frame);
    if (frame.length < (open[0]?.length ?? 0)) close();
  }
  close();
  return runs;
}

/** Two linked peers, and the frames of packets that the first one sends. */
function linked(seed: number) {
  const { on, a, b } = w.pair(seed);
  on.run(1_000);
  const [from, to] = [a.transports[0], b.transports[0]] as [TestTransport, TestTransport];
  const framesOf = (payloads: readonly Uint8Array[]): Uint8Array[] => {
    const before = from.sent.length;
    on.mute.add(from.endpoint);
    for (const payload of payloads) {
      a.manager.sendPacket(b.id, new Uint8Array(PACKET_HEADER_BYTES_MAX).fill(3), payload);
    }
    on.run(20);
    on.mute.delete(from.endpoint);
    return from.sent.slice(before).map(({ frame }) => frame);
  };
  const bring = (run: FrameRun): void => to.events?.onRun?.(from.endpoint, run);
  return { a, b, framesOf, bring };
}

const sizes = fc.array(fc.oneof(fc.nat({ max: 1_000 }), fc.nat({ max: 65_000 })), {
  minLength: 1,
  maxLength: 5,
});

test("packets come out of runs as they went into frames, wherever the runs were cut", () => {
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 64 }), fc.nat(1e6), (list, most, seed) => {
      const { b, framesOf, bring } = linked(seed);
      const payloads = list.map((bytes, i) => new Uint8Array(bytes).fill(i + 1));
      for (const run of runsOf(framesOf(payloads), most)) bring(run);
      expect(b.packets.map(({ payload }) => payload)).toEqual(payloads);
      expect(b.packets.every(({ header }) => header.every((byte) => byte === 3))).toBe(true);
    }),
    { numRuns: 25, seed: 3 },
  );
});

test("a run with a frame missing, doubled or out of order brings what can be put together", () => {
  const { b, framesOf, bring } = linked(5);
  const payload = new Uint8Array(30_000).fill(7);
  const frames = framesOf([payload]);
  const [head, one, two, ...others] = frames as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  for (const run of runsOf([head, two, one, one, ...others], 64)) bring(run);
  expect(b.packets.map((packet) => packet.payload)).toEqual([payload]);
  const second = framesOf([payload]);
  for (const run of runsOf(second.toSpliced(4, 1), 64)) bring(run);
  expect(b.packets).toHaveLength(1);
  bring(runOf(second.slice(4, 5)));
  expect(b.packets.map((packet) => packet.payload)).toEqual([payload, payload]);
});

test("pieces that came before their head wait for it, as they do one by one", () => {
  const { b, framesOf, bring } = linked(6);
  const payload = new Uint8Array(9_000).fill(9);
  const [head, ...pieces] = framesOf([payload]) as [Uint8Array, ...Uint8Array[]];
  for (const run of runsOf([...pieces, head], 64)) bring(run);
  expect(b.packets.map((packet) => packet.payload)).toEqual([payload]);
});

test("an altered byte in a run costs its own packet at most", () => {
  fc.assert(
    fc.property(fc.nat(1e6), fc.nat(1e6), (place, seed) => {
      const { a, b, framesOf, bring } = linked(seed % 50);
      const payloads = [new Uint8Array(20_000).fill(1), new Uint8Array(5_000).fill(2)];
      const runs = runsOf(framesOf(payloads), 64);
      const [first] = runs;
      if (first === undefined) throw new RangeError("there is no run");
      const at = place % (first.heads.length + first.body.length);
      const bytes = at < first.heads.length ? first.heads : first.body;
      const index = at < first.heads.length ? at : at - first.heads.length;
      bytes[index] = (bytes[index] ?? 0) ^ 0x41;
      for (const run of runs) bring(run);
      expect(b.packets.at(-1)?.payload).toEqual(payloads[1]);
      // Payloads are sealed by whoever sent them, not by links; sizes and order are vouched for.
      for (const { payload } of b.packets) expect([20_000, 5_000]).toContain(payload.length);
      expect(b.manager.neighbour(a.id)).toBeDefined();
    }),
    { numRuns: 100, seed: 11 },
  );
});

test("a run whose numbers contradict each other is dropped whole", () => {
  const { b, framesOf, bring } = linked(8);
  const run = runOf(framesOf([new Uint8Array(30_000)]).slice(0, 10));
  bring({ ...run, count: 11 });
  bring({ ...run, frameBytes: 5 });
  bring({ ...run, heads: run.heads.subarray(1) });
  expect(b.packets).toEqual([]);
});
