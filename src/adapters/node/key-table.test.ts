import fc from "fast-check";
import { expect, test } from "vitest";
import { utf8 } from "../../base/bytes.ts";
import { BlockIndex, type SegmentState } from "./block-index.ts";
import { KeyTable } from "./key-table.ts";
import { hintSegmentBytes, SegmentEntries } from "./segment-entries.ts";
import { RECORD_HEADER_BYTES, type SegmentRecord } from "./segment-format.ts";

test("a table finds what a map finds, whatever came and went", () => {
  const anyStep = fc.record({ key: fc.integer({ min: 0, max: 40 }), isAdd: fc.boolean() });
  fc.assert(
    fc.property(
      fc.array(anyStep, { maxLength: 200 }),
      fc.integer({ min: 1, max: 7 }),
      (steps, m) => {
        const names = Array.from({ length: 41 }, (_, i) => utf8(`key ${i}`));
        const table: KeyTable = new KeyTable({
          isKey: (_segment, place, key) => Buffer.from(names[place - 1] ?? []).equals(key),
        });
        // Few different hashes, so that runs of slots overlap; some at the end of the table.
        const hashOf = (key: number): number => (key % m) * 3 + (key % 2 === 0 ? 1_020 : 0);
        const expected = new Map<number, number>();
        for (const [time, { key, isAdd }] of steps.entries()) {
          const name = names[key] ?? new Uint8Array(0);
          const slot = table.find(hashOf(key), name, 0, name.length);
          expect(slot >= 0 ? table.segmentAt(slot) : undefined).toBe(expected.get(key));
          if (isAdd) {
            if (slot < 0) table.add(hashOf(key), time, key + 1);
            else table.move(slot, time, key + 1);
            expected.set(key, time);
          } else {
            if (slot >= 0) table.remove(slot);
            expected.delete(key);
          }
          expect(table.count).toBe(expected.size);
        }
      },
    ),
  );
});

test("a table of many pages finds all its keys, however it got them", () => {
  const count = 20_000;
  const keys = Array.from({ length: count }, (_, i) => utf8(`key ${i}`));
  const isKey = (_segment: number, place: number, key: Uint8Array): boolean =>
    Buffer.from(keys[place - 1] ?? []).equals(key);
  for (const reserved of [0, count]) {
    const table = new KeyTable({ isKey });
    const slotOf = (key: Uint8Array): number =>
      table.find(table.hash(key, 0, key.length), key, 0, key.length);
    table.reserve(reserved);
    for (const [i, key] of keys.entries()) table.add(table.hash(key, 0, key.length), i, i + 1);
    expect(keys.every((key, i) => table.segmentAt(slotOf(key)) === i)).toBe(true);
    for (const key of keys.slice(count / 2)) table.remove(slotOf(key));
    expect(table.count).toBe(count / 2);
    expect(keys.every((key, i) => slotOf(key) >= 0 === i < count / 2)).toBe(true);
  }
});

test("entries keep all records where their spare memory goes to others", () => {
  const entries = SegmentEntries.empty();
  const record = (i: number): SegmentRecord => ({
    ...({ kind: "put", key: `key ${i}`, offset: 64 + i, blockBytes: i } as const),
    totalBytes: RECORD_HEADER_BYTES + utf8(`key ${i}`).length + i,
  });
  const first = Array.from({ length: 300 }, (_, i) => record(i));
  for (const one of first) entries.append(one);
  const hint = entries.hint(9_000);
  const others = SegmentEntries.empty(entries.trim());
  for (let i = 300; i < 400; i++) others.append(record(i));
  expect(entries.records()).toEqual(first);
  expect(Buffer.from(entries.hint(9_000)).equals(hint)).toBe(true);
  expect(others.records()).toEqual(Array.from({ length: 100 }, (_, i) => record(300 + i)));
  expect(SegmentEntries.ofHint(others.hint(8_000))?.entries.count).toBe(100);
  entries.append(record(300));
  expect(entries.count).toBe(301);
});

test("a hash is that of the bytes, wherever they lie", () => {
  const table = new KeyTable({ isKey: () => false });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 0, max: 9 }), (bytes, from) => {
      const moved = new Uint8Array(bytes.length + from + 3).fill(255);
      moved.set(bytes, from);
      expect(table.hash(moved, from, bytes.length)).toBe(table.hash(bytes, 0, bytes.length));
    }),
  );
});

function stateOf(number: number, entries = SegmentEntries.empty()): SegmentState {
  return { number, salt: new Uint8Array(16), entries, size: 0, neededBytes: 0 };
}

test("a hint brings back all records, also those that were outdated meanwhile", () => {
  const index = new BlockIndex();
  const state = stateOf(1);
  const records = ["a", "b", "a", "ü€😀"].map((key, i) => ({
    ...({ kind: "put", key, offset: 64 + i * 100, blockBytes: i } as const),
    totalBytes: 36 + utf8(key).length + i,
  }));
  for (const record of records) index.apply(state, record);
  expect([...index.keys("")].sort()).toEqual(["a", "b", "ü€😀"]);
  expect([...index.keys("ü")]).toEqual(["ü€😀"]);
  const hint = state.entries.hint(1_000);
  expect(hintSegmentBytes(hint)).toBe(1_000);
  const { entries, bytes } = SegmentEntries.ofHint(hint) ?? {};
  expect(bytes).toBe(1_000);
  expect(entries?.records()).toEqual(records);
  const again = new BlockIndex();
  if (entries !== undefined) again.load(stateOf(1, entries));
  expect(again.usedBytes).toBe(index.usedBytes);
  expect(again.find("a")?.record.offset).toBe(264);
  for (let at = 0; at < hint.length; at++) {
    const spoiled = hint.slice();
    spoiled[at] = (spoiled[at] ?? 0) ^ 4;
    expect(SegmentEntries.ofHint(spoiled)).toBeUndefined();
  }
});
