import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WireError } from "../wire/index.ts";
import {
  decodeFragmentHead,
  encodeFragmentHead,
  type FragmentHead,
  fragmentCount,
  fragmentRange,
  Reassembler,
} from "./fragments.ts";
import {
  FRAGMENTED_PER_LINK_MAX,
  FRAGMENTS_MAX,
  PACKET_HEADER_BYTES_MAX,
  REASSEMBLY_LIFE_MS,
} from "./limits.ts";

const none = new Uint8Array(0);

function head(packetId: number, index: number, count: number, payloadBytes: number): FragmentHead {
  return { packetId, index, count, payloadBytes, header: none };
}

describe("cutting", () => {
  test("the ranges of all pieces cover header and payload once, in order, and fit", () => {
    const headers = fc.nat(PACKET_HEADER_BYTES_MAX);
    const frames = fc.integer({ min: 256, max: 9_000 });
    fc.assert(
      fc.property(headers, fc.nat(65_535), frames, (headerBytes, total, frameMax) => {
        const count = fragmentCount(headerBytes, total, frameMax) ?? 0;
        let end = 0;
        let headEnd = 0;
        for (let index = 0; index < count; index++) {
          const [from, to] = fragmentRange(total, count, index);
          const [headFrom, headTo] = fragmentRange(headerBytes, count, index);
          expect([from, headFrom]).toEqual([end, headEnd]);
          expect(to - from + headTo - headFrom + 29 + 11).toBeLessThanOrEqual(frameMax);
          [end, headEnd] = [to, headTo];
        }
        expect([end, headEnd]).toEqual([total, headerBytes]);
      }),
      { seed: 6 },
    );
  });

  test("the longest header and payload fit the smallest frames", () => {
    const count = fragmentCount(PACKET_HEADER_BYTES_MAX, 65_535 - PACKET_HEADER_BYTES_MAX, 256);
    expect(count).toBe(Math.ceil(65_535 / (256 - 40)));
  });

  test("1,024 pieces are the most", () => {
    const frameMax = 41;
    expect(fragmentCount(0, FRAGMENTS_MAX, frameMax)).toBe(FRAGMENTS_MAX);
    expect(fragmentCount(0, FRAGMENTS_MAX + 1, frameMax)).toBeUndefined();
    expect(fragmentCount(1, 10, frameMax)).toBeUndefined();
    expect(fragmentCount(1, 1, 40)).toBeUndefined();
  });
});

describe("head", () => {
  test("round trip", () => {
    const first = { packetId: 7, index: 0, count: 3, payloadBytes: 30, header: none };
    const sealed = encodeFragmentHead({ ...first, header: Uint8Array.of(1, 2) });
    expect(decodeFragmentHead(sealed.subarray(1), 10)).toEqual({
      ...first,
      header: Uint8Array.of(1, 2),
    });
  });

  test("numbers that do not fit each other are refused", () => {
    const refuse = (wrong: FragmentHead, pieceBytes: number): void => {
      const sealed = encodeFragmentHead(wrong).subarray(1);
      expect(() => decodeFragmentHead(sealed, pieceBytes)).toThrow(WireError);
    };
    refuse(head(1, 3, 3, 30), 10);
    refuse(head(1, 0, 0, 30), 10);
    refuse(head(1, 0, 3, 30), 9);
    refuse(head(1, 0, FRAGMENTS_MAX + 1, FRAGMENTS_MAX + 1), 1);
    refuse({ ...head(1, 1, 3, 30), header: none.slice(0, 0) }, 11);
    const share = Math.ceil(PACKET_HEADER_BYTES_MAX / 3);
    refuse({ ...head(1, 1, 3, 30), header: new Uint8Array(share + 1) }, 10);
    refuse({ ...head(1, 0, 1, 10), header: new Uint8Array(PACKET_HEADER_BYTES_MAX + 1) }, 10);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 90 }), fc.nat(2_000), (bytes, pieceBytes) => {
        try {
          decodeFragmentHead(bytes, pieceBytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { seed: 7 },
    );
  });
});

