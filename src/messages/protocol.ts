import { fromHex, toHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { frameOf } from "../feed/index.ts";
import { Reader, WireError, Writer } from "../wire/index.ts";
import { BUNDLE_BYTES_MAX, FRAMES_IN_FLIGHT_MAX, POST_FRAME_BYTES_MAX } from "./limits.ts";
import { CHANNELS_PER_PAIR_MAX } from "./pair.ts";

/** Name of the session service. */
export const POST_SERVICE = "post";

const CHANNEL_ID_BYTES = 16;
const DH_KEY_BYTES = 32;
/** How the id of a channel begins that is none, but says how many frames a reader takes. */
const WINDOW_MARK_BYTES = 14;
const WINDOW_MARK = "0".repeat(2 * WINDOW_MARK_BYTES);

/** What a device tells of itself to one that may write to it. */
export interface Note {
  /** Its wall clock, milliseconds since 1970. */
  readonly wallMs: number;
  /** Its X25519 key. */
  readonly dhKey: Uint8Array;
  /** Its signed prekey; empty where it has none now. */
  readonly bundle: Uint8Array;
}

/** How many frames of a channel have been opened and kept. */
export interface ChannelCount {
  readonly channelId: string;
  readonly count: number;
}

/**
 * Why a reader takes no more for now: "busy" (no room, try later), "unreadable" (nothing there
 * opens what the author sends).
 */
export type StopReason = "busy" | "unreadable";

/** One frame on a post stream. */
export type PostFrame =
  /** The author begins. */
  | { readonly t: "hello"; readonly note: Note }
  /** The author: a frame of a ratchet channel. */
  | { readonly t: "frame"; readonly frame: Uint8Array }
  /** The author: acknowledge inside the channel, its window is filling. */
  | { readonly t: "please" }
  /** The reader: what it has of the author. */
  | {
      readonly t: "have";
      readonly note: Note;
      readonly channels: readonly ChannelCount[];
      /** Frames that may be under way to it, large and small. */
      readonly framesMax: number;
    }
  /** The reader: kept up to here. */
  | { readonly t: "ack"; readonly channel: ChannelCount }
  /** The reader. */
  | { readonly t: "stop"; readonly reason: StopReason };

const TYPE = { hello: 1, frame: 2, please: 3, have: 4, ack: 5, busy: 6, unreadable: 7 } as const;

/** The frame with its length field, ready for a stream. */
export function encodeFrame(frame: PostFrame): Uint8Array {
  const writer = new Writer(128);
  switch (frame.t) {
    case "hello":
      writeNote(writer.u8(TYPE.hello), frame.note);
      break;
    case "frame":
      writer.u8(TYPE.frame).bytes(frame.frame);
      break;
    case "please":
      writer.u8(TYPE.please);
      break;
    case "have":
      writeNote(writer.u8(TYPE.have), frame.note);
      for (const channel of frame.channels) writeCount(writer, channel);
      // There is room for it wherever there is room for one more channel, which is nearly always.
      if (
        frame.channels.length < CHANNELS_PER_PAIR_MAX &&
        frame.framesMax !== FRAMES_IN_FLIGHT_MAX
      ) {
        writer.bytes(new Uint8Array(WINDOW_MARK_BYTES)).u16(frame.framesMax).varint(0);
      }
      break;
    case "ack":
      writeCount(writer.u8(TYPE.ack), frame.channel);
      break;
    case "stop":
      writer.u8(frame.reason === "busy" ? TYPE.busy : TYPE.unreadable);
      break;
  }
  return frameOf(writer.done());
}

/**
 * What a frame (without its length field) says.
 * @throws WireError for anything that is no frame of this protocol
 */
export function decodeFrame(content: Uint8Array): PostFrame {
  const reader = new Reader(content);
  const type = reader.u8();
  if (type === TYPE.frame) {
    if (reader.left === 0 || reader.left > POST_FRAME_BYTES_MAX) {
      throw new WireError("too-large", "A sealed frame is empty or too large.");
    }
    return { t: "frame", frame: reader.rest().slice() };
  }
  const found = decodeOther(type, reader);
  reader.end();
  return found;
}

function decodeOther(type: number, reader: Reader): PostFrame {
  switch (type) {
    case TYPE.hello:
      return { t: "hello", note: readNote(reader, BUNDLE_BYTES_MAX) };
    case TYPE.please:
      return { t: "please" };
    case TYPE.have: {
      const note = readNote(reader, BUNDLE_BYTES_MAX);
      const channels: ChannelCount[] = [];
      while (reader.left > 0 && channels.length < CHANNELS_PER_PAIR_MAX) {
        channels.push(readCount(reader));
      }
      return { t: "have", note, ...windowIn(channels) };
    }
    case TYPE.ack:
      return { t: "ack", channel: readCount(reader) };
    case TYPE.busy:
      return { t: "stop", reason: "busy" };
    case TYPE.unreadable:
      return { t: "stop", reason: "unreadable" };
    default:
      throw new WireError("malformed", `There is no post frame of type ${type}.`);
  }
}

/**
 * What a reader takes is told as a channel that does not exist, of which it has nothing: authors of before pass it over,
 * and send no more than readers of before take.
 */
function windowIn(told: readonly ChannelCount[]): {
  readonly channels: readonly ChannelCount[];
  readonly framesMax: number;
} {
  const isWindow = ({ channelId }: ChannelCount): boolean => channelId.startsWith(WINDOW_MARK);
  const mark = told.find(isWindow);
  if (mark === undefined) return { channels: told, framesMax: FRAMES_IN_FLIGHT_MAX };
  const framesMax = Number.parseInt(mark.channelId.slice(WINDOW_MARK.length), 16);
  return { channels: told.filter((one) => !isWindow(one)), framesMax };
}

/** Writes a note: clock (6), key (32), length (varint) and bytes of the prekey. */
export function writeNote(writer: Writer, note: Note): void {
  writer.u48(Math.max(0, note.wallMs)).bytes(note.dhKey);
  writer.varint(note.bundle.length).bytes(note.bundle);
}

/**
 * Reads a note.
 * @throws WireError where it is cut short, or its prekey larger than `bundleBytesMax`
 */
export function readNote(reader: Reader, bundleBytesMax: number): Note {
  const wallMs = reader.u48();
  const dhKey = reader.bytes(DH_KEY_BYTES).slice();
  const length = reader.varint();
  if (length > bundleBytesMax) throw new WireError("too-large", "A prekey is too large.");
  return { wallMs, dhKey, bundle: reader.bytes(length).slice() };
}

function writeCount(writer: Writer, { channelId, count }: ChannelCount): void {
  writer.bytes(idBytes(channelId)).varint(count);
}

function readCount(reader: Reader): ChannelCount {
  return { channelId: toHex(reader.bytes(CHANNEL_ID_BYTES)), count: reader.varint() };
}

function idBytes(channelId: string): Uint8Array {
  return must(fromHex(channelId), "a channel id is hexadecimal");
}
