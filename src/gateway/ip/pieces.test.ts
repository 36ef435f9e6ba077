import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes } from "../../base/bytes.ts";
import { FRAME_BYTES_MAX, PIECE_HEAD_BYTES } from "./layout.ts";
import {
  PIECED_SEGMENTS_MAX,
  PIECES_MAX,
  REASSEMBLIES_MAX,
  REASSEMBLIES_PER_PEER_MAX,
  REASSEMBLY_MS,
} from "./limits.ts";
import { ANNA, BERT, hex, TestClock } from "./packets.fixture.ts";
import { cuttableBytes, isCuttable, Reassembler, segmentsForPieces, sendPieces } from "./pieces.ts";

function cut(frame: Uint8Array, datagramBytes: number, id = 1): Uint8Array[] {
  const found: Uint8Array[] = [];
  const scratch = new Uint8Array(FRAME_BYTES_MAX);
  sendPieces(frame, 0, frame.length, id, datagramBytes, scratch, (piece) => {
    found.push(piece.slice());
    return true;
  });
  return found;
}

const piece = (id: number, index: number, count: number, data: string): Uint8Array =>
  concatBytes(Uint8Array.of(0x12, 0, 0, 0, id, index, count), hex(data));

describe("pieces of a frame", () => {
  test("byte by byte", () => {
    expect(cut(hex("1001020304"), 9, 0x01020304)).toEqual([
      hex("12 01020304 00 03 1001"),
      hex("12 01020304 01 03 0203"),
      hex("12 01020304 02 03 04"),
    ]);
  });

  test("any frame comes together again, whatever the order of its pieces", () => {
    const frames = fc.uint8Array({ minLength: 30, maxLength: 500 });
    fc.assert(
      fc.property(
        frames,
        fc.integer({ min: 15, max: 30 }),
        fc.infiniteStream(fc.nat()),
        (frame, size, order) => {
          const pieces = cut(frame, size);
          const shuffled = pieces
            .map((one) => ({ one, at: order.next().value ?? 0 }))
            .sort((a, b) => a.at - b.at)
            .map(({ one }) => one);
          const reassembler = new Reassembler(new TestClock());
          const results = shuffled.map((one) => {
            expect(one.length).toBeLessThanOrEqual(size);
            const result = reassembler.take(BERT, one);
            return typeof result === "string" ? result : result.slice();
          });
          expect(results.at(-1)).toEqual(frame);
          expect(results.slice(0, -1).every((result) => result === "waiting")).toBe(true);
          expect(reassembler.waiting).toBe(0);
        },
      ),
    );
  });

  test("a piece that comes twice changes nothing", () => {
    const reassembler = new Reassembler(new TestClock());
    expect(reassembler.take(BERT, piece(1, 1, 2, "cc"))).toBe("waiting");
    expect(reassembler.take(BERT, piece(1, 1, 2, "cc"))).toBe("waiting");
    expect(reassembler.take(BERT, piece(1, 0, 2, "aabb"))).toEqual(hex("aabbcc"));
  });

  test("two peers with the same numbers do not get mixed up", () => {
    const reassembler = new Reassembler(new TestClock());
    reassembler.take(BERT, piece(1, 0, 2, "aa"));
    expect(reassembler.take(ANNA, piece(1, 1, 2, "bb"))).toBe("waiting");
    expect(reassembler.take(BERT, piece(1, 1, 2, "cc"))).toEqual(hex("aacc"));
  });

  test("nothing more is sent after a piece that was refused", () => {
    let count = 0;
    const send = (): boolean => ++count < 2;
    expect(sendPieces(new Uint8Array(90), 0, 90, 1, 20, new Uint8Array(30), send)).toBe(false);
    expect(count).toBe(2);
  });
});

describe("bad pieces", () => {
  test.each([
    ["no data", "12 00000001 00 02"],
    ["a head cut off", "12 0000"],
    ["one piece only", "12 00000001 00 01 aa"],
    ["an index beyond the count", "12 00000001 02 02 aa"],
    ["more pieces than may be", `12 00000001 00 ${(PIECES_MAX + 1).toString(16)} aa`],
  ])("%s", (_name, text) => {
    expect(new Reassembler(new TestClock()).take(BERT, hex(text))).toBe("bad-piece");
  });

  test.each([
    ["of different sizes", piece(1, 0, 3, "aabb"), piece(1, 1, 3, "aa")],
    ["with a last one larger than the others", piece(1, 0, 2, "aa"), piece(1, 1, 2, "aabb")],
    ["smaller than the last one", piece(1, 1, 2, "aabb"), piece(1, 0, 2, "aa")],
    ["that disagree about how many there are", piece(1, 0, 3, "aa"), piece(1, 1, 4, "aa")],
  ])("pieces %s", (_name, first, second) => {
    const reassembler = new Reassembler(new TestClock());
    expect(reassembler.take(BERT, first)).toBe("waiting");
    expect(reassembler.take(BERT, second)).toBe("bad-piece");
    expect(reassembler.waiting).toBe(0);
  });

  test("together larger than any frame", () => {
    const large = concatBytes(
      Uint8Array.of(0x12, 0, 0, 0, 1, 0, 3),
      new Uint8Array(FRAME_BYTES_MAX / 2 + 1),
    );
    expect(new Reassembler(new TestClock()).take(BERT, large)).toBe("bad-piece");
  });

  test("frames never completed: a bounded number is kept, for a bounded time", () => {
    const clock = new TestClock();
    const reassembler = new Reassembler(clock);
    for (let id = 1; id <= REASSEMBLIES_PER_PEER_MAX; id++) {
      reassembler.take(BERT, piece(id, 0, 2, "aa"));
      clock.advance(1);
    }
    expect(reassembler.waiting).toBe(REASSEMBLIES_PER_PEER_MAX);
    reassembler.take(BERT, piece(99, 0, 2, "aa"));
    expect(reassembler.waiting).toBe(REASSEMBLIES_PER_PEER_MAX);
    expect(reassembler.take(BERT, piece(1, 1, 2, "bb"))).toBe("waiting");
    expect(reassembler.take(BERT, piece(99, 1, 2, "bb"))).toEqual(hex("aabb"));
    for (let peer = 0; peer < 2 * REASSEMBLIES_MAX; peer++) {
      reassembler.take(`fd${peer}`, piece(1, 0, 2, "aa"));
    }
    expect(reassembler.waiting).toBe(REASSEMBLIES_MAX);
    clock.advance(REASSEMBLY_MS);
    reassembler.take(BERT, piece(1, 0, 2, "aa"));
    expect(reassembler.waiting).toBe(1);
  });

  test("segments share frames where that fills the datagrams, up to the limit", () => {
    expect(segmentsForPieces(71, 1_360, 1_100)).toBe(3);
    expect(segmentsForPieces(0, 100, 107)).toBe(1);
    expect(segmentsForPieces(0, 125, 107)).toBe(PIECED_SEGMENTS_MAX);
    expect(segmentsForPieces(0, 120, 107)).toBeLessThanOrEqual(PIECED_SEGMENTS_MAX);
    expect(segmentsForPieces(0, 3_300, 107)).toBe(1);
  });

  test("what fits, and one byte more", () => {
    expect(cuttableBytes(PIECE_HEAD_BYTES + 10)).toBe(10 * PIECES_MAX);
    expect(isCuttable(10 * PIECES_MAX, PIECE_HEAD_BYTES + 10)).toBe(true);
    expect(isCuttable(10 * PIECES_MAX + 1, PIECE_HEAD_BYTES + 10)).toBe(false);
  });
});
