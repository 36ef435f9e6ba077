import { afterEach, describe, expect, test } from "vitest";
import { Driver } from "./driver.ts";

let driver: Driver | undefined;
afterEach(() => driver?.stop());

function failTest(error: unknown): void {
  expect.unreachable(String(error));
}

/** A target with one deadline at a time; `done` resolves after so many ticks. */
function countingTarget(deadlines: number[]) {
  const ticks: number[] = [];
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return {
    ticks,
    done,
    nextDeadlineMs: () => deadlines[0] ?? Number.POSITIVE_INFINITY,
    tick: () => {
      ticks.push(deadlines.shift() ?? Number.NaN);
      if (deadlines.length === 0) finish();
    },
  };
}

test("runs every deadline that is due, in order, without waiting for timers", async () => {
  const target = countingTarget([1, 2, 3]);
  driver = new Driver(target, () => 10, failTest);
  driver.poke();
  driver.poke();
  await target.done;
  expect(target.ticks).toEqual([1, 2, 3]);
});

test("sleeps until a later deadline and may be told of an earlier one", async () => {
  const deadlines = [Number.POSITIVE_INFINITY];
  const target = countingTarget(deadlines);
  driver = new Driver(target, () => performance.now(), failTest);
  driver.poke();
  deadlines[0] = performance.now() + 5;
  driver.poke();
  await target.done;
  expect(target.ticks).toHaveLength(1);
});

test("hands on what a tick throws, and nothing runs after stop", async () => {
  let deadlineMs = 0;
  const thrown = await new Promise<unknown>((resolve) => {
    const target = {
      nextDeadlineMs: () => deadlineMs,
      tick: () => {
        deadlineMs = Number.POSITIVE_INFINITY;
        throw new RangeError("broken");
      },
    };
    driver = new Driver(target, () => 1, resolve);
    driver.poke();
  });
  expect(thrown).toBeInstanceOf(RangeError);
  driver?.stop();
  driver?.poke();
});

test("a turn does at once what is due, once, and tells when it is done", () => {
  const target = countingTarget([1, 2]);
  let ticked = 0;
  driver = new Driver(target, () => 10, failTest);
  driver.onTicked = () => {
    ticked++;
  };
  driver.turn();
  expect([target.ticks, ticked]).toEqual([[1], 1]);
  driver.turn();
  expect([target.ticks, ticked]).toEqual([[1, 2], 2]);
  driver.turn();
  expect(ticked).toBe(3);
  driver.stop();
  target.ticks.length = 0;
  driver.turn();
  expect(target.ticks).toEqual([]);
});

test("a timer that is too early looks again and misses nothing", async () => {
  // Time stands still until both turns are done: a busy machine must not be due in between.
  let startedMs = Number.NaN;
  const nowMs = () => (Number.isNaN(startedMs) ? 0 : performance.now() - startedMs);
  let dueMs = 5;
  let doneMs = 0;
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const target = {
    nextDeadlineMs: () => (doneMs === 0 ? dueMs : Number.POSITIVE_INFINITY),
    tick: () => {
      doneMs = nowMs();
      finish();
    },
  };
  driver = new Driver(target, nowMs, failTest);
  driver.turn();
  dueMs = 40;
  driver.turn();
  startedMs = performance.now();
  await done;
  expect(doneMs).toBeGreaterThanOrEqual(dueMs);
});

describe("packets", () => {
  /** What was asked and done, in order; `next` is when packets need something next. */
  function target(next: () => number) {
    const log: string[] = [];
    let looked: () => void = () => undefined;
    const look = new Promise<void>((resolve) => {
      looked = resolve;
    });
    return {
      log,
      look,
      packetsTaken: () => {
        log.push("packets");
        return next();
      },
      nextDeadlineMs: () => {
        log.push("look");
        looked();
        return Number.POSITIVE_INFINITY;
      },
      tick: () => void log.push("tick"),
    };
  }

  test("are answered before anything is looked at, which happens soon, once for many turns", async () => {
    const packets = target(() => Number.POSITIVE_INFINITY);
    let nowMs = 1;
    driver = new Driver(packets, () => nowMs, failTest);
    let ticked = 0;
    driver.onTicked = () => {
      ticked++;
    };
    driver.packetCame();
    for (let turn = 0; turn < 3; turn++) driver.turn();
    expect(packets.log).toEqual(["packets", "packets", "packets"]);
    expect(ticked).toBe(3);
    nowMs = 2;
    await packets.look;
    await new Promise((next) => setTimeout(next, 20));
    expect(ticked).toBe(4);
    expect(packets.log).toEqual(["packets", "packets", "packets", "look"]);
  });

  test("that bring more have everything looked at in the same turn", () => {
    const packets = target(() => 0);
    driver = new Driver(packets, () => 1, failTest);
    driver.turn();
    expect(packets.log).toEqual(["packets", "look"]);
  });

  test("of a turn that has begun need no look of their own; one asked for in between is made", async () => {
    const packets = target(() => Number.POSITIVE_INFINITY);
    driver = new Driver(packets, () => 1, failTest);
    driver.turnBegins();
    driver.packetCame();
    await new Promise((next) => setImmediate(next));
    expect(packets.log).toEqual([]);
    driver.poke();
    driver.turn();
    expect(packets.log).toEqual(["packets", "look"]);
    // After its end whoever pokes is heard as before.
    driver.poke();
    await new Promise((next) => setImmediate(next));
    expect(packets.log).toEqual(["packets", "look", "look"]);
  });

  test("do not take the place of somebody who asked for a look", () => {
    const packets = target(() => Number.POSITIVE_INFINITY);
    driver = new Driver(packets, () => 1, failTest);
    driver.packetCame();
    driver.poke();
    driver.turn();
    expect(packets.log).toEqual(["packets", "look"]);
    driver.turn();
    expect(packets.log).toHaveLength(3);
  });

  test("are asked alone what is due next, and all only every 16 ms while turns follow each other", async () => {
    let nowMs = 100;
    let nextMs = Number.POSITIVE_INFINITY;
    const packets = target(() => nextMs);
    driver = new Driver(packets, () => nowMs, failTest);
    driver.poke();
    driver.turn();
    const looks = (): number => packets.log.filter((word) => word === "look").length;
    expect(looks()).toBe(1);
    nowMs = 101;
    nextMs = 101.5;
    driver.turn();
    const asked = packets.log.length;
    nowMs = 102;
    nextMs = Number.POSITIVE_INFINITY;
    while (packets.log.length === asked) await new Promise((next) => setTimeout(next, 1));
    expect([packets.log.at(-1), looks()]).toEqual(["packets", 1]);
    nowMs = 116;
    driver.turn();
    expect(looks()).toBe(2);
  });

  test("are not handed over once it has stopped, and what they throw is handed on", () => {
    const errors: unknown[] = [];
    const packets = target(() => {
      throw new RangeError("broken");
    });
    driver = new Driver(
      packets,
      () => 1,
      (error) => errors.push(error),
    );
    driver.turn();
    expect(errors).toEqual([new RangeError("broken")]);
    driver.stop();
    driver.turn();
    expect(packets.log).toEqual(["packets"]);
  });
});
