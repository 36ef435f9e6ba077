import { describe, expect, test } from "vitest";
import { PACKET_GROWTH_CALM, PACKET_SENDING_MS, PACKETS_PER_WINDOW } from "./limits.ts";
import { PacketSize, type SizeBounds } from "./packet-size.ts";

const FAST: SizeBounds = {
  ...{ baseBytes: 1_152, ceilingBytes: 60_000, windowBytes: 4 << 20, roundTripMs: 1 },
};

function calm(size: PacketSize, rounds: number, bounds = FAST): number {
  for (let i = 0; i < rounds * PACKET_GROWTH_CALM; i++) size.onAcked(size.bytes(bounds));
  return size.bytes(bounds);
}

describe("the size of packets", () => {
  test("doubles after so many in a row, up to what links take", () => {
    const size = new PacketSize();
    expect(size.bytes(FAST)).toBe(1_152);
    for (let i = 1; i < PACKET_GROWTH_CALM; i++) size.onAcked(1_152);
    expect(size.bytes(FAST)).toBe(1_152);
    size.onAcked(1_152);
    expect(size.bytes(FAST)).toBe(2 * 1_152);
    expect(calm(size, 20)).toBe(60_000);
  });

  test("does not grow by small packets that arrive", () => {
    const size = new PacketSize();
    size.bytes(FAST);
    for (let i = 0; i < 1_000; i++) size.onAcked(100);
    expect(size.bytes(FAST)).toBe(1_152);
  });

  test("leaves room for several in a window, and for others on a slow path", () => {
    const size = new PacketSize();
    calm(size, 20);
    const windowBytes = 80_000;
    expect(size.bytes({ ...FAST, windowBytes })).toBe(windowBytes / PACKETS_PER_WINDOW);
    // 2 Mbit/s over 400 ms: 250 bytes a millisecond.
    const slow = { ...FAST, windowBytes: 500_000, roundTripMs: 2_000 };
    expect(size.bytes(slow)).toBe(Math.max(1_152, 250 * PACKET_SENDING_MS));
    expect(size.bytes({ ...FAST, windowBytes: 1 })).toBe(1_152);
  });

  test("takes a millisecond of its path: of a short queue, others need the rest", () => {
    const size = new PacketSize();
    calm(size, 20);
    // 40 Mbit/s over 25 ms; the queue before a line of 50 Mbit/s holds 125,000 bytes of everybody.
    expect(size.bytes({ ...FAST, windowBytes: 125_000, roundTripMs: 25 })).toBe(5_000);
  });

  test("halves where more is lost than one packet now and then, and grows again later", () => {
    const size = new PacketSize();
    calm(size, 20);
    size.onLost();
    expect(size.bytes(FAST)).toBe(60_000);
    for (let i = 0; i < 60; i++) size.onLost();
    expect(size.bytes(FAST)).toBe(1_152);
    for (let i = 0; i < 5 * PACKET_GROWTH_CALM; i++) size.onAcked(1_152);
    expect(calm(size, 20)).toBe(60_000);
  });

  test("stays small on a path that always loses some", () => {
    const size = new PacketSize();
    for (let i = 0; i < 2_000; i++) {
      if (i % 20 === 0) size.onLost();
      else size.onAcked(size.bytes(FAST));
    }
    expect(size.bytes(FAST)).toBeLessThanOrEqual(2 * 1_152);
  });
});
