import { expect, test } from "vitest";
import type { Stream } from "../session/index.ts";
import { AfterAnswer } from "./after-answer.ts";
import { Answering, type AnsweringHost } from "./answering.ts";
import { BREAK_RETRY_MS, REFUSED_LINGER_MS } from "./limits.ts";
import { plainLine } from "./line.ts";
import { encodeOpening } from "./opening.ts";
import type { Near, NearEvents } from "./types.ts";

/** A stream whose bytes are acknowledged when the test says so. */
class SlowStream implements Stream {
  readonly id = 1;
  readonly peer = "fd00";
  readonly service = "tcp";
  unacknowledgedBytes = 0;
  resets = 0;

  write(bytes: Uint8Array): boolean {
    this.unacknowledgedBytes += bytes.length;
    return true;
  }
  end(): void {}
  consume(): void {}
  reset(): void {
    this.resets++;
  }
}

/** A program that breaks its connection off in the turn in which it was accepted. */
class BreakingNear implements Near {
  attach(events: NearEvents): void {
    events.onClose();
  }
  write(): void {}
  end(): void {}
  destroy(): void {}
  pause(): void {}
  resume(): void {}
}

function answering(stream: SlowStream): { tunnel: Answering; go: (ms: number) => void } {
  let nowMs = 0;
  const host: AnsweringHost = {
    nowMs: () => nowMs,
    decide: () => ({
      dial: (done) => {
        done(null, new BreakingNear());
        return () => undefined;
      },
      join: plainLine,
      mayStay: () => true,
    }),
    refused: () => {},
    over: () => {},
  };
  const tunnel = new Answering(stream, {} as never, 1_000, host);
  const go = (ms: number): void => {
    nowMs += ms;
    if (tunnel.deadlineMs <= nowMs) tunnel.expire();
  };
  return { tunnel, go };
}

test("a connection that breaks at once breaks after the answer has arrived, not before", () => {
  const stream = new SlowStream();
  const { tunnel, go } = answering(stream);
  tunnel.onData(encodeOpening({ t: "port", port: 80 }));
  expect(stream.unacknowledgedBytes).toBeGreaterThan(0);
  go(BREAK_RETRY_MS);
  go(BREAK_RETRY_MS);
  expect(stream.resets).toBe(0);
  stream.unacknowledgedBytes = 0;
  go(BREAK_RETRY_MS);
  go(REFUSED_LINGER_MS);
  expect(stream.resets).toBe(1);
});

test("an answer that never arrives is not waited for longer than a refused connection is", () => {
  const stream = new SlowStream();
  const { tunnel, go } = answering(stream);
  tunnel.onData(encodeOpening({ t: "port", port: 80 }));
  for (let ms = 0; ms < REFUSED_LINGER_MS; ms += BREAK_RETRY_MS) go(BREAK_RETRY_MS);
  expect(stream.resets).toBe(1);
});

test("once the answer is there, a break is one at once", () => {
  const stream = new SlowStream();
  let held = 0;
  const far = new AfterAnswer(stream, () => held++);
  far.write(new Uint8Array(10));
  stream.unacknowledgedBytes = 10; // the answer before them has arrived
  far.reset();
  expect([stream.resets, held, far.isHeld]).toEqual([1, 0, false]);
});
