import fc from "fast-check";
import { expect, test } from "vitest";
import { concatBytes, NO_BYTES } from "../base/bytes.ts";
import { WireError } from "../wire/index.ts";
import { ChunkReader, encodeNotice, writeChunks } from "./chunks.ts";
import { CHUNK_BYTES_MAX } from "./limits.ts";

function framed(bytes: Uint8Array): Uint8Array {
  const frames: Uint8Array[] = [];
  writeChunks(bytes, (frame) => frames.push(frame));
  return concatBytes(...frames);
}

/** What a reader tells of bytes cut into pieces. */
function read(bytes: Uint8Array, size: number) {
  const told = { content: NO_BYTES, notices: [] as string[], overhead: 0 };
  const reader = new ChunkReader({
    onBytes: (part) => {
      told.content = concatBytes(told.content, part);
    },
    onNotice: (refusal) => told.notices.push(refusal),
  });
  for (let at = 0; at < bytes.length; at += size) {
    told.overhead += reader.push(bytes.subarray(at, at + size));
  }
  return told;
}

test("content and a notice come out again, however the bytes are cut", () => {
  const parts = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 });
  fc.assert(
    fc.property(parts, fc.integer({ min: 1, max: 400 }), fc.boolean(), (pieces, size, isBroken) => {
      const notice = isBroken ? encodeNotice("quota") : NO_BYTES;
      const told = read(concatBytes(...pieces.map(framed), notice), size);
      expect(told.content).toEqual(concatBytes(...pieces));
      expect(told.notices).toEqual(isBroken ? ["quota"] : []);
      expect(told.overhead).toBe(2 * pieces.length + notice.length);
    }),
  );
});

test.each([CHUNK_BYTES_MAX, CHUNK_BYTES_MAX + 1])("%i bytes are cut where they must be", (size) => {
  const bytes = new Uint8Array(size).fill(7);
  const told = read(framed(bytes), 4_096);
  expect(told.content).toEqual(bytes);
  expect(told.overhead).toBe(size > CHUNK_BYTES_MAX ? 4 : 2);
});

test("garbage is refused with one typed error, or is content", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
      try {
        expect(read(bytes, 100).content.length).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
      }
    }),
  );
});

test.each([
  ["bytes behind a notice", [0, 0, 4, 0]],
  ["an unknown notice", [0, 0, 99]],
  ["a notice of yes", [0, 0, 0]],
])("%s are refused", (_what, bytes) => {
  expect(() => read(Uint8Array.from(bytes), 1)).toThrow(WireError);
});
