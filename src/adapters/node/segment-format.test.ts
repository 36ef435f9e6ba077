import fc from "fast-check";
import { expect, test } from "vitest";
import { BlockStage, stageMemory } from "./block-stage.ts";
import { hashEach } from "./hash-each.ts";
import {
  blockOfRecord,
  decodeRecordHead,
  layRecordHead,
  RECORD_HEADER_BYTES,
  writeRecordChecks,
  writeRecordHead,
} from "./segment-format.ts";

const salt = Uint8Array.from({ length: 16 }, (_, i) => 3 * i);

test("heads whose checks are made together are those that are made one by one", () => {
  const key = fc.oneof(fc.string({ maxLength: 60 }), fc.string({ minLength: 190, maxLength: 340 }));
  const property = fc.property(fc.array(key, { maxLength: 20 }), (keys) => {
    const places = keys.map((_, i) => i * 1_100 + 7);
    const [together, alone] = [Buffer.alloc(keys.length * 1_100 + 7), Buffer.alloc(22_007)];
    for (const [i, key] of keys.entries()) {
      const isGone = i % 3 === 0;
      const record = {
        kind: isGone ? "remove" : "put",
        key,
        block: new Uint8Array(isGone ? 0 : i),
      } as const;
      const at = places[i] ?? 0;
      const headBytes = layRecordHead(together, at, record);
      expect(headBytes).toBe(RECORD_HEADER_BYTES + Buffer.byteLength(key));
      expect(writeRecordHead(alone, at, salt, record)).toBe(headBytes);
    }
    writeRecordChecks(together, places, salt, hashEach);
    expect(Buffer.compare(together, alone.subarray(0, together.length))).toBe(0);
    for (const [i, key] of keys.entries()) {
      if (Buffer.from(key).toString() === key)
        expect(decodeRecordHead(salt, together, places[i] ?? 0, 0)).toMatchObject({ key });
    }
  });
  fc.assert(property, { seed: 5 });
});

test("what was laid out for another place in the file is whole where it comes to lie", () => {
  const block = Uint8Array.from({ length: 5_000 }, (_, i) => Math.imul(i, 40_503) >>> 7);
  for (const [from, to] of [
    [64, 64],
    [64, 4_095],
    [4_000, 4_096],
  ] as const) {
    const stage = new BlockStage(stageMemory().take(), salt, from);
    for (let i = 0; i < 9; i++) stage.add({ key: `before ${i}`, block });
    stage.moveTo(to);
    for (let i = 0; i < 3; i++) stage.add({ key: `after ${i}`, block });
    const [bytes = new Uint8Array(0)] = stage.parts;
    expect(bytes.byteOffset % 4_096).toBe(to % 4_096);
    expect(stage.records).toHaveLength(12);
    for (const record of stage.records) {
      const part = bytes.subarray(record.offset, record.offset + record.totalBytes);
      expect(blockOfRecord(salt, part, record)).toEqual(block);
    }
  }
});
