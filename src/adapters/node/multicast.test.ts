import { afterEach, expect, test, vi } from "vitest";
import {
  INTERFACE_LOOK_GAP_CALM_MS,
  INTERFACE_LOOK_GAP_MS,
  INTERFACE_LOOKS_CLOSE,
  INTERFACE_POLL_MS,
} from "./limits.ts";
import { Multicast } from "./multicast.ts";
import { inEmptyNetwork, ip } from "./native/empty-network.fixture.ts";
import { findLibc } from "./native/libc.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Looks at interfaces by a clock that stands still unless it is moved. */
function watched() {
  let nowMs = 10_000;
  vi.spyOn(performance, "now").mockImplementation(() => nowMs);
  const looks: number[] = [];
  const names = new Set(["test0"]);
  const multicast = new Multicast({
    port: 0,
    onMessage: () => undefined,
    onInterfaceChange: () => undefined,
    onWarning: () => undefined,
    interfaces: () => {
      looks.push(nowMs);
      const info = {
        ...{ address: "10.1.2.3", family: "IPv4" as const, netmask: "", cidr: "10.1.2.3/24" },
        ...{ mac: "02:00:00:00:00:01", internal: false },
      };
      return Object.fromEntries([...names].map((name) => [name, [info]]));
    },
  });
  const askFor = (ms: number): number => {
    const before = looks.length;
    for (const endMs = nowMs + ms; nowMs < endMs; nowMs++) multicast.lookSoon();
    return looks.length - before;
  };
  const wait = (ms: number): void => {
    nowMs += ms;
  };
  return { askFor, looks, multicast, names, wait };
}

test("who asks all the time is answered by few looks, and a change brings close ones back", () => {
  const { askFor, names } = watched();
  const close = INTERFACE_LOOK_GAP_MS * (INTERFACE_LOOKS_CLOSE + 1);
  expect(askFor(close)).toBe(INTERFACE_LOOKS_CLOSE + 1);
  expect(askFor(10 * INTERFACE_LOOK_GAP_CALM_MS)).toBe(10);
  names.add("test1");
  expect(askFor(INTERFACE_LOOK_GAP_CALM_MS + INTERFACE_LOOK_GAP_MS)).toBeGreaterThanOrEqual(2);
  expect(askFor(2 * INTERFACE_LOOK_GAP_MS)).toBe(2);
});

test("who asks after a while is answered by a look at once", () => {
  const { askFor, wait } = watched();
  expect(askFor(20 * INTERFACE_LOOK_GAP_CALM_MS)).toBeGreaterThan(INTERFACE_LOOKS_CLOSE);
  wait(INTERFACE_POLL_MS);
  expect(askFor(1)).toBe(1);
  expect(askFor(2 * INTERFACE_LOOK_GAP_MS)).toBeGreaterThanOrEqual(1);
});

test("news are answered at once, news right after a look by one look a moment later", () => {
  const { looks, multicast, wait } = watched();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  multicast.lookForNews();
  expect(looks).toHaveLength(1);
  for (let i = 0; i < 100; i++) multicast.lookForNews();
  expect(looks).toHaveLength(1);
  wait(INTERFACE_LOOK_GAP_MS);
  vi.advanceTimersByTime(INTERFACE_LOOK_GAP_MS);
  expect(looks).toHaveLength(2);
  expect(vi.getTimerCount()).toBe(0);
});

test("a timer that is early does not lose the news", () => {
  const { looks, multicast, wait } = watched();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  multicast.lookForNews();
  multicast.lookForNews();
  wait(INTERFACE_LOOK_GAP_MS - 1);
  vi.advanceTimersByTime(INTERFACE_LOOK_GAP_MS);
  expect(looks).toHaveLength(1);
  wait(1);
  vi.advanceTimersByTime(1);
  expect(looks).toHaveLength(2);
});

test("news that never change anything cost few looks", () => {
  const { looks, multicast, wait } = watched();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const forMs = 20 * INTERFACE_LOOK_GAP_CALM_MS;
  for (let ms = 0; ms < forMs; ms++) {
    multicast.lookForNews();
    wait(1);
    vi.advanceTimersByTime(1);
  }
  expect(looks.length).toBeLessThanOrEqual(INTERFACE_LOOKS_CLOSE + 22);
  expect(looks.length).toBeGreaterThan(15);
});

test("after the end no news are answered", () => {
  const { looks, multicast, wait } = watched();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  multicast.lookForNews();
  multicast.lookForNews();
  multicast.close();
  wait(INTERFACE_POLL_MS);
  vi.advanceTimersByTime(INTERFACE_POLL_MS);
  expect(looks).toHaveLength(1);
});

test.skipIf(findLibc() === undefined)(
  "what the system tells is looked at without any timer, until the end",
  async (context) => {
    let changes = 0;
    const counts: number[] = [];
    const whyNot = await inEmptyNetwork(async () => {
      const wait = setTimeout;
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const multicast = new Multicast({
        port: 0,
        onMessage: () => undefined,
        onInterfaceChange: () => changes++,
        onWarning: () => undefined,
        interfaces: undefined,
      });
      // Longer than the least time between two looks, after which no timer is needed.
      const pause = () => new Promise<void>((done) => void wait(done, 4 * INTERFACE_LOOK_GAP_MS));
      await multicast.start(false);
      for (const step of ["link set lo up", "addr add 10.1.2.3/32 dev lo"]) {
        await pause();
        ip(step);
        await pause();
        counts.push(changes);
      }
      multicast.close();
      ip("addr del 10.1.2.3/32 dev lo");
      await pause();
    });
    // An empty network is root's to make; the other tests of this file run for everybody.
    if (whyNot !== undefined) context.skip(whyNot);
    expect([counts[0], changes]).toEqual([1, 2]);
  },
);
