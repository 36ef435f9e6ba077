import { describe, expect, test } from "vitest";
import { type FrameRun, RUN_HEAD_BYTES, writeFrameOfRun } from "../../base/frame-run.ts";
import { UDP_FRAME_BYTES_MAX } from "./limits.ts";
import { loadFfi } from "./native/ffi.ts";
import { FFI, Recorder, start, until, withFfi } from "./udp.fixture.ts";

const FRAME_BYTES = 1_200;
const isFast = process.platform === "linux" && loadFfi() !== undefined;

function runOf(count: number): FrameRun {
  const roomBytes = FRAME_BYTES - RUN_HEAD_BYTES;
  const fill = (length: number, step: number): Uint8Array =>
    Uint8Array.from({ length }, (_, i) => (i * step) & 0xff);
  return {
    ...{ frameBytes: FRAME_BYTES, count, heads: fill(count * RUN_HEAD_BYTES, 3) },
    ...{ lead: fill(90, 5), body: fill(count * roomBytes - 90 - 400, 7) },
  };
}

function framesOf(run: FrameRun): Uint8Array[] {
  return Array.from({ length: run.count }, (_, index) => {
    const frame = new Uint8Array(run.frameBytes);
    return frame.slice(0, writeFrameOfRun(run, index, frame));
  });
}

/** Remembers the frames of runs as well, and how many runs there were. */
class RunRecorder extends Recorder {
  runs = 0;

  onRun(endpoint: string, run: FrameRun): void {
    this.runs++;
    for (const frame of framesOf(run)) this.frames.push({ endpoint, frame });
  }
}

describe.each(FFI)("a run, FFI %s", (mode) => {
  withFfi(mode);

  test.each([["as one"], ["one by one"]])(
    "arrives %s where the receiver knows it so",
    async (how) => {
      const events = how === "as one" ? new RunRecorder() : new Recorder();
      const [a, b] = [await start(), await start({ events })];
      const [to, from] = [b.transport.ports.ipv4, a.transport.ports.ipv4].map(
        (port) => `udp://127.0.0.1:${port}`,
      ) as [string, string];
      a.transport.watch?.(to, true);
      b.transport.watch?.(from, true);
      const run = runOf(50);
      const isSent = a.transport.sendRun?.(to, run);
      expect(isSent).toBe(isFast && mode === "on");
      if (isSent !== true) {
        for (const frame of framesOf(run)) a.transport.send(to, frame);
      }
      await until(() => events.frames.length === 50);
      expect(events.frames.map(({ frame }) => frame)).toEqual(framesOf(run));
      expect(new Set(events.frames.map(({ endpoint }) => endpoint))).toEqual(new Set([from]));
      if (events instanceof RunRecorder && isSent === true) expect(events.runs).toBeGreaterThan(0);
    },
  );

  test("is not taken for an endpoint that nobody watches, nor with frames that are too large", async () => {
    const [a, b] = [await start(), await start()];
    const to = `udp://127.0.0.1:${b.transport.ports.ipv4}`;
    expect(a.transport.sendRun?.(to, runOf(5))).toBe(false);
    a.transport.watch?.(to, true);
    const tooLarge = { ...runOf(5), frameBytes: UDP_FRAME_BYTES_MAX + 1 };
    expect(a.transport.sendRun?.(to, tooLarge)).toBe(false);
  });
});
