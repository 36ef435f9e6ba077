import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { must } from "../base/errors.ts";
import { testRandom } from "../testing/fixtures.ts";
import { WireError } from "../wire/index.ts";
import type { WholePacket } from "./fragments.ts";
import { TRAIN_HEAD_BYTES } from "./layout.ts";
import {
  EARLY_PIECE_BYTES_MAX,
  EARLY_PIECES_MAX,
  EARLY_PIECES_MS,
  FRAGMENTS_MAX,
  PACKET_HEADER_BYTES_MAX,
  REASSEMBLIES_PER_LINK_MAX,
  REASSEMBLY_BYTES_PER_LINK_MAX,
  REASSEMBLY_LIFE_MS,
  REPAIR_HOLD_MAX_MS,
} from "./limits.ts";
import { decodeTrainHead, encodeTrainHead, type TrainHead, Trains } from "./trains.ts";

const HEADER = Uint8Array.from({ length: 18 }, (_, i) => i);

function newTrains(maxBytes = 1 << 20) {
  const budget = { usedBytes: 0, maxBytes };
  return { trains: new Trains(budget), budget };
}

/** The pieces of a packet, the first one's head among them. */
function cut(payload: Uint8Array, firstBytes: number, pieceBytes: number, token = 7) {
  const pieces: Uint8Array[] = [payload.subarray(0, firstBytes)];
  for (let at = firstBytes; at < payload.length; at += pieceBytes) {
    pieces.push(payload.subarray(at, at + pieceBytes));
  }
  const { length: count } = pieces;
  const head: TrainHead = {
    ...{ token, count, pieceBytes, payloadBytes: payload.length, header: HEADER },
  };
  return { head, pieces };
}

describe("the head of a train", () => {
  test("comes back as it was written", () => {
    const { head } = cut(new Uint8Array(10_000), 900, 1_187, 2 ** 48 - 1);
    const bytes = encodeTrainHead(head);
    expect(bytes.length).toBe(TRAIN_HEAD_BYTES + HEADER.length);
    expect(decodeTrainHead(bytes.subarray(1), 900)).toEqual(head);
  });

  const sound = cut(new Uint8Array(10_000), 900, 1_187).head;
  test.each([
    ["that promises a piece too few", { ...sound, count: sound.count - 1 }],
    ["that promises a piece too many", { ...sound, count: sound.count + 1 }],
    ["of a single piece", { ...sound, count: 1, payloadBytes: 900 }],
    ["with pieces of no bytes", { ...sound, pieceBytes: 0 }],
    ["whose first piece is longer than the packet", { ...sound, payloadBytes: 899 }],
    [
      "of too many pieces",
      { ...sound, pieceBytes: 8, payloadBytes: 900 + 8 * FRAGMENTS_MAX, count: FRAGMENTS_MAX + 1 },
    ],
    ["with too long a header", { ...sound, header: new Uint8Array(PACKET_HEADER_BYTES_MAX + 1) }],
  ])("%s is refused", (_, head) => {
    const bytes = encodeTrainHead(head);
    expect(() => decodeTrainHead(bytes.subarray(1), 900)).toThrow(WireError);
  });

  test("any bytes are read or refused with a WireError", () => {
    const run = fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(2_000), (bytes, first) => {
      try {
        decodeTrainHead(bytes, first);
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
      }
    });
    fc.assert(run, { seed: 1 });
  });
});

