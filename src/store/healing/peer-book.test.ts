import { expect, test } from "vitest";
import { SILENT_LOG } from "../../ports/index.ts";
import { ManualClock } from "../../testing/index.ts";
import { TestDisk, TestRecords } from "../disk.fixture.ts";
import { FACTS_SAVED_MS, PEERS_KNOWN_MAX, WATCH_BURST, WATCH_REFILL_MS } from "./limits.ts";
import { PeerBook } from "./peer-book.ts";

const HOUR = 3_600_000;
const ID = (place: number): string => `fd${place.toString(16).padStart(30, "0")}`;

interface World {
  readonly clock: ManualClock;
  readonly disk: TestDisk;
  readonly open: () => PeerBook;
  readonly settle: () => void;
}

function makeWorld(): World {
  const clock = new ManualClock();
  const disk = new TestDisk();
  const tasks: (() => void)[] = [];
  const settle = (): void => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task();
  };
  const open = (): PeerBook => {
    const book = new PeerBook({
      ...{ clock, log: SILENT_LOG, records: new TestRecords(disk, (task) => tasks.push(task)) },
      deadAfter: { minMs: HOUR / 2, maxMs: 168 * HOUR, unknownMs: 12 * HOUR },
    });
    book.load(() => {});
    settle();
    return book;
  };
  return { clock, disk, open, settle };
}

test("who is away counts until the timeout, and again when it is back", () => {
  const { clock, open } = makeWorld();
  const book = open();
  const slot = book.reachable(ID(1))?.slot ?? 0;
  expect(book.isDead(slot)).toBe(false);
  book.unreachable(ID(1));
  clock.advance(12 * HOUR - 1);
  expect(book.isDead(slot)).toBe(false);
  expect(book.takeDead()).toEqual([]);
  expect(book.nextDeadlineMs()).toBeLessThanOrEqual(clock.monotonicMs() + 1);
  clock.advance(1);
  expect(book.isDead(slot)).toBe(true);
  expect(book.takeDead().map(({ id }) => id)).toEqual([ID(1)]);
  expect(book.takeDead()).toEqual([]);
  book.reachable(ID(1));
  expect(book.isDead(slot)).toBe(false);
});

test("absences are remembered over a restart; the time off counts for nobody", () => {
  const world = makeWorld();
  const book = world.open();
  for (let night = 0; night < 8; night++) {
    book.reachable(ID(1));
    world.clock.advance(14 * HOUR);
    book.unreachable(ID(1));
    world.clock.advance(10 * HOUR);
  }
  book.tick();
  world.settle();
  world.clock.advance(100 * HOUR);
  const again = world.open();
  const known = again.get(ID(1));
  expect(known?.isReachable).toBe(false);
  const slot = known?.slot ?? 0;
  expect(again.isDead(slot)).toBe(false);
  // Ten hours each night, so longer than the twelve of an unknown peer.
  world.clock.advance(13 * HOUR);
  expect(again.isDead(slot)).toBe(false);
  world.clock.advance(24 * HOUR);
  expect(again.isDead(slot)).toBe(true);
});

test("a damaged record is left out", () => {
  const world = makeWorld();
  world.disk.records.set(`store/peer/${ID(1)}`, Uint8Array.of(1, 2, 3));
  expect(world.open().get(ID(1))).toBeUndefined();
});

test("of more peers than are remembered the one goes that was away longest; none that is there", () => {
  const world = makeWorld();
  const book = world.open();
  for (let place = 0; place < PEERS_KNOWN_MAX; place++) book.reachable(ID(place));
  expect(book.reachable(ID(PEERS_KNOWN_MAX))).toBeUndefined();
  book.unreachable(ID(7));
  world.clock.advance(1_000);
  book.unreachable(ID(8));
  world.clock.advance(FACTS_SAVED_MS);
  book.tick();
  world.settle();
  const slot = book.get(ID(7))?.slot ?? 0;
  expect(book.reachable(ID(PEERS_KNOWN_MAX))).toBeDefined();
  world.settle();
  expect(book.get(ID(7))).toBeUndefined();
  expect(book.get(ID(8))).toBeDefined();
  expect(book.isDead(slot)).toBe(true);
  expect(world.disk.records.has(`store/peer/${ID(7)}`)).toBe(false);
  expect(world.disk.records.has(`store/peer/${ID(8)}`)).toBe(true);
});

test("questions of one peer are answered in a burst and then at a pace", () => {
  const { clock, open } = makeWorld();
  const book = open();
  expect(book.mayAsk(ID(1))).toBe(false);
  book.reachable(ID(1));
  const answered = (): number => {
    let count = 0;
    while (book.mayAsk(ID(1))) count++;
    return count;
  };
  expect(answered()).toBe(WATCH_BURST);
  clock.advance(WATCH_REFILL_MS - 1);
  expect(answered()).toBe(0);
  clock.advance(1);
  expect(answered()).toBe(1);
  clock.advance(1_000 * WATCH_REFILL_MS);
  expect(answered()).toBe(WATCH_BURST);
});
