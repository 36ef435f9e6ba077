import { describe, expect, test } from "vitest";
import { cut, Joiner, PIECE_HEADER_BYTES } from "../../bench/chain/pieces.ts";
import { longestSilence } from "./steady-ping.ts";

test("the longest silence counts where it ended, and one that never ended is endless", () => {
  expect(longestSilence([0, 50, 100, 900, 950], 100)).toBe(800);
  expect(longestSilence([0, 700, 750, 800], 750)).toBe(50);
  expect(longestSilence([0, 50], 60)).toBe(Number.POSITIVE_INFINITY);
  expect(longestSilence([], 0)).toBe(Number.POSITIVE_INFINITY);
});

describe("IP packets in datagrams", () => {
  const packet = (sizeBytes: number): Uint8Array =>
    Uint8Array.from({ length: sizeBytes }, (_, index) => index % 251);
  const sizeMax = 100;
  const room = sizeMax - PIECE_HEADER_BYTES;

  test.each([1, room, room + 1, 2 * room])("%i bytes arrive, in either order", (sizeBytes) => {
    const pieces = cut(packet(sizeBytes), sizeMax, 0xabcd);
    expect(pieces.length).toBe(sizeBytes <= room ? 1 : 2);
    for (const order of [pieces, pieces.toReversed()]) {
      expect(order.every((piece) => piece.length <= sizeMax)).toBe(true);
      const joiner = new Joiner();
      const whole = order.map((piece) => joiner.take(piece));
      expect(whole.at(-1)).toEqual(packet(sizeBytes));
    }
  });

  test("pieces of different packets are never joined, and few of them wait", () => {
    const joiner = new Joiner();
    const [first] = cut(packet(150), sizeMax, 1);
    const [, second] = cut(packet(150), sizeMax, 2);
    expect([first, second].map((piece) => piece && joiner.take(piece))).toEqual([
      undefined,
      undefined,
    ]);
    for (let number = 3; number < 30; number++) {
      const [piece] = cut(packet(150), sizeMax, number);
      if (piece !== undefined) joiner.take(piece);
    }
    const [, late] = cut(packet(150), sizeMax, 1);
    expect(late && joiner.take(late)).toBeUndefined();
  });
});
