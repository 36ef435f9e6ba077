import { createSocket } from "node:dgram";
import { constants } from "node:os";
import { afterEach, describe, expect, test } from "vitest";
import { type FrameRun, RUN_HEAD_BYTES, writeFrameOfRun } from "../../../base/frame-run.ts";
import { UDP_FRAME_BYTES_MAX, UDP_SEGMENTED_BYTES_MAX, UDP_SEGMENTS_MAX } from "../limits.ts";
import { until } from "../udp.fixture.ts";
import { loadFfi } from "./ffi.ts";
import { findLibc, type Libc } from "./libc.ts";
import { BatchOutlet } from "./udp-batch.ts";
import { FastUdp } from "./udp-fast.ts";
import { UdpRunSender } from "./udp-run-sender.ts";

const { EAGAIN, EMSGSIZE, ECONNREFUSED } = constants.errno;
const libc = findLibc();
const runs = describe.skipIf(libc === undefined || loadFfi() === undefined);

function runOf(frameBytes: number, count: number, leadBytes: number, lastBytes = 50): FrameRun {
  const bodyBytes = (count - 1) * (frameBytes - RUN_HEAD_BYTES) + lastBytes - leadBytes;
  const fill = (length: number, step: number): Uint8Array =>
    Uint8Array.from({ length }, (_, i) => (i * step) & 0xff);
  return {
    ...{ frameBytes, count, heads: fill(count * RUN_HEAD_BYTES, 7) },
    ...{ lead: fill(leadBytes, 5), body: fill(bodyBytes, 3) },
  };
}

function framesOf(run: FrameRun): Buffer[] {
  return Array.from({ length: run.count }, (_, index) => {
    const frame = Buffer.alloc(run.frameBytes);
    return frame.subarray(0, writeFrameOfRun(run, index, frame));
  });
}

/** A sender whose sendmmsg answers so; negative: with this error. */
function scripted(answer: number) {
  const real = libc as Libc;
  const calls: number[] = [];
  const sender = new UdpRunSender({
    ...real,
    sendmmsg: (_descriptor, _messages, count) => {
      calls.push(count);
      return answer < 0 ? -1 : answer;
    },
    errno: () => Math.max(0, -answer),
  });
  const socket = { descriptor: 7, slow: false, hasBacklog: () => false };
  const outlet = new BatchOutlet(
    ...([socket, new Uint8Array(0), () => undefined, () => undefined] as const),
  );
  return { sender, outlet, socket, calls };
}

const ignore = (): void => undefined;
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