describe("trains", () => {
  test("give the packet back, whatever the order of their pieces, and once", () => {
    const run = fc.property(
      fc.integer({ min: 2, max: 30_000 }),
      fc.integer({ min: 1, max: 1_200 }),
      fc.integer({ min: 600, max: 1_200 }),
      fc.nat(1_000),
      (payloadBytes, first, pieceBytes, seed) => {
        const random = testRandom(seed);
        const payload = random.bytes(payloadBytes);
        const { head, pieces } = cut(payload, Math.min(first, payloadBytes - 1), pieceBytes);
        const { trains, budget } = newTrains();
        const order = pieces.map((_, index) => index);
        order.sort(() => (random.u32() & 1) - 0.5);
        const whole: WholePacket[] = [];
        // A head comes once: what is sealed cannot be repeated.
        const repeated = order.slice(0, 3).filter((index) => index > 0);
        for (const index of [...order, ...repeated]) {
          const piece = must(pieces[index], "a piece");
          const got =
            index === 0 ? trains.begin(head, piece, 0) : trains.take(head.token, index, piece, 0);
          if (got !== undefined) whole.push(got);
        }
        expect(whole.length).toBe(1);
        expect(whole[0]?.payload).toEqual(payload);
        expect(whole[0]?.header).toEqual(HEADER);
        trains.clear();
        expect(budget.usedBytes).toBe(0);
      },
    );
    fc.assert(run, { seed: 1, numRuns: 60 });
  });

  test("are not disturbed by pieces with another token, number or length", () => {
    const payload = testRandom(1).bytes(5_000);
    const { head, pieces } = cut(payload, 800, 1_000);
    const { trains } = newTrains();
    trains.begin(head, must(pieces[0], "first"), 0);
    const second = must(pieces[1], "second");
    trains.take(8, 1, new Uint8Array(1_000), 0);
    trains.take(7, 0, second, 0);
    trains.take(7, pieces.length, second, 0);
    trains.take(7, 1, second.subarray(1), 0);
    trains.take(7, 1, new Uint8Array(1_001), 0);
    const whole = pieces.slice(1).map((piece, i) => trains.take(7, i + 1, piece, 0));
    expect(whole.at(-1)?.payload).toEqual(payload);
  });

  test("wait for each other up to a number; the oldest gives way", () => {
    const { trains, budget } = newTrains();
    const begin = (token: number): void => {
      const { head, pieces } = cut(new Uint8Array(3_000), 1_000, 1_000, token);
      trains.begin(head, must(pieces[0], "first"), token);
    };
    for (let token = 0; token < REASSEMBLIES_PER_LINK_MAX; token++) begin(token);
    expect(trains.pending).toBe(REASSEMBLIES_PER_LINK_MAX);
    begin(REASSEMBLIES_PER_LINK_MAX);
    expect(trains.pending).toBe(REASSEMBLIES_PER_LINK_MAX);
    expect(trains.deadlineMs()).toBe(1 + REASSEMBLY_LIFE_MS);
    trains.expire(REASSEMBLIES_PER_LINK_MAX + REASSEMBLY_LIFE_MS);
    expect([trains.pending, budget.usedBytes]).toEqual([0, 0]);
    expect(trains.deadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });

  test("hold so many bytes for one link; the oldest gives way", () => {
    const { trains, budget } = newTrains(4 << 20);
    const begin = (token: number, bytes: number): void => {
      const { head, pieces } = cut(new Uint8Array(bytes), 1_000, 1_000, token);
      trains.begin(head, must(pieces[0], "first"), token);
    };
    const each = 32 << 10;
    const most = REASSEMBLY_BYTES_PER_LINK_MAX / each;
    for (let token = 0; token < most; token++) begin(token, each);
    expect([trains.pending, budget.usedBytes]).toEqual([most, REASSEMBLY_BYTES_PER_LINK_MAX]);
    begin(most, 2_000);
    expect(trains.pending).toBe(most);
    expect(budget.usedBytes).toBe(REASSEMBLY_BYTES_PER_LINK_MAX - each + 2_000);
    expect(trains.deadlineMs()).toBe(1 + REASSEMBLY_LIFE_MS);
    trains.clear();
    expect(budget.usedBytes).toBe(0);
  });

  test("all that come within a hold are kept: none is lost for one that lacks a piece", () => {
    const { trains } = newTrains();
    trains.holdMs = REPAIR_HOLD_MAX_MS;
    const got: number[] = [];
    const take = (whole: WholePacket | undefined, nowMs: number): void => {
      for (let packet = whole; packet !== undefined; packet = trains.next(nowMs)) {
        got.push(packet.payload[0] ?? -1);
      }
    };
    const packets = Array.from({ length: 100 }, (_, at) =>
      cut(new Uint8Array(1_500).fill(at), 1_000, 1_000, at),
    );
    for (const [at, { head, pieces }] of packets.entries()) {
      take(trains.begin(head, must(pieces[0], "first"), at), at);
      if (at > 0) take(trains.take(at, 1, must(pieces[1], "second"), at), at);
    }
    expect(got).toEqual([]);
    take(trains.take(0, 1, must(packets[0]?.pieces[1], "second"), 99), 99);
    expect(got).toEqual(packets.map((_, at) => at));
  });

  test("where there is no room what is whole stays, and what lacks pieces gives way", () => {
    const { trains } = newTrains();
    trains.holdMs = REPAIR_HOLD_MAX_MS;
    const packetOf = (token: number) => cut(new Uint8Array(1_500).fill(token), 1_000, 1_000, token);
    const begin = (token: number, nowMs: number): WholePacket | undefined => {
      const { head, pieces } = packetOf(token);
      return trains.begin(head, must(pieces[0], "first"), nowMs);
    };
    const end = (token: number): WholePacket | undefined =>
      trains.take(token, 1, must(packetOf(token).pieces[1], "second"), 2);
    begin(0, 0);
    begin(1, 1);
    expect(end(0)?.payload[0]).toBe(0);
    for (let token = 2; token <= REASSEMBLIES_PER_LINK_MAX; token++) {
      begin(token, 2);
      expect(end(token)).toBeUndefined();
    }
    expect(begin(1_000, 2)?.payload[0]).toBe(2);
  });

  test("take no more memory than all links may have together", () => {
    const { trains, budget } = newTrains(5_000);
    const begin = (token: number, bytes: number): void => {
      const { head, pieces } = cut(new Uint8Array(bytes), 1_000, 1_000, token);
      trains.begin(head, must(pieces[0], "first"), 0);
    };
    begin(1, 3_000);
    begin(2, 2_000);
    expect([trains.pending, budget.usedBytes]).toEqual([2, 5_000]);
    begin(3, 1_001);
    expect([trains.pending, budget.usedBytes]).toEqual([2, 5_000]);
  });

  test("pieces that overtake their head count, are small, and are given up in time", () => {
    const { trains, budget } = newTrains(10_000);
    trains.take(7, 1, new Uint8Array(EARLY_PIECE_BYTES_MAX), 5);
    expect(budget.usedBytes).toBe(EARLY_PIECE_BYTES_MAX);
    trains.take(7, 2, new Uint8Array(EARLY_PIECE_BYTES_MAX + 1), 5);
    expect(budget.usedBytes).toBe(EARLY_PIECE_BYTES_MAX);
    for (let i = 0; i < 100; i++) trains.take(8, i, new Uint8Array(1_000), 6);
    expect(budget.usedBytes).toBeLessThanOrEqual(10_000);
    expect(trains.deadlineMs()).toBe(5 + EARLY_PIECES_MS);
    trains.expire(6 + EARLY_PIECES_MS);
    expect(budget.usedBytes).toBe(0);
    expect(trains.deadlineMs()).toBe(Number.POSITIVE_INFINITY);
  });

  test("pieces that overtake their head wait, so many and so long", () => {
    const early = (count: number, waitMs: number): boolean => {
      const { trains } = newTrains();
      const { head, pieces } = cut(testRandom(2).bytes(2_500), 900, 1_000);
      trains.take(7, 1, must(pieces[1], "second"), 0);
      for (let i = 1; i < count; i++) trains.take(1_000 + i, 1, new Uint8Array(9), 0);
      trains.begin(head, must(pieces[0], "first"), waitMs);
      return trains.take(7, 2, must(pieces[2], "third"), waitMs) !== undefined;
    };
    expect(early(EARLY_PIECES_MAX, 0)).toBe(true);
    expect(early(EARLY_PIECES_MAX + 1, 0)).toBe(false);
    expect(early(1, EARLY_PIECES_MS - 1)).toBe(true);
    expect(early(1, EARLY_PIECES_MS)).toBe(false);
  });
});
