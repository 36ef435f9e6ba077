import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { equalBytes } from "../base/bytes.ts";
import { SessionError } from "./errors.ts";
import { HeldMemory } from "./held-memory.ts";
import { STREAM_GAPS_MAX, STREAM_WINDOW_BYTES } from "./limits.ts";
import { ReceiveStream, ReceiveWindow } from "./receive-stream.ts";

const bytesFrom = (offset: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => ((offset + i) * 13) % 251);

/** A stream, and what it has handed on. */
function setUp(isWanted: () => boolean = () => true) {
  const stream = new ReceiveStream();
  const got: number[] = [];
  const deliver = (bytes: Uint8Array): boolean => {
    got.push(...bytes);
    return isWanted();
  };
  const take = (offset: number, length: number): boolean => {
    stream.account(offset, length, false);
    return stream.receive(offset, bytesFrom(offset, length), deliver);
  };
  return { stream, got, deliver, take };
}

describe("the receiving half of a stream", () => {
  test("hands on every byte once and in order, however the pieces overlap and come", () => {
    const piece = fc.tuple(fc.nat(40_000), fc.nat(20_000));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const { stream, got, take } = setUp();
        const model = new Uint8Array(60_001);
        let highest = 0;
        for (const [offset, length] of pieces) {
          expect(take(offset, length)).toBe(true);
          model.fill(1, offset, offset + length);
          highest = Math.max(highest, offset + length);
          expect(stream.delivered).toBe(model.indexOf(0));
          expect(stream.highest).toBe(highest);
        }
        expect(equalBytes(Uint8Array.from(got), bytesFrom(0, stream.delivered))).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  test("holds what comes before its opening, in order too, until it is released", () => {
    const { stream, got, deliver } = setUp();
    stream.receive(0, bytesFrom(0, 10), undefined);
    stream.receive(20, bytesFrom(20, 5), undefined);
    expect([got.length, stream.delivered]).toEqual([0, 0]);
    stream.release(deliver);
    expect([got.length, stream.delivered]).toEqual([10, 10]);
    stream.receive(10, bytesFrom(10, 10), deliver);
    expect(got).toEqual([...bytesFrom(0, 25)]);
  });

  test("hands on nothing more once no more is wanted", () => {
    const { got, take, stream } = setUp(() => false);
    take(20, 5);
    take(30, 5);
    take(0, 20);
    expect([got.length, stream.delivered]).toEqual([20, 20]);
    const half = setUp(() => half.got.length < 25);
    half.take(20, 5);
    half.take(26, 5);
    half.take(25, 1);
    half.take(0, 20);
    expect(half.got.length).toBe(31);
  });

  test("counts by how much its end has grown, and knows when it is complete", () => {
    const { stream, deliver } = setUp();
    expect(stream.account(0, 10, false)).toBe(10);
    expect(stream.account(5, 3, false)).toBe(0);
    expect(stream.account(8, 7, false)).toBe(5);
    expect([stream.finalSizeKnown, stream.complete]).toEqual([false, false]);
    expect(stream.account(10, 10, true)).toBe(5);
    stream.receive(0, new Uint8Array(19), deliver);
    expect([stream.finalSizeKnown, stream.complete]).toEqual([true, false]);
    stream.receive(19, new Uint8Array(1), deliver);
    expect(stream.complete).toBe(true);
    expect(stream.account(10, 10, true)).toBe(0);
  });

  test.each([
    ["goes on after its end", 10, 11, false],
    ["ends once more, earlier", 10, 9, true],
    ["ends once more, later", 10, 11, true],
  ])("breaks the rules where it %s", (_, end, length, isFin) => {
    const { stream } = setUp();
    stream.account(0, end, true);
    expect(() => stream.account(0, length, isFin)).toThrow(SessionError);
    expect(stream.account(0, end, true)).toBe(0);
  });

  test("breaks the rules where it ends before what has come", () => {
    const { stream } = setUp();
    stream.account(0, 10, false);
    expect(() => stream.account(0, 9, true)).toThrow(SessionError);
    expect(stream.finalSizeKnown).toBe(false);
    expect(stream.account(10, 0, true)).toBe(0);
    expect(stream.finalSizeKnown).toBe(true);
  });

  test("takes a window and not a byte more", () => {
    const { stream } = setUp();
    expect(stream.account(STREAM_WINDOW_BYTES - 1, 1, false)).toBe(STREAM_WINDOW_BYTES);
    expect(() => stream.account(STREAM_WINDOW_BYTES, 1, false)).toThrow(SessionError);
  });

  test("may have as many gaps as allowed, and not one more", () => {
    const { take } = setUp();
    for (let i = 1; i <= STREAM_GAPS_MAX; i++) take(2 * i, 1);
    expect(() => take(2 * STREAM_GAPS_MAX + 2, 1)).toThrow(SessionError);
  });

  test("gives memory back as soon as the bytes in it are in order", () => {
    const memory = new HeldMemory();
    const whole = memory.freeBytes;
    const { stream, take } = setUp();
    stream.countWith(memory.share());
    take(10, 40_000);
    take(60_000, 10);
    const held = whole - memory.freeBytes;
    take(0, 10);
    expect(whole - memory.freeBytes).toBeLessThan(held);
    expect(memory.freeBytes).toBeLessThan(whole);
    stream.drop();
    expect(memory.freeBytes).toBe(whole);
  });
});

describe("a receive window", () => {
  test("moves where a quarter of it has come free while the other side has plenty", () => {
    const window = new ReceiveWindow(1_024);
    expect(window.consume(255, 255)).toBe(false);
    expect([window.announcedLimit, window.consume(1, 256)]).toEqual([1_024, true]);
    expect(window.announcedLimit).toBe(1_024 + 256);
  });

  test("moves sooner where the other side has little left", () => {
    const window = new ReceiveWindow(1_024);
    expect(window.consume(15, 767)).toBe(false);
    expect(window.consume(1, 767)).toBe(false);
    expect([window.consume(0, 768), window.announcedLimit]).toEqual([true, 1_024 + 16]);
    expect(window.consume(15, 1_040)).toBe(false);
    expect([window.consume(1, 1_040), window.announcedLimit]).toEqual([true, 1_024 + 32]);
  });
});