runs("a run", () => {
  test.each([
    [1_200, 2, 120, 50, 4],
    [1_200, 54, 120, 50, 4],
    [1_200, 56, 0, 50, 4],
    [700, 100, 300, 50, 4],
    // As many bytes as one message may have.
    [1_200, 55, 120, 660, 4],
    [1_200, 55, 120, 660, 6],
    [1_452, 46, 120, 120, 6],
    // A frame that needs no cutting.
    [5_013, 1, 120, 5_000, 4],
    [65_013, 1, 40, 65_000, 6],
  ] as const)("of %i-byte frames, %i of them, arrives frame by frame", async (...how) => {
    const [frameBytes, count, lead, last, family] = how;
    const [to, from] = [createSocket(`udp${family}`), createSocket(`udp${family}`)];
    const host = family === 4 ? "127.0.0.1" : "::1";
    const came: Buffer[] = [];
    to.on("message", (frame) => void came.push(frame));
    await new Promise<void>((done) => to.bind(0, host, done));
    await new Promise<void>((done) => from.bind(0, host, done));
    const fast = new FastUdp(libc as Libc, () => "udp://nobody");
    const socket = fast.take(from, { onFrame: ignore, onError: ignore });
    closing.push(() => {
      if (socket !== undefined) fast.give(socket);
      fast.close();
      from.close();
      to.close();
    });
    const target = { host, port: to.address().port, family };
    const hooks = { slowly: ignore, failed: ignore };
    const outlet = socket && fast.outlet(socket, target, hooks);
    if (outlet === undefined) throw new RangeError("there is no fast way");
    const run = runOf(frameBytes, count, lead, last);
    expect(fast.sendRun(outlet, run)).toBe(true);
    await until(() => came.length === count);
    expect(came).toEqual(framesOf(run));
  });

  test("of as many bytes as one message may have is not cut on its way to who sits beside", async () => {
    const [to, from] = [createSocket("udp6"), createSocket("udp6")];
    for (const socket of [to, from]) {
      await new Promise<void>((done) => socket.bind(0, "::1", done));
    }
    const fast = new FastUdp(libc as Libc, () => "udp://nobody");
    const came: number[] = [];
    const reader = fast.take(to, {
      onFrame: () => void came.push(1),
      onRun: (_from, run) => void came.push(run.count),
      onError: ignore,
    });
    const socket = fast.take(from, { onFrame: ignore, onError: ignore });
    closing.push(() => {
      for (const one of [reader, socket]) if (one !== undefined) fast.give(one);
      fast.close();
      from.close();
      to.close();
    });
    const target = { host: "::1", port: to.address().port, family: 6 as const };
    const outlet = socket && fast.outlet(socket, target, { slowly: ignore, failed: ignore });
    if (outlet === undefined) throw new RangeError("there is no fast way");
    // The reader lays out its memory for frames of that size by the first run.
    for (const soFar of [46, 92]) {
      const run = runOf(1_452, 46, 120, UDP_SEGMENTED_BYTES_MAX - 45 * 1_452 - RUN_HEAD_BYTES);
      expect(fast.sendRun(outlet, run)).toBe(true);
      await until(() => came.reduce((sum, count) => sum + count, 0) === soFar);
    }
    expect(came.slice(-2)).toEqual([1, 46]);
  });

  test("is not begun where the socket is slow, closed or cannot be cut for", () => {
    const { sender, outlet, socket, calls } = scripted(1);
    outlet.uncutBytes = 1_200;
    expect(sender.send(outlet, runOf(1_200, 10, 0), ignore)).toBe(false);
    outlet.uncutBytes = 1_201;
    socket.slow = true;
    expect(sender.send(outlet, runOf(1_200, 10, 0), ignore)).toBe(false);
    socket.slow = false;
    socket.descriptor = -1;
    expect(sender.send(outlet, runOf(1_200, 10, 0), ignore)).toBe(false);
    expect(calls).toEqual([]);
  });

  test("of one frame goes also where nothing can be cut, and what the system says to it is not about cutting", () => {
    const { sender, outlet, calls } = scripted(-EMSGSIZE);
    outlet.uncutBytes = 0;
    expect(sender.send(outlet, runOf(65_500, 1, 0, 65_487), ignore)).toBe(false);
    expect(calls).toEqual([1]);
    outlet.uncutBytes = Number.POSITIVE_INFINITY;
    expect(sender.send(outlet, runOf(1_452, 1, 0), ignore)).toBe(false);
    expect(outlet.uncutBytes).toBe(Number.POSITIVE_INFINITY);
  });

  test("of as many frames as two messages hold is taken, not one more", () => {
    const { sender, outlet, calls } = scripted(2);
    expect(sender.send(outlet, runOf(200, 2 * UDP_SEGMENTS_MAX, 0), ignore)).toBe(true);
    expect(calls).toEqual([2]);
    expect(sender.send(outlet, runOf(200, 2 * UDP_SEGMENTS_MAX + 1, 0), ignore)).toBe(false);
    expect(calls).toEqual([2]);
  });

  test("is one message as long as one can hold it, its last frame being shorter", () => {
    const { sender, outlet, calls } = scripted(9);
    // 55 whole frames would be too many.
    const headBytes = 55 * RUN_HEAD_BYTES;
    const run = {
      ...runOf(1_200, 55, 0),
      body: new Uint8Array(UDP_SEGMENTED_BYTES_MAX - headBytes),
    };
    sender.send(outlet, run, ignore);
    expect(calls).toEqual([1]);
    const more = { ...run, body: new Uint8Array(UDP_SEGMENTED_BYTES_MAX - headBytes + 1) };
    sender.send(outlet, more, ignore);
    expect(calls).toEqual([1, 2]);
  });

  test("of two frames as large as a datagram can be is two messages of one", () => {
    const { sender, outlet, calls } = scripted(2);
    const run = runOf(UDP_FRAME_BYTES_MAX, 2, 0);
    expect(sender.send(outlet, run, ignore)).toBe(true);
    expect(sender.send(outlet, { ...run, count: 3 }, ignore)).toBe(false);
    expect(calls).toEqual([2]);
  });

  test("of frames that are larger than every way carries may go one by one, and smaller ones not", () => {
    const { sender, outlet, calls } = scripted(-EMSGSIZE);
    expect(sender.send(outlet, runOf(1_452, 10, 0), ignore)).toBe(false);
    expect(outlet.uncutBytes).toBe(1_452);
    expect(sender.send(outlet, runOf(1_452, 10, 0), ignore)).toBe(false);
    expect(calls).toHaveLength(1);
    sender.send(outlet, runOf(1_451, 10, 0), ignore);
    expect(calls).toHaveLength(2);
  });

  test("that the system refuses goes frame by frame, in the way that its answer asks for", () => {
    const full = scripted(-EAGAIN);
    expect(full.sender.send(full.outlet, runOf(1_200, 10, 0), ignore)).toBe(false);
    expect([full.socket.slow, full.outlet.uncutBytes]).toEqual([true, Infinity]);
    const narrow = scripted(-EMSGSIZE);
    expect(narrow.sender.send(narrow.outlet, runOf(1_200, 10, 0), ignore)).toBe(false);
    expect([narrow.socket.slow, narrow.outlet.uncutBytes]).toEqual([false, 0]);
    const gone = scripted(-ECONNREFUSED);
    expect(gone.sender.send(gone.outlet, runOf(1_200, 10, 0), ignore)).toBe(false);
    expect([gone.socket.slow, gone.outlet.uncutBytes]).toEqual([false, Infinity]);
  });

  test("of which one message found room is sent on frame by frame from there", () => {
    const { sender, outlet } = scripted(1);
    const run = runOf(1_200, 56, 30);
    const rest: Buffer[] = [];
    expect(sender.send(outlet, run, (frame) => void rest.push(Buffer.from(frame)))).toBe(true);
    expect(rest).toEqual(framesOf(run).slice(54));
  });
});
