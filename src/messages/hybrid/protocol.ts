import { frameOf } from "../../feed/index.ts";
import { Reader, WireError, Writer } from "../../wire/index.ts";
import { type Note, readNote, writeNote } from "../protocol.ts";
import { HYBRID_BUNDLE_BYTES_MAX } from "./limits.ts";

/** Name of the session service by which a device gives a hybrid prekey to one that is to write to it. */
export const HYBRID_SERVICE = "hybrid";

const TYPE = { ask: 1, key: 2 } as const;

/** One question and one answer on a stream. */
export type HybridFrame =
  /** Give me a prekey of my own. */
  | { readonly t: "ask" }
  /** Here it is, in a note as on `post` streams. */
  | { readonly t: "key"; readonly note: Note };

/** The frame with its length field, ready for a stream. */
export function encodeHybridFrame(frame: HybridFrame): Uint8Array {
  const writer = new Writer(128).u8(TYPE[frame.t]);
  if (frame.t === "key") writeNote(writer, frame.note);
  return frameOf(writer.done());
}

/**
 * What a frame (without its length field) says.
 * @throws WireError for anything that is no frame of this service
 */
export function decodeHybridFrame(content: Uint8Array): HybridFrame {
  const reader = new Reader(content);
  const type = reader.u8();
  if (type !== TYPE.ask && type !== TYPE.key) {
    throw new WireError("malformed", `There is no hybrid frame of type ${type}.`);
  }
  const frame: HybridFrame =
    type === TYPE.ask
      ? { t: "ask" }
      : { t: "key", note: readNote(reader, HYBRID_BUNDLE_BYTES_MAX) };
  reader.end();
  return frame;
}
