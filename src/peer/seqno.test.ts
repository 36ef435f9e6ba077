import { expect, test } from "vitest";
import { MemoryRecords } from "../../test/support/memory-records.ts";
import { SEQNO_BLOCK } from "./limits.ts";
import { loadSeqno, SeqnoKeeper } from "./seqno.ts";

function settle(disk: MemoryRecords): void {
  while (disk.busy) disk.step();
}

function load(disk: MemoryRecords): number {
  let loaded = 0;
  loadSeqno(disk.open(), (_error, seqno) => {
    loaded = seqno;
  });
  settle(disk);
  return loaded;
}

test("a new home begins with 1; after a restart no number comes again", () => {
  const disk = new MemoryRecords();
  expect(load(disk)).toBe(1);
  const keeper = new SeqnoKeeper(disk.open(), (error) => expect.unreachable(error.message));
  keeper.reserve(1);
  settle(disk);
  for (let seqno = 2; seqno <= 1 + SEQNO_BLOCK; seqno++) keeper.reserve(seqno);
  expect(disk.busy).toBe(false);
  expect(load(disk)).toBe(1 + SEQNO_BLOCK + 1);
  keeper.reserve(2 + SEQNO_BLOCK);
  settle(disk);
  expect(load(disk)).toBeGreaterThan(2 + SEQNO_BLOCK);
});

test("a disk that refuses is told, and asked again at the next number", () => {
  const disk = new MemoryRecords();
  const errors: string[] = [];
  const keeper = new SeqnoKeeper(disk.open(), (error) => errors.push(error.code));
  disk.full = true;
  keeper.reserve(1);
  settle(disk);
  expect(errors).toEqual(["full"]);
  disk.full = false;
  keeper.reserve(1);
  settle(disk);
  expect(load(disk)).toBe(1 + SEQNO_BLOCK + 1);
});