describe("putting together", () => {
  test("any order and any repetition gives the packet exactly once", () => {
    const headers = fc.nat(PACKET_HEADER_BYTES_MAX);
    const order = fc.shuffledSubarray([...Array(7).keys()], { minLength: 7, maxLength: 7 });
    fc.assert(
      fc.property(order, fc.nat(6), headers, (indexes, again, headerBytes) => {
        const budget = { usedBytes: 0, maxBytes: 1_000 };
        const reassembler = new Reassembler(budget);
        const payload = Uint8Array.from({ length: 65 }, (_, i) => i);
        const whole = Uint8Array.from({ length: headerBytes }, (_, i) => i);
        const done = [again, ...indexes].flatMap((index) => {
          const [from, to] = fragmentRange(65, 7, index);
          const header = whole.subarray(...fragmentRange(headerBytes, 7, index));
          const piece = payload.subarray(from, to);
          return reassembler.take({ ...head(1, index, 7, 65), header }, piece, 0) ?? [];
        });
        expect(done).toEqual([{ header: whole, payload }]);
        // A repetition that comes after the end begins anew and finds no sequel.
        reassembler.expire(REASSEMBLY_LIFE_MS);
        expect(budget.usedBytes).toBe(0);
      }),
      { seed: 8 },
    );
  });

  test("the ninth packet begun pushes out the first", () => {
    const reassembler = new Reassembler({ usedBytes: 0, maxBytes: 1_000 });
    for (let id = 0; id < FRAGMENTED_PER_LINK_MAX; id++) {
      reassembler.take(head(id, 0, 2, 2), Uint8Array.of(1), 0);
    }
    expect(reassembler.pending).toBe(8);
    expect(reassembler.take(head(0, 1, 2, 2), Uint8Array.of(2), 0)).toBeDefined();
    reassembler.take(head(8, 0, 2, 2), Uint8Array.of(1), 0);
    reassembler.take(head(9, 0, 2, 2), Uint8Array.of(1), 0);
    expect(reassembler.pending).toBe(8);
    expect(reassembler.take(head(1, 1, 2, 2), Uint8Array.of(2), 0)).toBeUndefined();
  });

  test("nothing is begun beyond the common budget, and old packets are dropped", () => {
    const budget = { usedBytes: 0, maxBytes: 100 };
    const one = new Reassembler(budget);
    const two = new Reassembler(budget);
    one.take(head(1, 0, 2, 60), new Uint8Array(30), 0);
    two.take(head(1, 0, 2, 40), new Uint8Array(20), 0);
    expect(budget.usedBytes).toBe(100);
    two.take(head(2, 0, 2, 1), new Uint8Array(1), 0);
    expect([two.pending, budget.usedBytes]).toEqual([1, 100]);
    one.expire(REASSEMBLY_LIFE_MS - 1);
    expect(one.pending).toBe(1);
    one.expire(REASSEMBLY_LIFE_MS);
    two.clear();
    expect([one.pending, budget.usedBytes]).toEqual([0, 0]);
  });

  test("pieces that contradict the first one are ignored", () => {
    const reassembler = new Reassembler({ usedBytes: 0, maxBytes: 100 });
    reassembler.take(head(1, 0, 2, 4), Uint8Array.of(1, 2), 0);
    expect(reassembler.take(head(1, 1, 3, 4), Uint8Array.of(9, 9), 0)).toBeUndefined();
    expect(reassembler.take(head(1, 1, 2, 3), Uint8Array.of(9), 0)).toBeUndefined();
    const whole = reassembler.take(head(1, 1, 2, 4), Uint8Array.of(3, 4), 0);
    expect(whole?.payload).toEqual(Uint8Array.of(1, 2, 3, 4));
  });
});
