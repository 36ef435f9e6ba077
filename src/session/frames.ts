import { fromUtf8 } from "../base/bytes.ts";
import { assert } from "../base/errors.ts";
import { Reader, varintBytes, WireError } from "../wire/index.ts";
import { ACK_RANGES_MAX, SERVICE_BYTES_MAX } from "./limits.ts";
import type { PacketBuffer } from "./packet-buffer.ts";
import type { RangeSet } from "./range-set.ts";

/** First byte of each frame. STREAM takes 0x10 … 0x13: bit 0 is FIN, bit 1 OPEN. */
export const FRAME_TYPE = {
  ping: 0x01,
  ack: 0x02,
  reset: 0x03,
  close: 0x04,
  sessionWindow: 0x05,
  streamWindow: 0x06,
  streamCount: 0x07,
  datagram: 0x08,
  stream: 0x10,
} as const;
/** Extension frames: 0x20 … 0x3f, each with its length, so that unknown ones can be skipped. */
const EXTENSION_FIRST = 0x20;
const EXTENSION_LAST = 0x3f;
/** Bit of an extension frame that asks for an acknowledgement. */
const ELICITING_BIT = 0x10;
const FIN_BIT = 0x01;
const OPEN_BIT = 0x02;

/** An acknowledgement as received. */
export interface AckFrame {
  readonly delayMs: number;
  /** Pairs start, end (one past), highest range first. */
  readonly ranges: readonly number[];
}

/** A piece of a stream as received; `data` is a view of the packet. */
export interface StreamFrame {
  readonly streamId: number;
  readonly offset: number;
  readonly fin: boolean;
  /** The service name, in frames that open the stream. */
  readonly service: string | undefined;
  readonly data: Uint8Array;
}

/** Takes the frames of a packet one by one. */
export interface FrameHandler {
  onAck(ack: AckFrame): void;
  onStream(frame: StreamFrame): void;
  /** `finalSize` is the number of bytes that the sender counts for the stream. */
  onReset(streamId: number, code: number, finalSize: number): void;
  onSessionWindow(limit: number): void;
  onStreamWindow(streamId: number, limit: number): void;
  onStreamCount(limit: number): void;
  onDatagram(serviceId: number, bytes: Uint8Array): void;
  onClose(): void;
  /** A frame of an extension, known or not; `body` is a view of the packet. */
  onExtension(type: number, body: Uint8Array): void;
}

/**
 * Reads all frames of a packet.
 * @returns whether any of them asks for an acknowledgement
 * @throws WireError at the first frame that is malformed; those before it were handed over
 */
export function readFrames(plaintext: Uint8Array, handler: FrameHandler): boolean {
  const reader = new Reader(plaintext);
  let eliciting = false;
  while (reader.left > 0) {
    const type = reader.u8();
    if (asksForAck(type)) eliciting = true;
    readFrame(type, reader, handler);
  }
  return eliciting;
}

function isExtension(type: number): boolean {
  return type >= EXTENSION_FIRST && type <= EXTENSION_LAST;
}

function asksForAck(type: number): boolean {
  if (isExtension(type)) return (type & ELICITING_BIT) !== 0;
  return type !== FRAME_TYPE.ack && type !== FRAME_TYPE.close;
}

function readFrame(type: number, reader: Reader, handler: FrameHandler): void {
  switch (type) {
    case FRAME_TYPE.ping:
      return;
    case FRAME_TYPE.ack:
      handler.onAck(readAck(reader));
      return;
    case FRAME_TYPE.reset:
      handler.onReset(reader.varint(), reader.varint(), reader.varint());
      return;
    case FRAME_TYPE.close:
      handler.onClose();
      return;
    case FRAME_TYPE.sessionWindow:
      handler.onSessionWindow(reader.varint());
      return;
    case FRAME_TYPE.streamWindow:
      handler.onStreamWindow(reader.varint(), reader.varint());
      return;
    case FRAME_TYPE.streamCount:
      handler.onStreamCount(reader.varint());
      return;
    case FRAME_TYPE.datagram:
      handler.onDatagram(reader.u32(), reader.bytes(reader.varint()));
      return;
    default:
      if (isExtension(type)) {
        handler.onExtension(type, reader.bytes(reader.varint()));
        return;
      }
      if ((type & ~(FIN_BIT | OPEN_BIT)) !== FRAME_TYPE.stream) {
        throw new WireError("out-of-range", `Session frames of type ${type} are not known.`);
      }
      handler.onStream(readStream(type, reader));
      return;
  }
}

function readStream(type: number, reader: Reader): StreamFrame {
  const streamId = reader.varint();
  const offset = reader.varint();
  const service = (type & OPEN_BIT) !== 0 ? readService(reader) : undefined;
  const data = reader.bytes(reader.varint());
  if (!Number.isSafeInteger(offset + data.length)) {
    throw new WireError("out-of-range", "A stream cannot be that long.");
  }
  return { streamId, offset, fin: (type & FIN_BIT) !== 0, service, data };
}

