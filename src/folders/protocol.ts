import { fromHex, toHex } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { limits as feedLimits, frameOf } from "../feed/index.ts";
import { decodeCbor, encodeCbor, schema } from "../wire/index.ts";
import { FOLDERS_MAX, HEADS_PER_FRAME_MAX, LOG_ENTRIES_MAX, WANT_ENTRIES_MAX } from "./limits.ts";
import { LOG_NONCE_BYTES, type LogGrant } from "./writer-log.ts";

/** Name of the session service. */
export const FOLDER_SERVICE = "folder";
/** Bytes of the nonce that each side contributes. */
export const HELLO_NONCE_BYTES = 16;
/** Bytes of a tag by which a folder is known to who knows it. */
export const TAG_BYTES = 16;

/** A log, who vouches for it, and where it ends for whoever says so. */
export interface HeadItem extends LogGrant {
  readonly seq: number;
}

/** One frame; `folder` counts the tags that its sender has sent, from 0. */
export type FolderFrame =
  | { readonly t: "hello"; readonly nonce: Uint8Array }
  | { readonly t: "know"; readonly tags: readonly Uint8Array[] }
  | { readonly t: "heads"; readonly folder: number; readonly heads: readonly HeadItem[] }
  | {
      readonly t: "want";
      readonly folder: number;
      readonly log: string;
      readonly from: number;
      readonly count: number;
    }
  | { readonly t: "entry"; readonly folder: number; readonly bytes: Uint8Array }
  | { readonly t: "done"; readonly folder: number; readonly log: string };

const folder = schema.integer(0, FOLDERS_MAX - 1);
const log = schema.bytes(16);
const head = schema.record({
  a: schema.bytes(32),
  n: schema.bytes(LOG_NONCE_BYTES),
  s: schema.bytes(64),
  q: schema.integer(1, LOG_ENTRIES_MAX),
});
const frameSchema = schema.union({
  hello: schema.record({
    t: schema.literal("hello"),
    v: schema.literal(1),
    n: schema.bytes(HELLO_NONCE_BYTES),
  }),
  know: schema.record({
    t: schema.literal("know"),
    l: schema.list(schema.bytes(TAG_BYTES), HEADS_PER_FRAME_MAX),
  }),
  heads: schema.record({
    t: schema.literal("heads"),
    f: folder,
    l: schema.list(head, HEADS_PER_FRAME_MAX),
  }),
  want: schema.record({
    t: schema.literal("want"),
    f: folder,
    l: log,
    q: schema.integer(1, LOG_ENTRIES_MAX),
    c: schema.integer(1, WANT_ENTRIES_MAX),
  }),
  entry: schema.record({
    t: schema.literal("entry"),
    f: folder,
    e: schema.bytes(64, feedLimits.ENTRY_BYTES_MAX),
  }),
  done: schema.record({ t: schema.literal("done"), f: folder, l: log }),
});

function idBytes(id: string): Uint8Array {
  return must(fromHex(id), "a log id is hexadecimal");
}

/** The frame with its length field, ready for a stream. */
export function encodeFrame(frame: FolderFrame): Uint8Array {
  switch (frame.t) {
    case "hello":
      return frameOf(encodeCbor({ t: "hello", v: 1, n: frame.nonce }));
    case "know":
      return frameOf(encodeCbor({ t: "know", l: [...frame.tags] }));
    case "heads": {
      const l = frame.heads.map(({ author, nonce, signature, seq }) => ({
        a: author,
        n: nonce,
        s: signature,
        q: seq,
      }));
      return frameOf(encodeCbor({ t: "heads", f: frame.folder, l }));
    }
    case "want": {
      const { folder: f, log: id, from: q, count: c } = frame;
      return frameOf(encodeCbor({ t: "want", f, l: idBytes(id), q, c }));
    }
    case "entry":
      return frameOf(encodeCbor({ t: "entry", f: frame.folder, e: frame.bytes }));
    case "done":
      return frameOf(encodeCbor({ t: "done", f: frame.folder, l: idBytes(frame.log) }));
  }
}

/**
 * What a frame (without its length field) says.
 * @throws WireError for anything that is no frame of this protocol
 */
export function decodeFrame(content: Uint8Array): FolderFrame {
  const found = frameSchema(decodeCbor(content), "frame");
  switch (found.t) {
    case "hello":
      return { t: "hello", nonce: found.n };
    case "know":
      return { t: "know", tags: found.l };
    case "heads": {
      const heads = found.l.map(({ a, n, s, q }) => ({
        author: a,
        nonce: n,
        signature: s,
        seq: q,
      }));
      return { t: "heads", folder: found.f, heads };
    }
    case "want":
      return { t: "want", folder: found.f, log: toHex(found.l), from: found.q, count: found.c };
    case "entry":
      return { t: "entry", folder: found.f, bytes: found.e };
    case "done":
      return { t: "done", folder: found.f, log: toHex(found.l) };
  }
}
