import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { utf8 } from "../base/bytes.ts";
import { WireError } from "../wire/index.ts";
import {
  type AckFrame,
  datagramOverheadBytes,
  FRAME_TYPE,
  type FrameHandler,
  readFrames,
  writeAck,
  writeDatagramHead,
  writeNumbers,
  writeStreamHead,
} from "./frames.ts";
import { ACK_RANGES_MAX, SERVICE_BYTES_MAX } from "./limits.ts";
import { PacketBuffer } from "./packet-buffer.ts";
import { RangeSet } from "./range-set.ts";

/** Notes what it is handed. */
function recorder() {
  const seen: unknown[] = [];
  const acks: AckFrame[] = [];
  const handler: FrameHandler = {
    onAck: (ack) => acks.push(ack),
    onStream: ({ data, ...rest }) => seen.push({ ...rest, data: [...data] }),
    onReset: (...numbers) => seen.push(["reset", ...numbers]),
    onSessionWindow: (limit) => seen.push(["session-window", limit]),
    onStreamWindow: (id, limit) => seen.push(["stream-window", id, limit]),
    onStreamCount: (limit) => seen.push(["stream-count", limit]),
    onDatagram: (id, bytes) => seen.push(["datagram", id, [...bytes]]),
    onClose: () => seen.push("close"),
    onExtension: (type, body) => seen.push(["extension", type, [...body]]),
  };
  return { seen, acks, handler };
}

const number = fc.maxSafeNat();

/** A frame as queues make it, where its data stand. */
function datagramFrame(serviceId: number, data: Uint8Array): Uint8Array {
  const headBytes = datagramOverheadBytes(data.length);
  const frame = new Uint8Array(headBytes + data.length);
  frame.set(data, headBytes);
  writeDatagramHead(frame, serviceId, data.length);
  return frame;
}

describe("frames", () => {
  test("STREAM frames survive writing and reading", () => {
    const frame = fc.record({
      streamId: number,
      offset: fc.nat({ max: 2 ** 50 }),
      fin: fc.boolean(),
      service: fc.option(fc.string({ minLength: 1, maxLength: 16 }), { nil: undefined }),
      data: fc.uint8Array({ maxLength: 100 }),
    });
    fc.assert(
      fc.property(frame, ({ data, service, ...rest }) => {
        const buffer = new PacketBuffer(400);
        const name = service === undefined ? undefined : utf8(service);
        writeStreamHead(buffer, { ...rest, service: name, length: data.length });
        buffer.bytes(data);
        const { seen, handler } = recorder();
        expect(readFrames(buffer.done(), handler)).toBe(true);
        expect(seen).toEqual([{ ...rest, service, data: [...data] }]);
      }),
    );
  });

  test("frames of numbers and datagrams survive writing and reading", () => {
    fc.assert(
      fc.property(number, number, number, fc.uint8Array({ maxLength: 50 }), (a, b, c, bytes) => {
        const buffer = new PacketBuffer(200);
        writeNumbers(buffer, FRAME_TYPE.reset, a, b, c);
        writeNumbers(buffer, FRAME_TYPE.sessionWindow, a);
        writeNumbers(buffer, FRAME_TYPE.streamWindow, b, c);
        writeNumbers(buffer, FRAME_TYPE.streamCount, c);
        buffer.bytes(datagramFrame(0xffff_fffe, bytes));
        const { seen, handler } = recorder();
        readFrames(buffer.done(), handler);
        expect(seen).toEqual([
          ["reset", a, b, c],
          ["session-window", a],
          ["stream-window", b, c],
          ["stream-count", c],
          ["datagram", 0xffff_fffe, [...bytes]],
        ]);
      }),
    );
  });

  test("a datagram of any size fills the frame that is made for it, to the last byte", () => {
    for (const length of [0, 1, 63, 64, 16_383, 16_384, 64_000]) {
      const data = new Uint8Array(length).fill(3);
      const { seen, handler } = recorder();
      readFrames(datagramFrame(0x8765_4321, data), handler);
      expect(seen).toEqual([["datagram", 0x8765_4321, [...data]]]);
    }
    const head = datagramFrame(0x8765_4321, new Uint8Array(16_384)).subarray(0, 9);
    expect([...head]).toEqual([8, 0x87, 0x65, 0x43, 0x21, 0x80, 0, 0x40, 0]);
    expect(() => writeDatagramHead(new Uint8Array(20), 1, 2 ** 30)).toThrow();
  });

  test("ACK frames carry the highest ranges, at most as many as allowed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(3000), fc.integer({ min: 1, max: 5 })), {
          minLength: 1,
          maxLength: 300,
        }),
        (parts) => {
          const ranges = new RangeSet();
          for (const [start, length] of parts) ranges.add(start, start + length);
          const buffer = new PacketBuffer(2_000);
          expect(writeAck(buffer, ranges, 1.5)).toBe(true);
          const { acks, handler } = recorder();
          expect(readFrames(buffer.done(), handler)).toBe(false);
          const kept = Math.min(ranges.size, ACK_RANGES_MAX);
          const expected: number[] = [];
          for (let i = ranges.size - 1; i >= ranges.size - kept; i--) {
            expected.push(ranges.start(i), ranges.end(i));
          }
          expect(acks).toEqual([{ delayMs: 1.5, ranges: expected }]);
        },
      ),
    );
  });

  test("an ACK leaves half of the room to others", () => {
    const ranges = new RangeSet();
    for (let i = 0; i < 60; i++) ranges.add(i * 2, i * 2 + 1);
    const buffer = new PacketBuffer(60);
    expect(writeAck(buffer, ranges, 0)).toBe(true);
    expect(buffer.length).toBeLessThanOrEqual(30);
  });

  test("an ACK of the most ranges is read, one more is refused", () => {
    const ack = (extra: number) => {
      const buffer = new PacketBuffer(1_000);
      buffer.u8(FRAME_TYPE.ack);
      for (const value of [10_000, 0, extra, 0]) buffer.varint(value);
      for (let i = 0; i < extra; i++) for (const value of [1, 0]) buffer.varint(value);
      return () => readFrames(buffer.done(), recorder().handler);
    };
    expect(ack(ACK_RANGES_MAX - 1)).not.toThrow();
    expect(ack(ACK_RANGES_MAX)).toThrow(WireError);
  });

  test("the longest service name is read, a longer or empty one refused", () => {
    const stream = (length: number) => {
      const buffer = new PacketBuffer(1_000);
      const service = new Uint8Array(length).fill(0x61);
      writeStreamHead(buffer, { streamId: 0, offset: 0, fin: false, service, length: 0 });
      return () => readFrames(buffer.done(), recorder().handler);
    };
    expect(stream(SERVICE_BYTES_MAX)).not.toThrow();
    expect(stream(SERVICE_BYTES_MAX + 1)).toThrow(WireError);
    expect(stream(0)).toThrow(WireError);
  });

  test("random bytes are read or refused with a WireError, never anything else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        try {
          readFrames(bytes, recorder().handler);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
