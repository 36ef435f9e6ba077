import { expect, test } from "vitest";
import { pay, somebody, toySuite } from "../../test/support/line-rig.ts";
import { MemoryRecords } from "../../test/support/memory-records.ts";
import { ManualClock } from "../testing/fixtures.ts";
import { SERVE_PAUSE_MS, SERVE_STALLED_MS } from "./limits.ts";
import { NO_HASH, signBatch } from "./line/batch.ts";
import { encodeKept, logKey } from "./line-record.ts";
import type { Carried } from "./protocol.ts";
import { type ServedLine, type ServedTalk, Serving } from "./serving.ts";

const BATCHES = 300;

/** A partner that reads, or does not; what it was given counts. */
class Partner implements ServedTalk {
  isOpen = true;
  isReady = true;
  readonly got: Carried[] = [];
  last: number | undefined;
  /** How many more frames it reads. */
  appetite = Number.POSITIVE_INFINITY;

  carry(_line: ServedLine, batches: readonly Carried[]): void {
    this.got.push(...batches);
    this.appetite--;
    this.isReady = this.appetite > 0;
  }

  served(_line: ServedLine, ours: number): void {
    this.last = ours;
  }
}

/** Two lines with as many batches of ours each, and who reads them for partners. */
function desk(): { clock: ManualClock; serving: Serving; lines: ServedLine[]; settle(): void } {
  const clock = new ManualClock(1_000);
  const disk = new MemoryRecords();
  const serving = new Serving({ clock, records: disk.open() });
  const { signKey } = somebody("Anna");
  const lines = ["a", "b"].map((letter) => {
    const id = letter.repeat(32);
    for (let number = 1; number <= BATCHES; number++) {
      const place = { line: new Uint8Array(16), previous: NO_HASH, seenHash: NO_HASH };
      const { batch } = signBatch(toySuite, signKey, place, {
        number,
        seen: 0,
        atS: 1,
        ops: [pay(1)],
      });
      const value = encodeKept({ isOurs: true, batch, released: [] });
      disk.kept.set(logKey(id, 0, number), value);
    }
    return { id, record: { epoch: 0 }, servedUntilMs: 0 };
  });
  const settle = (): void => {
    while (disk.busy) disk.step();
  };
  return { clock, serving, lines, settle };
}

test("a partner that asks for old batches and does not read them keeps nobody else waiting for long", () => {
  const { clock, serving, lines, settle } = desk();
  const [first, second] = lines as [ServedLine, ServedLine];
  const [silent, other] = [new Partner(), new Partner()];
  silent.appetite = 1;
  serving.serve(silent, first, { ours: 0, theirs: 0 });
  settle();
  serving.serve(other, second, { ours: 0, theirs: 0 });
  settle();
  expect([silent.got.length > 0, other.got.length]).toEqual([true, 0]);
  expect(serving.nextDeadlineMs()).toBe(1_000 + SERVE_STALLED_MS);
  clock.advance(SERVE_STALLED_MS - 1);
  serving.tick();
  settle();
  expect(other.got).toEqual([]);
  clock.advance(1);
  serving.tick();
  settle();
  expect([other.got.length, other.last]).toEqual([BATCHES, BATCHES]);
  // Who reads again gets the rest, none of it twice.
  const before = silent.got.length;
  silent.appetite = Number.POSITIVE_INFINITY;
  silent.isReady = true;
  clock.advance(SERVE_PAUSE_MS);
  serving.tick();
  settle();
  expect([silent.got.length, silent.last]).toEqual([BATCHES, BATCHES]);
  expect(before).toBeLessThan(BATCHES);
  expect(new Set(silent.got.map(({ bytes }) => bytes.join())).size).toBe(BATCHES);
});

test("somebody slow whom nobody waits behind is not sent away", () => {
  const { clock, serving, lines, settle } = desk();
  const [first] = lines as [ServedLine];
  const slow = new Partner();
  slow.appetite = 1;
  serving.serve(slow, first, { ours: 0, theirs: 0 });
  settle();
  expect(serving.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
  clock.advance(10 * SERVE_STALLED_MS);
  slow.appetite = Number.POSITIVE_INFINITY;
  slow.isReady = true;
  serving.tick();
  settle();
  expect([slow.got.length, slow.last]).toEqual([BATCHES, BATCHES]);
});

test("a disk that takes long to read wakes nobody again and again", () => {
  const { clock, serving, lines, settle } = desk();
  const [first, second] = lines as [ServedLine, ServedLine];
  const [one, other] = [new Partner(), new Partner()];
  serving.serve(one, first, { ours: 0, theirs: 0 });
  serving.serve(other, second, { ours: 0, theirs: 0 });
  clock.advance(SERVE_STALLED_MS);
  expect(serving.nextDeadlineMs()).toBe(Number.POSITIVE_INFINITY);
  settle();
  expect([one.last, other.last]).toEqual([BATCHES, BATCHES]);
});
