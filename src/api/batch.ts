import { fromUtf8 } from "../base/bytes.ts";
import { Reader, WireError, Writer } from "../wire/index.ts";
import { BATCH_ENTRIES_MAX } from "./limits.ts";

const [FOLDER, FILE] = [0, 1];
/** Of an entry, without path and bytes, in most cases: a writer grows where it is more. */
const HEAD_BYTES = 24;

/** A small file, or a folder where there are no bytes. */
export interface BatchEntry {
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly modifiedAtMs: number;
  readonly bytes: Uint8Array | undefined;
}

/**
 * Small files and folders in one body: for each a byte (0 folder, 1 file), length and UTF-8 of its
 * path, when it was changed, and of a file length and bytes. Numbers are QUIC's (RFC 9000 section 16).
 */
export function encodeBatch(entries: readonly BatchEntry[]): Uint8Array {
  let sizeBytes = 0;
  for (const { path, bytes } of entries)
    sizeBytes += path.length + (bytes?.length ?? 0) + HEAD_BYTES;
  const writer = new Writer(sizeBytes);
  for (const { path, modifiedAtMs, bytes } of entries) {
    writer
      .u8(bytes === undefined ? FOLDER : FILE)
      .text(path)
      .varint(modifiedAtMs);
    if (bytes !== undefined) writer.varint(bytes.length).bytes(bytes);
  }
  return writer.done();
}

/** What such a body says; bytes are views of it. @throws WireError */
export function decodeBatch(body: Uint8Array): readonly BatchEntry[] {
  const reader = new Reader(body);
  const entries: BatchEntry[] = [];
  while (reader.left > 0) {
    if (entries.length === BATCH_ENTRIES_MAX) {
      throw new WireError("too-large", `A batch has at most ${BATCH_ENTRIES_MAX} entries.`);
    }
    const kind = reader.u8();
    if (kind !== FOLDER && kind !== FILE) {
      throw new WireError("out-of-range", `An entry of kind ${kind}.`);
    }
    const path = fromUtf8(reader.bytes(reader.varint()));
    if (path === undefined) throw new WireError("out-of-range", "A path that is not UTF-8.");
    const modifiedAtMs = reader.varint();
    const bytes = kind === FILE ? reader.bytes(reader.varint()) : undefined;
    entries.push({ path, modifiedAtMs, bytes });
  }
  return entries;
}
