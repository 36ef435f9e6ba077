import { fromHex, fromUtf8, toHex, utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { Reader, WireError, Writer } from "../wire/index.ts";
import type { PathNode } from "./node.ts";
import { OBJECT_LINK_BYTES } from "./operation.ts";
import type { FileContent, Part, Version, VersionId } from "./version.ts";

const VERSION = 1;
const LOG_ID_BYTES = 16;
const [INLINE, OBJECT, BUNDLE] = [1, 2, 3];

/** What the record of a path says. */
export interface SavedPath {
  readonly live: readonly Version[];
  readonly old: readonly Version[];
}

/** The record of a path; null where nothing is left to remember. */
export function encodeNode(node: PathNode): Uint8Array | null {
  if (node.live.length + node.old.length === 0) return null;
  const writer = new Writer(128).u8(VERSION).varint(node.live.length);
  for (const version of node.live) writeVersion(writer, version);
  writer.varint(node.old.length);
  for (const version of node.old) writeVersion(writer, version);
  return writer.done();
}

/** @throws WireError where the record is damaged */
export function decodeNode(bytes: Uint8Array): SavedPath {
  const reader = new Reader(bytes);
  const format = reader.u8();
  if (format !== VERSION) throw new WireError("version", `A path record of format ${format}.`);
  const live = readVersions(reader);
  const old = readVersions(reader);
  reader.end();
  return { live, old };
}

function readVersions(reader: Reader): Version[] {
  const versions: Version[] = [];
  for (let count = reader.varint(); count > 0; count--) versions.push(readVersion(reader));
  return versions;
}

function writeVersion(writer: Writer, { id, lamport, writtenAtMs, file }: Version): void {
  writeId(writer, id);
  writer
    .varint(lamport)
    .varint(writtenAtMs)
    .u8(file === undefined ? 0 : 1);
  if (file === undefined) return;
  const type = utf8(file.mediaType);
  writer.varint(file.modifiedAtMs).u8(type.length).bytes(type).varint(file.parts.length);
  for (const part of file.parts) {
    if (part.kind === "inline") {
      writeId(writer.u8(INLINE), part.at);
    } else {
      if (part.kind === "object") writer.u8(OBJECT).bytes(part.link);
      else writer.u8(BUNDLE).bytes(logBytes(part.log)).varint(part.bundle);
      writer.varint(part.offset);
    }
    writer.varint(part.lengthBytes);
  }
}

function readVersion(reader: Reader): Version {
  const id = readId(reader);
  const lamport = reader.varint();
  const writtenAtMs = reader.varint();
  const file = reader.u8() === 0 ? undefined : readFile(reader);
  return { id, lamport, writtenAtMs, file };
}

function readFile(reader: Reader): FileContent {
  const modifiedAtMs = reader.varint();
  const mediaType = fromUtf8(reader.bytes(reader.u8())) ?? "";
  const parts: Part[] = [];
  for (let count = reader.varint(); count > 0; count--) parts.push(readPart(reader));
  return { modifiedAtMs, mediaType, parts };
}

function readPart(reader: Reader): Part {
  const kind = reader.u8();
  if (kind === INLINE) {
    return { kind: "inline", at: readId(reader), lengthBytes: reader.varint() };
  }
  if (kind === OBJECT) {
    const link = reader.bytes(OBJECT_LINK_BYTES).slice();
    return { kind: "object", link, offset: reader.varint(), lengthBytes: reader.varint() };
  }
  if (kind !== BUNDLE) throw new WireError("out-of-range", `A part of kind ${kind}.`);
  const log = toHex(reader.bytes(LOG_ID_BYTES));
  const bundle = reader.varint();
  return { kind: "bundle", log, bundle, offset: reader.varint(), lengthBytes: reader.varint() };
}

function writeId(writer: Writer, { log, seq, index }: VersionId): void {
  writer.bytes(logBytes(log)).varint(seq).varint(index);
}

function readId(reader: Reader): VersionId {
  return { log: toHex(reader.bytes(LOG_ID_BYTES)), seq: reader.varint(), index: reader.varint() };
}

function logBytes(log: string): Uint8Array {
  return must(fromHex(log), "a log id is hexadecimal");
}
