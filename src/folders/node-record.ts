import { equalBytes, fromHex, fromUtf8, toHex, utf8 } from "../base/bytes.ts";
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

/** The texts of log ids: a folder has few logs and very many versions that name them. */
export class LogNames {
  #last: { readonly bytes: Uint8Array; readonly text: string } | undefined;
  readonly #known = new Map<string, string>();

  /** The id as text, the same object each time. */
  of(bytes: Uint8Array): string {
    if (this.#last !== undefined && equalBytes(this.#last.bytes, bytes)) return this.#last.text;
    const fresh = toHex(bytes);
    const text = this.#known.get(fresh) ?? fresh;
    this.#known.set(text, text);
    this.#last = { bytes: bytes.slice(), text };
    return text;
  }
}

/** @throws WireError where the record is damaged */
export function decodeNode(bytes: Uint8Array, names: LogNames): SavedPath {
  const reader = new Reader(bytes);
  const format = reader.u8();
  if (format !== VERSION) throw new WireError("version", `A path record of format ${format}.`);
  const live = readVersions(reader, names);
  const old = readVersions(reader, names);
  reader.end();
  return { live, old };
}

function readVersions(reader: Reader, names: LogNames): Version[] {
  const versions: Version[] = [];
  for (let count = reader.varint(); count > 0; count--) versions.push(readVersion(reader, names));
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

function readVersion(reader: Reader, names: LogNames): Version {
  const id = readId(reader, names);
  const lamport = reader.varint();
  const writtenAtMs = reader.varint();
  const file = reader.u8() === 0 ? undefined : readFile(reader, names);
  return { id, lamport, writtenAtMs, file };
}

function readFile(reader: Reader, names: LogNames): FileContent {
  const modifiedAtMs = reader.varint();
  const length = reader.u8();
  const mediaType = length === 0 ? "" : (fromUtf8(reader.bytes(length)) ?? "");
  const parts: Part[] = [];
  for (let count = reader.varint(); count > 0; count--) parts.push(readPart(reader, names));
  return { modifiedAtMs, mediaType, parts };
}

function readPart(reader: Reader, names: LogNames): Part {
  const kind = reader.u8();
  if (kind === INLINE) {
    return { kind: "inline", at: readId(reader, names), lengthBytes: reader.varint() };
  }
  if (kind === OBJECT) {
    const link = reader.bytes(OBJECT_LINK_BYTES).slice();
    return { kind: "object", link, offset: reader.varint(), lengthBytes: reader.varint() };
  }
  if (kind !== BUNDLE) throw new WireError("out-of-range", `A part of kind ${kind}.`);
  const log = names.of(reader.bytes(LOG_ID_BYTES));
  const bundle = reader.varint();
  return { kind: "bundle", log, bundle, offset: reader.varint(), lengthBytes: reader.varint() };
}

function writeId(writer: Writer, { log, seq, index }: VersionId): void {
  writer.bytes(logBytes(log)).varint(seq).varint(index);
}

function readId(reader: Reader, names: LogNames): VersionId {
  const log = names.of(reader.bytes(LOG_ID_BYTES));
  return { log, seq: reader.varint(), index: reader.varint() };
}

function logBytes(log: string): Uint8Array {
  return must(fromHex(log), "a log id is hexadecimal");
}
