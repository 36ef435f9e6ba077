import fc from "fast-check";
import { expect, test } from "vitest";
import { suite } from "../../../test/support/hamlet.ts";
import { MemoryRecords } from "../../../test/support/memory-records.ts";
import { utf8 } from "../../base/bytes.ts";
import { SILENT_LOG } from "../../ports/index.ts";
import { WireError } from "../../wire/index.ts";
import { CHUNK_BYTES_MAX, CHUNKS_KNOWN_MAX, CHUNKS_PER_OBJECT_MAX } from "../limits.ts";
import { type ChunkList, decodeChunkList, encodeChunkList } from "./chunk-list.ts";
import { KnownChunks } from "./known-chunks.ts";

function hashOf(number: number): Uint8Array {
  return suite.sha256(utf8(String(number)));
}

function listOf(first: number, count: number): ChunkList {
  const chunks = Array.from({ length: count }, (_, at) => {
    return { lengthBytes: 1 + at, hash: hashOf(first + at) };
  });
  return { link: new Uint8Array(64).fill(first % 251), chunks };
}

test("lists are read as they were written, at the limit and not above it", () => {
  const list = listOf(5, CHUNKS_PER_OBJECT_MAX);
  expect(decodeChunkList(encodeChunkList(list))).toEqual(list);
  const more = { ...list, chunks: [...list.chunks, ...listOf(1, 1).chunks] };
  expect(() => decodeChunkList(encodeChunkList(more))).toThrow(WireError);
  for (const lengthBytes of [0, CHUNK_BYTES_MAX + 1]) {
    const odd = encodeChunkList({ ...list, chunks: [{ lengthBytes, hash: hashOf(1) }] });
    expect(() => decodeChunkList(odd)).toThrow(WireError);
  }
});

test("whatever is read is a list or refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      try {
        expect(encodeChunkList(decodeChunkList(bytes)).length).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
      }
    }),
  );
});

test("so many chunks are known, the latest ones", () => {
  const records = new MemoryRecords().open();
  const keys = { id: "f", readKey: new Uint8Array(32) };
  const known = new KnownChunks({ context: { suite, records, log: SILENT_LOG }, keys });
  const lists = CHUNKS_KNOWN_MAX / CHUNKS_PER_OBJECT_MAX;
  for (let number = 0; number < lists; number++) {
    const list = listOf(number * CHUNKS_PER_OBJECT_MAX, CHUNKS_PER_OBJECT_MAX);
    expect(known.add(list)).toHaveLength(1);
  }
  expect(known.find(hashOf(0))).toMatchObject({ offset: 0 });
  expect(known.find(hashOf(3))).toMatchObject({ offset: 6 });
  const writes = known.add(listOf(CHUNKS_KNOWN_MAX, 1));
  expect(writes.map(({ value }) => value === null)).toEqual([false, true]);
  expect(known.find(hashOf(0))).toBeUndefined();
  expect(known.find(hashOf(CHUNKS_PER_OBJECT_MAX))).toBeDefined();
  expect(known.find(hashOf(CHUNKS_KNOWN_MAX))).toBeDefined();
  expect(known.add({ link: new Uint8Array(64), chunks: [] })).toEqual([]);
});
