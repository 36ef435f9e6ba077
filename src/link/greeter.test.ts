import { expect, test } from "vitest";
import type { PeerId } from "../identity/index.ts";
import type { Transport } from "../ports/index.ts";
import { ManualClock } from "../testing/fixtures.ts";
import { Greeter } from "./greeter.ts";
import {
  GREETING_GAP_MS,
  GREETING_WAITS_MS,
  PLACE_AGE_MAX_MS,
  PLACES_KEEP_MS,
  PLACES_MAX,
} from "./limits.ts";
import type { KnownPlace } from "./types.ts";

const udp = { scheme: "udp", reliable: false, canDial: () => true } as unknown as Transport;
const tcp = { scheme: "tcp", reliable: true, canDial: () => true } as unknown as Transport;

function named(i: number): PeerId {
  return `fd${i.toString(16).padStart(30, "0")}`;
}

function at(i: number, atMs = 0): KnownPlace {
  return { id: named(i), endpoint: `udp://p${i}`, atMs };
}

function rig() {
  const clock = new ManualClock();
  const up = new Set<PeerId>();
  const minded = new Set<string>();
  const greeted: string[] = [];
  const kept: (readonly KnownPlace[])[] = [];
  const greeter = new Greeter({
    clock,
    transports: new Map([
      ["udp", udp],
      ["tcp", tcp],
    ]),
    isUp: (peer) => up.has(peer),
    isMinded: (endpoint) => minded.has(endpoint),
    connect: ({ endpoint }) => greeted.push(endpoint),
    keep: (places) => kept.push(places),
    wake: () => {},
  });
  const run = (ms: number): void => {
    const endMs = clock.monotonicMs() + ms;
    for (;;) {
      const dueMs = Math.max(clock.monotonicMs(), greeter.deadlineMs());
      if (dueMs > endMs) break;
      clock.advance(dueMs - clock.monotonicMs());
      greeter.tick(clock.monotonicMs());
    }
    clock.advance(endMs - clock.monotonicMs());
  };
  const link = (i: number, transport = udp): void =>
    greeter.linked(
      named(i),
      { transport, endpoint: `${transport.scheme}://p${i}` },
      clock.monotonicMs(),
    );
  return { clock, up, minded, greeted, kept, greeter, run, link };
}

test("greets all that it remembers, the last first, then ever more rarely, then not at all", () => {
  const { greeter, greeted, run, clock, up } = rig();
  const nowMs = clock.wallMs();
  greeter.recall([at(1, nowMs - 2_000), at(2, nowMs - 1_000), at(3, nowMs - PLACE_AGE_MAX_MS)]);
  greeter.start(clock.monotonicMs());
  run(GREETING_GAP_MS);
  expect(greeted).toEqual(["udp://p2", "udp://p1"]);
  up.add(named(2));
  run(GREETING_WAITS_MS.reduce((sum, ms) => sum + ms, 0));
  expect(greeted.slice(2)).toEqual(GREETING_WAITS_MS.map(() => "udp://p1"));
  expect(greeter.deadlineMs()).toBe(Number.POSITIVE_INFINITY);
});

test("remembers datagram places only, and none that is dialled or found anyway", () => {
  const { greeter, link, minded } = rig();
  minded.add("udp://p1");
  link(1);
  link(2, tcp);
  expect(greeter.list()).toEqual([]);
  link(3);
  greeter.heard("udp://p3", 0);
  expect(greeter.list()).toEqual([]);
});

test("remembers PLACES_MAX neighbours, and writes at most every PLACES_KEEP_MS", () => {
  const { greeter, link, kept, run } = rig();
  for (let i = 0; i < PLACES_MAX; i++) link(i);
  run(0);
  expect(kept.map(({ length }) => length)).toEqual([PLACES_MAX]);
  expect(greeter.list()).toHaveLength(PLACES_MAX);
  link(PLACES_MAX);
  run(PLACES_KEEP_MS - 1);
  expect(kept).toHaveLength(1);
  run(1);
  expect(kept).toHaveLength(2);
  expect(greeter.list()).toHaveLength(PLACES_MAX);
  expect(greeter.list().map(({ id }) => id)).not.toContain(named(0));
  // What has not changed is not written again.
  link(PLACES_MAX);
  run(10 * PLACES_KEEP_MS);
  expect(kept).toHaveLength(2);
});

test("forgets everything at once, and greets nobody any more", () => {
  const { greeter, greeted, kept, run, clock } = rig();
  greeter.recall([at(1, clock.wallMs())]);
  greeter.start(clock.monotonicMs());
  greeter.forget();
  run(60_000);
  expect(greeted).toEqual([]);
  expect(kept).toEqual([[]]);
});