function readService(reader: Reader): string {
  const length = reader.u8();
  const service = length <= SERVICE_BYTES_MAX ? fromUtf8(reader.bytes(length)) : undefined;
  if (service === undefined || length === 0) {
    throw new WireError("malformed", "A stream's service name is not valid.");
  }
  return service;
}

/** RFC 9000 section 19.3, with the delay in microseconds. */
function readAck(reader: Reader): AckFrame {
  const largest = reader.varint();
  const delayMs = reader.varint() / 1000;
  const extra = reader.varint();
  if (extra >= ACK_RANGES_MAX) throw new WireError("out-of-range", "An ACK has too many ranges.");
  let start = largest - reader.varint();
  const ranges = [start, largest + 1];
  for (let i = 0; i < extra; i++) {
    const end = start - reader.varint() - 1;
    start = end - 1 - reader.varint();
    ranges.push(start, end);
  }
  if (start < 0) throw new WireError("out-of-range", "An ACK reaches below zero.");
  return { delayMs, ranges };
}

/**
 * Writes an ACK of as many of the highest ranges as fit half of the room, which leaves the other
 * half to data; false where not even one does.
 */
export function writeAck(buffer: PacketBuffer, ranges: RangeSet, delayMs: number): boolean {
  const room = buffer.room >> 1;
  const top = ranges.size - 1;
  const largest = ranges.end(top) - 1;
  const delay = Math.floor(delayMs * 1000);
  const first = largest - ranges.start(top);
  let bytes = 2 + varintBytes(largest) + varintBytes(delay) + varintBytes(first);
  if (bytes > buffer.room) return false;
  let extra = 0;
  for (let i = top - 1; i >= 0 && extra < ACK_RANGES_MAX - 1; i--) {
    bytes += varintBytes(ranges.start(i + 1) - ranges.end(i) - 1);
    bytes += varintBytes(ranges.end(i) - 1 - ranges.start(i));
    if (bytes + 1 > room) break;
    extra++;
  }
  buffer.u8(FRAME_TYPE.ack);
  buffer.varint(largest);
  buffer.varint(delay);
  buffer.varint(extra);
  buffer.varint(first);
  for (let i = top - 1; i >= top - extra; i--) {
    buffer.varint(ranges.start(i + 1) - ranges.end(i) - 1);
    buffer.varint(ranges.end(i) - 1 - ranges.start(i));
  }
  return true;
}

/** Bytes of a STREAM frame beside its data, for data of up to `length`. */
export function streamOverheadBytes(
  streamId: number,
  offset: number,
  service: Uint8Array | undefined,
  length: number,
): number {
  const opening = service === undefined ? 0 : 1 + service.length;
  return 1 + varintBytes(streamId) + varintBytes(offset) + opening + varintBytes(length);
}

/** Writes the head of a STREAM frame; `length` bytes of data must follow. */
export function writeStreamHead(
  buffer: PacketBuffer,
  head: {
    readonly streamId: number;
    readonly offset: number;
    readonly fin: boolean;
    readonly service: Uint8Array | undefined;
    readonly length: number;
  },
): void {
  const { service } = head;
  buffer.u8(FRAME_TYPE.stream | (head.fin ? FIN_BIT : 0) | (service === undefined ? 0 : OPEN_BIT));
  buffer.varint(head.streamId);
  buffer.varint(head.offset);
  if (service !== undefined) {
    buffer.u8(service.length);
    buffer.bytes(service);
  }
  buffer.varint(head.length);
}

/** Writes a frame of a type and numbers; false where it does not fit. */
export function writeNumbers(
  buffer: PacketBuffer,
  type: number,
  ...numbers: readonly number[]
): boolean {
  const bytes = numbers.reduce((sum, number) => sum + varintBytes(number), 1);
  if (bytes > buffer.room) return false;
  buffer.u8(type);
  for (const number of numbers) buffer.varint(number);
  return true;
}

/** Bytes of a DATAGRAM frame beside its data. */
export function datagramOverheadBytes(length: number): number {
  return 1 + 4 + varintBytes(length);
}

/** Writes what begins a DATAGRAM frame, `datagramOverheadBytes` of it, before the data that stand in the frame. */
export function writeDatagramHead(frame: Uint8Array, serviceId: number, length: number): void {
  frame[0] = FRAME_TYPE.datagram;
  for (let i = 0; i < 4; i++) frame[1 + i] = serviceId >>> (24 - 8 * i);
  const bytes = varintBytes(length);
  assert(bytes <= 4, "A datagram is shorter than 2^30 bytes.");
  for (let i = 0; i < bytes; i++) frame[5 + i] = length >>> (8 * (bytes - 1 - i));
  // The upper two bits say how many bytes there are: 1, 2 or 4 (RFC 9000 section 16).
  frame[5] = (frame[5] ?? 0) | (bytes === 1 ? 0 : bytes === 2 ? 0x40 : 0x80);
}
