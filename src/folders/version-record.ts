import { fromUtf8, utf8 } from "../base/bytes.ts";
import { type Reader, WireError, type Writer } from "../wire/index.ts";
import { OBJECT_LINK_BYTES } from "./operation.ts";
import type { FileContent, Part, Version, VersionId } from "./version.ts";

const [INLINE, OBJECT, BUNDLE] = [1, 2, 3];

/** Writes which log is meant. */
export type WriteLog = (writer: Writer, log: string) => void;

/** Reads which log is meant. @throws WireError */
export type ReadLog = (reader: Reader) => string;

/** Writes the versions of a path, their number first. */
export function writeVersions(
  writer: Writer,
  versions: readonly Version[],
  writeLog: WriteLog,
): void {
  writer.varint(versions.length);
  for (const { id, lamport, writtenAtMs, file } of versions) {
    writeId(writer, id, writeLog);
    writer.varint(lamport).varint(writtenAtMs);
    if (file === undefined) writer.u8(0);
    else writeFile(writer.u8(1), file, writeLog);
  }
}

function writeFile(writer: Writer, file: FileContent, writeLog: WriteLog): void {
  writer.varint(file.modifiedAtMs).u8(file.mediaType.length);
  // Media types are ASCII.
  if (file.mediaType !== "") writer.bytes(utf8(file.mediaType));
  writer.varint(file.parts.length);
  for (const part of file.parts) {
    if (part.kind === "inline") {
      writeId(writer.u8(INLINE), part.at, writeLog);
    } else {
      if (part.kind === "object") {
        writer.u8(OBJECT).bytes(part.link);
      } else {
        writeLog(writer.u8(BUNDLE), part.log);
        writer.varint(part.bundle);
      }
      writer.varint(part.offset);
    }
    writer.varint(part.lengthBytes);
  }
}

function writeId(writer: Writer, { log, seq, index }: VersionId, writeLog: WriteLog): void {
  writeLog(writer, log);
  writer.varint(seq).varint(index);
}

/** Reads the versions of a path. @throws WireError where they are damaged */
export function readVersions(reader: Reader, readLog: ReadLog): Version[] {
  const versions: Version[] = [];
  for (let count = reader.varint(); count > 0; count--) {
    const id = readId(reader, readLog);
    const lamport = reader.varint();
    const writtenAtMs = reader.varint();
    const file = reader.u8() === 0 ? undefined : readFile(reader, readLog);
    versions.push({ id, lamport, writtenAtMs, file });
  }
  return versions;
}

function readFile(reader: Reader, readLog: ReadLog): FileContent {
  const modifiedAtMs = reader.varint();
  const length = reader.u8();
  const mediaType = length === 0 ? "" : (fromUtf8(reader.bytes(length)) ?? "");
  const parts: Part[] = [];
  for (let count = reader.varint(); count > 0; count--) parts.push(readPart(reader, readLog));
  return { modifiedAtMs, mediaType, parts };
}

function readPart(reader: Reader, readLog: ReadLog): Part {
  const kind = reader.u8();
  if (kind === INLINE) {
    return { kind: "inline", at: readId(reader, readLog), lengthBytes: reader.varint() };
  }
  if (kind === OBJECT) {
    const link = reader.bytes(OBJECT_LINK_BYTES).slice();
    return { kind: "object", link, offset: reader.varint(), lengthBytes: reader.varint() };
  }
  if (kind !== BUNDLE) throw new WireError("out-of-range", `A part of kind ${kind}.`);
  const log = readLog(reader);
  const bundle = reader.varint();
  return { kind: "bundle", log, bundle, offset: reader.varint(), lengthBytes: reader.varint() };
}

function readId(reader: Reader, readLog: ReadLog): VersionId {
  const log = readLog(reader);
  return { log, seq: reader.varint(), index: reader.varint() };
}
