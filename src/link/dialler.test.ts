import { describe, expect, test } from "vitest";
import { ManualClock, testRandom } from "../testing/fixtures.ts";
import { Dialler } from "./dialler.ts";
import { LinkError } from "./errors.ts";
import { DIAL_PATIENCE_MS, DIAL_RETRY_MAX_MS, STATIC_LINKS_MAX } from "./limits.ts";
import { TestNet, TestTransport } from "./net.fixture.ts";

const FAR = "udp://far";

/** A dialler, what it opened when, and the endpoints that it believes linked. */
function make(): {
  readonly dialler: Dialler;
  readonly opened: number[];
  readonly linked: Set<string>;
  readonly woken: number[];
  readonly tick: (nowMs: number) => void;
} {
  const opened: number[] = [];
  const linked = new Set<string>();
  const woken: number[] = [];
  let now = 0;
  const net = new TestNet(new ManualClock(0), testRandom("net"));
  const transport = new TestTransport(net, "udp://near", 1_200, false);
  transport.open = () => void opened.push(now);
  const dialler = new Dialler(testRandom("dialler"), {
    isLinked: (endpoint) => linked.has(endpoint),
    wake: (atMs) => void woken.push(atMs),
  });
  dialler.add({ transport, endpoint: FAR }, 0);
  const tick = (nowMs: number): void => {
    now = nowMs;
    dialler.tick(nowMs);
  };
  return { dialler, opened, linked, woken, tick };
}

test("dials at once, and again when patience ends", () => {
  const { dialler, opened, woken, tick } = make();
  expect(woken).toEqual([0]);
  expect(dialler.deadlineMs()).toBe(0);
  tick(0);
  expect(opened).toEqual([0]);
  expect(dialler.deadlineMs()).toBe(DIAL_PATIENCE_MS);
  tick(DIAL_PATIENCE_MS - 1);
  expect(dialler.deadlineMs()).toBe(DIAL_PATIENCE_MS);
  tick(DIAL_PATIENCE_MS);
  const again = dialler.deadlineMs();
  expect(again - DIAL_PATIENCE_MS).toBeGreaterThanOrEqual(160);
  expect(again - DIAL_PATIENCE_MS).toBeLessThanOrEqual(240);
  expect(woken).toEqual([0, again]);
  tick(again);
  expect(opened).toEqual([0, again]);
});

test("waits double from 200 ms to 10 s, give or take a fifth", () => {
  const { dialler, tick } = make();
  let nowMs = 0;
  for (const usual of [200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000]) {
    tick(nowMs);
    dialler.lost(FAR, nowMs);
    const waitMs = dialler.deadlineMs() - nowMs;
    expect(waitMs).toBeGreaterThanOrEqual(0.8 * usual);
    expect(waitMs).toBeLessThanOrEqual(1.2 * usual);
    nowMs += waitMs;
  }
});

describe("a link that is lost", () => {
  /** The wait after three failures and a link that lived so long. */
  function waitAfter(livedMs: number): number {
    const { dialler, tick } = make();
    let nowMs = 0;
    for (let i = 0; i < 3; i++) {
      tick(nowMs);
      dialler.lost(FAR, nowMs);
      nowMs = dialler.deadlineMs();
    }
    tick(nowMs);
    dialler.linked(FAR, nowMs);
    expect(dialler.deadlineMs()).toBe(Number.POSITIVE_INFINITY);
    dialler.lost(FAR, nowMs + livedMs);
    return dialler.deadlineMs() - (nowMs + livedMs);
  }

  test("is dialled soon where it lived long, and rarely where it keeps breaking", () => {
    expect(waitAfter(DIAL_RETRY_MAX_MS)).toBeLessThanOrEqual(240);
    expect(waitAfter(DIAL_RETRY_MAX_MS - 1)).toBeGreaterThanOrEqual(0.8 * 1_600);
  });

  test("counts once, however often it is said", () => {
    const { dialler, tick } = make();
    tick(0);
    dialler.lost(FAR, 0);
    const first = dialler.deadlineMs();
    dialler.lost(FAR, 1);
    dialler.lost("udp://stranger", 1);
    dialler.lost(undefined, 1);
    expect(dialler.deadlineMs()).toBe(first);
  });

  test("is not dialled while another one leads there", () => {
    const { dialler, opened, linked, tick } = make();
    tick(0);
    dialler.linked(FAR, 0);
    linked.add(FAR);
    dialler.lost(FAR, 5);
    expect(dialler.deadlineMs()).toBe(Number.POSITIVE_INFINITY);
    dialler.restart(10);
    tick(10);
    expect(opened).toEqual([0]);
    expect(dialler.deadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });
});

test("a restart dials everything now and waits as at the beginning", () => {
  const { dialler, opened, tick } = make();
  for (let i = 0; i < 5; i++) {
    tick(i * 60_000);
    dialler.lost(FAR, i * 60_000);
  }
  dialler.restart(1_000_000);
  expect(dialler.deadlineMs()).toBe(1_000_000);
  tick(1_000_000);
  expect(opened.at(-1)).toBe(1_000_000);
  dialler.lost(FAR, 1_000_000);
  expect(dialler.deadlineMs()).toBeLessThanOrEqual(1_000_240);
});

test("one more than the limit is refused, the same one twice is one", () => {
  const { dialler } = make();
  const net = new TestNet(new ManualClock(0), testRandom("net"));
  const transport = new TestTransport(net, "udp://near", 1_200, false);
  for (let i = 1; i < STATIC_LINKS_MAX; i++) dialler.add({ transport, endpoint: `udp://${i}` }, 0);
  dialler.add({ transport, endpoint: FAR }, 0);
  const refused = expect.objectContaining({ name: "LinkError", code: "too-many" });
  expect(() => dialler.add({ transport, endpoint: "udp://more" }, 0)).toThrow(refused);
  expect(() => dialler.add({ transport, endpoint: "udp://more" }, 0)).toThrow(LinkError);
  dialler.remove(FAR);
  expect(dialler.has(FAR)).toBe(false);
  dialler.add({ transport, endpoint: "udp://more" }, 0);
  expect(dialler.has("udp://more")).toBe(true);
});
