import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SessionError } from "./errors.ts";
import { type FrameHandler, readFrames, type StreamFrame } from "./frames.ts";
import { STREAM_WINDOW_BYTES, UNSENT_BYTES_MAX } from "./limits.ts";
import { PacketBuffer } from "./packet-buffer.ts";
import { SendStream } from "./send-stream.ts";
import type { Piece } from "./sent-packets.ts";

const SERVICE = Uint8Array.of(0x61, 0x62);
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

interface Sent {
  readonly piece: Piece;
  readonly frame: StreamFrame;
}

/** Sends one frame in so much room; undefined where it writes none. */
function send(stream: SendStream, room: number, credit = NO_LIMIT): Sent | undefined {
  const buffer = new PacketBuffer(70_000);
  buffer.reset(room);
  const piece = stream.writeFrame(buffer, 4, SERVICE, credit);
  if (piece === undefined) {
    expect(buffer.length).toBe(0);
    return undefined;
  }
  let frame: StreamFrame | undefined;
  const handler: Partial<FrameHandler> = {
    onStream: (one) => {
      frame = one;
    },
  };
  readFrames(buffer.done(), handler as FrameHandler);
  if (frame === undefined) throw new Error("no STREAM frame was written");
  expect([frame.offset, frame.data.length]).toEqual([piece.start, piece.end - piece.start]);
  return { piece, frame };
}

const bytesFrom = (offset: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => ((offset + i) * 7) % 251);

/** A stream that has sent all of these bytes in pieces of about the room, all on their way. */
function sentOff(sizeBytes: number, room: number): { stream: SendStream; sent: Sent[] } {
  const stream = new SendStream(false);
  stream.write(bytesFrom(0, sizeBytes));
  const sent: Sent[] = [];
  while (stream.hasWork(NO_LIMIT)) {
    const one = send(stream, room);
    if (one !== undefined) sent.push(one);
  }
  return { stream, sent };
}

