import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes } from "../base/bytes.ts";
import { SessionError } from "./errors.ts";
import { type FrameHandler, readFrames, type StreamFrame } from "./frames.ts";
import { STREAM_GAPS_MAX, STREAM_WINDOW_BYTES, UNSENT_BYTES_MAX } from "./limits.ts";
import { PacketBuffer } from "./packet-buffer.ts";
import { ReceiveStream } from "./receive-stream.ts";
import { SendStream } from "./send-stream.ts";
import type { Piece } from "./sent-packets.ts";

const CREDIT = 1_000_000;
const NAME = new TextEncoder().encode("svc");

function frameIn(bytes: Uint8Array): StreamFrame {
  const found: StreamFrame[] = [];
  const handler = { onStream: (frame: StreamFrame) => found.push(frame) };
  // Only STREAM frames are written here, so the other methods are never called.
  readFrames(bytes, handler as unknown as FrameHandler);
  const [frame] = found;
  if (frame === undefined) throw new RangeError("No STREAM frame was written.");
  return frame;
}

interface Sent {
  readonly frame: StreamFrame;
  readonly piece: Piece;
}

/** Carries frames from a sending half to a receiving half, or does not. */
class Path {
  readonly send: SendStream = new SendStream(true);
  readonly receive: ReceiveStream = new ReceiveStream();
  readonly out: Uint8Array[] = [];
  readonly #late: Sent[] = [];

  emit(room: number, fate: string): void {
    if (!this.send.hasWork(CREDIT)) return;
    const buffer = new PacketBuffer(room);
    const piece = this.send.writeFrame(buffer, 4, NAME, CREDIT);
    if (piece === undefined) return;
    const sent = { frame: frameIn(buffer.done().slice()), piece };
    expect(sent.frame.service === "svc").toBe(piece.open);
    if (fate === "lose") this.send.onLost(piece);
    else if (fate === "late") this.#late.push(sent);
    else this.#arrive(sent);
    if (fate === "twice") this.#arrive(sent);
  }

  drain(): void {
    while (this.send.hasWork(CREDIT)) this.emit(100, "arrive");
  }

  arriveLate(): void {
    for (const sent of this.#late.reverse()) {
      this.send.onLost(sent.piece);
      this.#arrive(sent);
    }
  }

  #arrive({ frame, piece }: Sent): void {
    this.receive.account(frame.offset, frame.data.length, frame.fin);
    this.receive.receive(frame.offset, frame.data, (bytes) => this.out.push(bytes.slice()) > 0);
    this.send.onAcked(piece);
  }
}

describe("the two halves of a stream", () => {
  test("bytes come out as they went in whatever is lost, late or doubled", () => {
    const step = fc.record({
      write: fc.uint8Array({ maxLength: 70 }),
      room: fc.integer({ min: 40, max: 120 }),
      fate: fc.constantFrom("arrive", "arrive", "lose", "late", "twice"),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
        const path = new Path();
        for (const { write, room, fate } of steps) {
          path.send.write(write);
          path.emit(room, fate);
        }
        path.send.end();
        path.drain();
        path.arriveLate();
        path.drain();
        expect(concatBytes(...path.out)).toEqual(concatBytes(...steps.map(({ write }) => write)));
        expect(path.receive.complete).toBe(true);
        expect(path.send.finished).toBe(true);
        expect(path.send.unackedBytes).toBe(0);
      }),
    );
  });

  test("a sender stays inside the window of the stream and of the session", () => {
    const send = new SendStream(false);
    send.write(new Uint8Array(STREAM_WINDOW_BYTES + 10));
    const buffer = new PacketBuffer(60_000);
    let credit = STREAM_WINDOW_BYTES * 2;
    while (send.hasWork(credit)) {
      buffer.reset(60_000);
      const before = send.sentEnd;
      send.writeFrame(buffer, 0, NAME, credit);
      credit -= send.sentEnd - before;
    }
    expect(send.sentEnd).toBe(STREAM_WINDOW_BYTES);
    send.raiseLimit(STREAM_WINDOW_BYTES + 100);
    expect(send.hasWork(0)).toBe(false);
    buffer.reset(60_000);
    send.writeFrame(buffer, 0, NAME, 4);
    expect(send.sentEnd).toBe(STREAM_WINDOW_BYTES + 4);
  });

  test("a receiver takes a full window and refuses one byte more", () => {
    const receive = new ReceiveStream();
    expect(receive.account(STREAM_WINDOW_BYTES - 1, 1, false)).toBe(STREAM_WINDOW_BYTES);
    expect(() => receive.account(STREAM_WINDOW_BYTES, 1, false)).toThrow(SessionError);
  });

  test("a final size never changes", () => {
    const receive = new ReceiveStream();
    receive.account(0, 10, true);
    expect(() => receive.account(0, 11, false)).toThrow(SessionError);
    expect(() => receive.account(0, 9, true)).toThrow(SessionError);
    expect(receive.account(0, 10, true)).toBe(0);
    const other = new ReceiveStream();
    other.account(0, 10, false);
    expect(() => other.account(0, 9, true)).toThrow(SessionError);
  });

  test("gaps are taken up to the limit and not beyond", () => {
    const receive = new ReceiveStream();
    const byte = Uint8Array.of(1);
    const take = (i: number) => receive.receive(2 * i + 1, byte, () => true);
    for (let i = 0; i < STREAM_GAPS_MAX; i++) take(i);
    expect(() => take(STREAM_GAPS_MAX)).toThrow(SessionError);
  });

  test("bytes wait for the opening of their stream", () => {
    const receive = new ReceiveStream();
    receive.receive(0, Uint8Array.of(1, 2), undefined);
    receive.receive(2, Uint8Array.of(3), undefined);
    const out: number[] = [];
    receive.release((bytes) => out.push(...bytes) > 0);
    expect(out).toEqual([1, 2, 3]);
  });

  test("a caller that never waits is stopped at the limit", () => {
    const send = new SendStream(true);
    const megabyte = new Uint8Array(1 << 20);
    for (let i = 0; i < UNSENT_BYTES_MAX >> 20; i++) send.write(megabyte);
    expect(() => send.write(Uint8Array.of(1))).toThrow(SessionError);
  });
});
