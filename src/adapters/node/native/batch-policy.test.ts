import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { batchWhileBusy } from "./batch-policy.ts";
import { type Ffi, loadFfi } from "./ffi.ts";

const LOOK_MS = 1_000;
const isLinux = process.platform === "linux";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

/** A process whose use of the processor is told, and what the system was asked. */
class World {
  policy = 0;
  answer = 0;
  usedMs = 0;
  readonly asked: number[] = [];
  readonly ffi: Ffi = {
    find: (name) =>
      name === "sched_getscheduler"
        ? () => this.policy
        : (thread, policy) => {
            if (name === "clock_gettime") return 0;
            expect([name, thread]).toEqual(["sched_setscheduler", 0]);
            this.asked.push(policy as number);
            if (this.answer === 0) this.policy = policy as number;
            return this.answer;
          },
    ...{ addressOf: () => 0, viewOf: () => new ArrayBuffer(0), errno: () => 0 },
    watch: () => ({ close: () => {} }),
  };

  start(): () => void {
    const nowMs = (): number => Date.now();
    return batchWhileBusy({ ffi: this.ffi, usedMs: () => this.usedMs, nowMs });
  }

  /** So many looks, between which this share of a processor was used. */
  pass(share: number, looks = 1): void {
    for (let i = 0; i < looks; i++) {
      this.usedMs += share * LOOK_MS;
      vi.advanceTimersByTime(LOOK_MS);
    }
  }
}

test.runIf(isLinux)("one that is busy interrupts nobody until it is calm again", () => {
  const w = new World();
  const end = w.start();
  w.pass(0.149, 5);
  expect(w.asked).toEqual([]);
  w.pass(0.15);
  w.pass(0.08, 5);
  expect(w.asked).toEqual([3]);
  w.pass(0.079);
  w.pass(0.149, 5);
  expect(w.asked).toEqual([3, 0]);
  w.pass(2);
  end();
  expect(w.asked).toEqual([3, 0, 3, 0]);
  w.pass(2, 3);
  end();
  expect(w.asked).toEqual([3, 0, 3, 0]);
});

test.runIf(isLinux)("what somebody else chose stays, before and after", () => {
  const idle = 5;
  const w = new World();
  w.policy = idle;
  w.start();
  w.pass(1, 3);
  expect([w.asked, vi.getTimerCount()]).toEqual([[], 0]);

  const later = new World();
  const end = later.start();
  later.pass(1);
  later.policy = idle;
  later.pass(0);
  end();
  expect([later.asked, later.policy, vi.getTimerCount()]).toEqual([[3], idle, 0]);
});

test.runIf(isLinux)("a system that does not let it is asked once", () => {
  const w = new World();
  w.answer = -1;
  w.start();
  w.pass(1, 5);
  expect([w.asked, vi.getTimerCount()]).toEqual([[3], 0]);
});

test("does nothing without native calls or without the functions", () => {
  const ffi: Ffi = {
    ...new World().ffi,
    find: () => {
      throw new RangeError("no such function");
    },
  };
  batchWhileBusy({ ffi });
  vi.stubEnv("PEERNET_FFI", "off");
  batchWhileBusy();
  expect(vi.getTimerCount()).toBe(0);
});

/** As the system tells of this thread: field 41 of `stat` (proc(5)), the third being the first after its name. */
function policyOfThread(): number {
  const stat = readFileSync("/proc/thread-self/stat", "latin1");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[38]);
}

const isUsual = isLinux && loadFfi() !== undefined && policyOfThread() === 0;

test.runIf(isUsual)("the system does it to this thread, by what this thread has used", () => {
  let lookMs = 0;
  const end = batchWhileBusy({ nowMs: () => lookMs });
  try {
    const untilMs = process.cpuUsage().user / 1_000 + 30;
    while (process.cpuUsage().user / 1_000 < untilMs);
    // So short that it counts as busy however much of that other threads have used.
    lookMs = 10;
    vi.advanceTimersByTime(LOOK_MS);
    expect(policyOfThread()).toBe(3);
    lookMs = 1e9;
    vi.advanceTimersByTime(LOOK_MS);
    expect(policyOfThread()).toBe(0);
  } finally {
    end();
  }
});