describe("the sending half of a stream", () => {
  test("knows what has not arrived, in whatever order the pieces do, and forgets what has", () => {
    const room = fc.integer({ min: 10, max: 200 });
    const order = fc.array(fc.nat({ max: 99 }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(fc.nat(900), room, order, (sizeBytes, roomBytes, draws) => {
        const { stream, sent } = sentOff(sizeBytes, roomBytes);
        stream.end();
        expect([stream.unsentBytes, stream.sentEnd]).toEqual([0, sizeBytes]);
        let left = sizeBytes;
        for (let turn = 0; sent.length > 0; turn++) {
          const [one] = sent.splice((draws[turn % 8] ?? 0) % sent.length, 1);
          if (one === undefined) break;
          expect(one.frame.data).toEqual(
            bytesFrom(one.piece.start, one.piece.end - one.piece.start),
          );
          stream.onAcked(one.piece);
          stream.onLost(one.piece);
          left -= one.piece.end - one.piece.start;
          expect([stream.unackedBytes, stream.finished]).toEqual([left, false]);
        }
        const end = send(stream, 100);
        expect(end?.piece).toMatchObject({ start: sizeBytes, end: sizeBytes, fin: true });
        if (end !== undefined) stream.onAcked(end.piece);
        expect([stream.finished, stream.hasWork(NO_LIMIT)]).toEqual([true, false]);
      }),
      { numRuns: 30 },
    );
  });

  test("sends nothing beyond the window of the stream or of the session", () => {
    const stream = new SendStream(false);
    stream.write(new Uint8Array(STREAM_WINDOW_BYTES + 10));
    expect(send(stream, 1_000, 7)?.piece.end).toBe(7);
    expect([stream.hasWork(0), stream.hasWork(1)]).toEqual([false, true]);
    while (stream.hasWork(NO_LIMIT)) send(stream, 60_000);
    expect(stream.sentEnd).toBe(STREAM_WINDOW_BYTES);
    stream.raiseLimit(STREAM_WINDOW_BYTES + 4);
    stream.raiseLimit(STREAM_WINDOW_BYTES + 1);
    expect(send(stream, 1_000)?.piece).toMatchObject({
      ...{ start: STREAM_WINDOW_BYTES, end: STREAM_WINDOW_BYTES + 4 },
    });
    expect(stream.hasWork(NO_LIMIT)).toBe(false);
  });

  test("sends what was lost first, and of that only what has not arrived otherwise", () => {
    const { stream, sent } = sentOff(400, 100);
    expect(sent.length).toBeGreaterThan(3);
    const [first, second] = sent.map(({ piece }) => piece);
    if (first === undefined || second === undefined) throw new Error("too few pieces");
    stream.onAcked(second);
    stream.onLost({ ...first, end: second.end });
    stream.write(Uint8Array.of(1));
    expect(send(stream, 1_000, 0)?.piece).toMatchObject({ start: first.start, end: first.end });
    expect(send(stream, 1_000)?.piece).toMatchObject({ start: 400, end: 401 });
  });

  test("needs room for its head and a byte", () => {
    const { stream } = sentOff(10, 100);
    stream.write(new Uint8Array(5));
    const head = 4;
    expect(send(stream, head)).toBeUndefined();
    expect(send(stream, head + 1)?.piece).toMatchObject({ start: 10, end: 11 });
    expect(send(stream, head + 4)?.piece).toMatchObject({ start: 11, end: 15 });
  });

  test("tells its end with the last byte, alone where that has gone, and again where lost", () => {
    const stream = new SendStream(false);
    stream.write(new Uint8Array(5));
    expect(send(stream, 100)?.frame.fin).toBe(false);
    expect([stream.hasWork(NO_LIMIT), stream.ended]).toEqual([false, false]);
    stream.end();
    expect([stream.hasWork(0), stream.ended]).toEqual([true, true]);
    const end = send(stream, 100);
    expect([end?.frame.fin, end?.frame.data.length]).toEqual([true, 0]);
    expect(stream.hasWork(NO_LIMIT)).toBe(false);
    if (end !== undefined) stream.onLost(end.piece);
    expect(send(stream, 100)?.frame.fin).toBe(true);
    stream.write(new Uint8Array(5));
    expect([stream.unsentBytes, stream.hasWork(NO_LIMIT)]).toEqual([0, false]);
  });

  test("holds as many unsent bytes as allowed, and says so of one more", () => {
    const stream = new SendStream(false);
    const part = new Uint8Array(UNSENT_BYTES_MAX / 8);
    for (let i = 0; i < 8; i++) stream.write(part);
    expect(() => stream.write(Uint8Array.of(1))).toThrow(SessionError);
    expect(stream.unsentBytes).toBe(UNSENT_BYTES_MAX);
    const room = 1_000;
    const { piece } = send(stream, room) ?? {};
    stream.write(new Uint8Array(piece?.end ?? 0));
    expect(stream.unsentBytes).toBe(UNSENT_BYTES_MAX);
    stream.reset(0);
  });
});

describe("a stream that was reset", () => {
  test("sends nothing any more, and says so until the other side has heard", () => {
    const { stream, sent } = sentOff(400, 100);
    expect([stream.resetDue, stream.resetHeard]).toEqual([false, false]);
    stream.write(new Uint8Array(9));
    stream.reset(1);
    stream.reset(7);
    expect([stream.resetCode, stream.ended, stream.hasWork(NO_LIMIT)]).toEqual([1, true, false]);
    const saying = (): readonly boolean[] => [stream.resetDue, stream.resetHeard];
    expect(saying()).toEqual([true, false]);
    stream.onResetSent();
    expect(saying()).toEqual([false, false]);
    stream.onResetFate(false);
    expect(saying()).toEqual([true, false]);
    stream.onResetSent();
    stream.onResetFate(true);
    expect(saying()).toEqual([false, true]);
    stream.onResetFate(false);
    expect(saying()).toEqual([false, true]);
    for (const { piece } of sent) stream.onLost(piece);
    for (const { piece } of sent) stream.onAcked(piece);
    expect([stream.hasWork(NO_LIMIT), stream.sentEnd]).toEqual([false, 400]);
  });

  test("is finished nevertheless where all had arrived", () => {
    const stream = new SendStream(true);
    stream.end();
    const one = send(stream, 100);
    expect(one?.frame).toMatchObject({ service: "ab", fin: true });
    stream.reset(0);
    if (one !== undefined) stream.onAcked(one.piece);
    expect(stream.finished).toBe(true);
  });
});
