import { Reader, WireError, type Writer } from "../wire/index.ts";
import {
  type Gone,
  type Repeat,
  type Repeating,
  readNumbers,
  readRepeat,
  writeNumbers,
  writeRepeat,
} from "./repair-messages.ts";

const WELCOME = 1;
const PROBE = 2;
const ECHO = 3;
const ACK = 4;
const SEGMENT = 5;
const GOODBYE = 6;
const REPEAT = 7;
const REPEATING = 8;
const GONE = 9;

/** Bytes of a segment message besides its content. */
export const SEGMENT_OVERHEAD_BYTES = 12;

/** Why a goodbye was said: the peer stops, forgets this neighbour, or closes only this link. */
export type GoodbyeReason = "stopping" | "reset" | "link";
const REASONS: readonly GoodbyeReason[] = ["stopping", "reset", "link"];

/** One piece of a control message. `content` is lent by the decoder. */
export interface Segment {
  readonly type: "segment";
  readonly tag: number;
  readonly seq: number;
  /** More segments of the same message follow. */
  readonly more: boolean;
  readonly content: Uint8Array;
}

/** Which control segments have arrived. */
export interface Ack {
  readonly type: "ack";
  readonly tag: number;
  /** All below this number are here. */
  readonly next: number;
  /** Bit i: segment next + 1 + i is here too. */
  readonly bitmap: number;
}

/** What two link rooms say to each other inside sealed parts. */
export type InternalMessage =
  | { readonly type: "welcome"; readonly channel: Uint8Array }
  | { readonly type: "probe" | "echo"; readonly id: number }
  | Ack
  | Segment
  | Repeat
  | Repeating
  | Gone
  | { readonly type: "goodbye"; readonly reason: GoodbyeReason };

/** Appends one message. */
export function writeMessage(writer: Writer, message: InternalMessage): void {
  switch (message.type) {
    case "welcome":
      writer.u8(WELCOME).bytes(message.channel);
      return;
    case "probe":
      writer.u8(PROBE).u32(message.id);
      return;
    case "echo":
      writer.u8(ECHO).u32(message.id);
      return;
    case "ack":
      writer.u8(ACK).u32(message.tag).u32(message.next).u32(message.bitmap);
      return;
    case "segment":
      writer
        .u8(SEGMENT)
        .u32(message.tag)
        .u32(message.seq)
        .u8(message.more ? 1 : 0);
      writer.u16(message.content.length).bytes(message.content);
      return;
    case "goodbye":
      writer.u8(GOODBYE).u8(REASONS.indexOf(message.reason));
      return;
    case "repeat":
      writeRepeat(writer.u8(REPEAT), message);
      return;
    case "repeating":
      writer.u8(REPEATING).u32(message.id).u48(message.keptFrom);
      return;
    case "gone":
      writeNumbers(writer.u8(GONE), message.counters);
  }
}

/**
 * All messages of a sealed part, the kind byte already taken off.
 * @throws WireError where one is unknown or cut short; then none of them counts
 */
export function readMessages(bytes: Uint8Array): InternalMessage[] {
  const reader = new Reader(bytes);
  const messages: InternalMessage[] = [];
  while (reader.left > 0) messages.push(readMessage(reader));
  return messages;
}

function readMessage(reader: Reader): InternalMessage {
  const type = reader.u8();
  switch (type) {
    case WELCOME:
      return { type: "welcome", channel: reader.bytes(8) };
    case PROBE:
      return { type: "probe", id: reader.u32() };
    case ECHO:
      return { type: "echo", id: reader.u32() };
    case ACK:
      return { type: "ack", tag: reader.u32(), next: reader.u32(), bitmap: reader.u32() };
    case SEGMENT:
      return readSegment(reader);
    case GOODBYE:
      return { type: "goodbye", reason: readReason(reader.u8()) };
    case REPEAT:
      return readRepeat(reader);
    case REPEATING:
      return { type: "repeating", id: reader.u32(), keptFrom: reader.u48() };
    case GONE:
      return { type: "gone", counters: readNumbers(reader) };
    default:
      throw new WireError("malformed", `A link message of unknown type ${type}.`);
  }
}

function readSegment(reader: Reader): Segment {
  const tag = reader.u32();
  const seq = reader.u32();
  const flags = reader.u8();
  if (flags > 1) throw new WireError("malformed", "A control segment with unknown flags.");
  return { type: "segment", tag, seq, more: flags === 1, content: reader.bytes(reader.u16()) };
}

function readReason(code: number): GoodbyeReason {
  const reason = REASONS[code];
  if (reason === undefined) throw new WireError("malformed", "A goodbye of unknown reason.");
  return reason;
}
