import { fromHex, fromUtf8, NO_BYTES, toHex, utf8 } from "../base/bytes.ts";
import { must } from "../base/errors.ts";
import { Reader, WireError, Writer } from "../wire/index.ts";
import {
  INLINE_BYTES_MAX,
  LOG_ENTRIES_MAX,
  MEDIA_TYPE_BYTES_MAX,
  OPERATIONS_BYTES_MAX,
  OPERATIONS_MAX,
  PARTS_MAX,
  PATH_BYTES_MAX,
  REFERENCES_MAX,
  REPLACES_MAX,
} from "./limits.ts";
import { isPath } from "./path.ts";
import type { FileContent, Part, VersionId } from "./version.ts";

/** What one line of an entry does. */
export type Operation =
  | {
      readonly kind: "put";
      readonly path: string;
      readonly replaces: readonly VersionId[];
      /** Undefined: a folder. */
      readonly file: FileContent | undefined;
      /** Bytes of a small file that stand in the entry; the file has no other part then. */
      readonly inline?: Uint8Array;
    }
  | { readonly kind: "remove"; readonly path: string; readonly replaces: readonly VersionId[] }
  /** The bundle of this number in this log is the object with this link. */
  | { readonly kind: "bundle"; readonly bundle: number; readonly link: Uint8Array };

/** What an entry says. */
export interface EntryBody {
  readonly lamport: number;
  readonly writtenAtMs: number;
  readonly operations: readonly Operation[];
}

const VERSION = 1;
const LOG_ID_BYTES = 16;
const NUMBER_MAX: number = 2 ** 48 - 1;
const [FILE, FOLDER, REMOVE, BUNDLE] = [1, 2, 3, 4];
const [IN_ENTRY, IN_OTHER_ENTRY, IN_OBJECT, IN_BUNDLE] = [0, 1, 2, 3];
/** Bytes of an object's link: read key and root. */
export const OBJECT_LINK_BYTES = 64;
const MEDIA_TYPE = /^[\x21-\x7e]+(?:[ \x21-\x7e]*[\x21-\x7e])?$/;

/** Whether a media type can be kept. */
export function isMediaType(text: string): boolean {
  return text === "" || (text.length <= MEDIA_TYPE_BYTES_MAX && MEDIA_TYPE.test(text));
}

/** Memory of entries that are done, of one for its operations and for its body. */
const SPARE: { operations: Uint8Array; body: Uint8Array } = {
  operations: new Uint8Array(512),
  body: NO_BYTES,
};
/** What is larger is not kept. */
const SPARE_BYTES_MAX = 131_072;

/** Gathers operations until an entry is full. Entries are written one after another: they share memory. */
export class EntryWriter {
  readonly #log: string;
  readonly #references: string[] = [];
  readonly #operations: Writer;
  #count = 0;

  /** @param log the log to which the entry goes; references to it cost nothing */
  constructor(log: string) {
    this.#log = log;
    this.#operations = new Writer(SPARE.operations);
    SPARE.operations = NO_BYTES;
  }

  /** Operations so far. */
  get count(): number {
    return this.#count;
  }

  /** Adds an operation; false: it goes into the next entry. */
  add(operation: Operation): boolean {
    if (this.#count === OPERATIONS_MAX) return false;
    const referencesBefore = this.#references.length;
    const lengthBefore = this.#operations.length;
    this.#write(this.#operations, operation);
    const isTooLong = this.#operations.length > OPERATIONS_BYTES_MAX;
    if (isTooLong || this.#references.length > REFERENCES_MAX) {
      this.#references.length = referencesBefore;
      this.#operations.cut(lengthBefore);
      return false;
    }
    this.#count++;
    return true;
  }

  /** The entry's body, which stays as it is until the next one is done. The writer is of no use then. */
  done(lamport: number, writtenAtMs: number): Uint8Array {
    const body = new Writer(SPARE.body);
    body.u8(VERSION).u48(lamport).u48(writtenAtMs).u8(this.#references.length);
    for (const log of this.#references) body.bytes(logBytes(log));
    const operations = this.#operations.done();
    const bytes = body.u16(this.#count).bytes(operations).done();
    SPARE.operations = spareOf(operations);
    SPARE.body = spareOf(bytes);
    return bytes;
  }

  #write(writer: Writer, operation: Operation): void {
    if (operation.kind === "bundle") {
      writer.u8(BUNDLE).varint(operation.bundle).bytes(operation.link);
      return;
    }
    const { path, replaces } = operation;
    if (operation.kind === "remove") writer.u8(REMOVE);
    else writer.u8(operation.file === undefined ? FOLDER : FILE);
    writer.text(path).u8(replaces.length);
    for (const id of replaces) this.#writeId(writer, id);
    if (operation.kind === "put" && operation.file !== undefined) {
      this.#writeFile(writer, operation.file, operation.inline);
    }
  }

  #writeFile(writer: Writer, file: FileContent, inline: Uint8Array | undefined): void {
    const type = file.mediaType === "" ? NO_BYTES : utf8(file.mediaType);
    writer.u48(file.modifiedAtMs).u8(type.length).bytes(type);
    if (inline !== undefined) {
      writer.u16(1).u8(IN_ENTRY).u16(inline.length).bytes(inline);
      return;
    }
    writer.u16(file.parts.length);
    for (const part of file.parts) this.#writePart(writer, part);
  }

  #writePart(writer: Writer, part: Part): void {
    if (part.kind === "inline") {
      this.#writeId(writer.u8(IN_OTHER_ENTRY), part.at);
      writer.u16(part.lengthBytes);
      return;
    }
    if (part.kind === "object") writer.u8(IN_OBJECT).bytes(part.link);
    else writer.u8(IN_BUNDLE).u8(this.#reference(part.log)).varint(part.bundle);
    writer.varint(part.offset).varint(part.lengthBytes);
  }

  #writeId(writer: Writer, { log, seq, index }: VersionId): void {
    writer.u8(this.#reference(log)).varint(seq).varint(index);
  }

  #reference(log: string): number {
    if (log === this.#log) return 0;
    const at = this.#references.indexOf(log);
    return at < 0 ? this.#references.push(log) : at + 1;
  }
}

/** All of the memory that a writer's result is in. */
function spareOf({ buffer }: Uint8Array): Uint8Array {
  return buffer.byteLength > SPARE_BYTES_MAX ? NO_BYTES : new Uint8Array(buffer);
}

function logBytes(log: string): Uint8Array {
  return must(fromHex(log), "a log id is hexadecimal");
}

/**
 * What an entry's body says.
 * @param log and `seq` where the entry stands: what it says of itself becomes ids
 * @throws WireError for anything that is no body of this version
 */
export function decodeBody(bytes: Uint8Array, log: string, seq: number): EntryBody {
  return new BodyReader(bytes, log, seq).read();
}

/** The bytes of the small file that the operation at `index` put; undefined where there are none. */
export function inlineBytesOf(bytes: Uint8Array, at: VersionId): Uint8Array | undefined {
  const operation = decodeBody(bytes, at.log, at.seq).operations[at.index];
  return operation?.kind === "put" ? operation.inline : undefined;
}

class BodyReader {
  readonly #reader: Reader;
  readonly #seq: number;
  readonly #logs: string[];

  constructor(bytes: Uint8Array, log: string, seq: number) {
    this.#reader = new Reader(bytes);
    this.#seq = seq;
    this.#logs = [log];
  }

  read(): EntryBody {
    const reader = this.#reader;
    const version = reader.u8();
    if (version !== VERSION) throw new WireError("version", `Entries of format ${version}.`);
    const lamport = reader.u48();
    const writtenAtMs = reader.u48();
    for (let count = reader.u8(); count > 0; count--) {
      this.#logs.push(toHex(reader.bytes(LOG_ID_BYTES)));
    }
    const count = this.#number(reader.u16(), 1, OPERATIONS_MAX);
    const operations: Operation[] = [];
    for (let index = 0; index < count; index++) operations.push(this.#operation(index));
    reader.end();
    return { lamport, writtenAtMs, operations };
  }

  #operation(index: number): Operation {
    const reader = this.#reader;
    const kind = reader.u8();
    if (kind === BUNDLE) {
      const bundle = this.#number(reader.varint(), 0, NUMBER_MAX);
      return { kind: "bundle", bundle, link: reader.bytes(OBJECT_LINK_BYTES).slice() };
    }
    if (kind !== FILE && kind !== FOLDER && kind !== REMOVE) {
      throw new WireError("out-of-range", `An operation of kind ${kind}.`);
    }
    const path = this.#path();
    const count = this.#number(reader.u8(), 0, REPLACES_MAX);
    const replaces = Array.from({ length: count }, () => this.#id());
    if (kind === REMOVE) return { kind: "remove", path, replaces };
    if (kind === FOLDER) return { kind: "put", path, replaces, file: undefined };
    return { kind: "put", path, replaces, ...this.#file(index) };
  }

  #path(): string {
    const length = this.#number(this.#reader.varint(), 1, PATH_BYTES_MAX);
    const path = fromUtf8(this.#reader.bytes(length));
    if (path !== undefined && isPath(path)) return path;
    throw new WireError("out-of-range", "A path that cannot be.");
  }

  #file(index: number): { file: FileContent; inline?: Uint8Array } {
    const reader = this.#reader;
    const modifiedAtMs = reader.u48();
    const length = this.#number(reader.u8(), 0, MEDIA_TYPE_BYTES_MAX);
    const mediaType = fromUtf8(reader.bytes(length));
    if (mediaType === undefined || !isMediaType(mediaType)) {
      throw new WireError("out-of-range", "A media type that cannot be.");
    }
    const count = this.#number(reader.u16(), 0, PARTS_MAX);
    const parts: Part[] = [];
    let inline: Uint8Array | undefined;
    for (let i = 0; i < count; i++) {
      const kind = reader.u8();
      if (kind !== IN_ENTRY) {
        parts.push(this.#part(kind));
        continue;
      }
      if (count !== 1) throw new WireError("out-of-range", "Inline bytes are a whole file.");
      inline = reader.bytes(this.#number(reader.u16(), 0, INLINE_BYTES_MAX));
      const at = { log: this.#logs[0] ?? "", seq: this.#seq, index };
      parts.push({ kind: "inline", at, lengthBytes: inline.length });
    }
    const file = { modifiedAtMs, mediaType, parts };
    return inline === undefined ? { file } : { file, inline };
  }

  #part(kind: number): Part {
    const reader = this.#reader;
    if (kind === IN_OTHER_ENTRY) {
      const at = this.#id();
      return {
        kind: "inline",
        at,
        lengthBytes: this.#number(reader.u16(), 0, INLINE_BYTES_MAX),
      };
    }
    if (kind === IN_OBJECT) {
      const link = reader.bytes(OBJECT_LINK_BYTES).slice();
      return { kind: "object", link, ...this.#stretch() };
    }
    if (kind !== IN_BUNDLE) throw new WireError("out-of-range", `A part of kind ${kind}.`);
    const log = this.#log();
    const bundle = this.#number(reader.varint(), 0, NUMBER_MAX);
    return { kind: "bundle", log, bundle, ...this.#stretch() };
  }

  #stretch(): { offset: number; lengthBytes: number } {
    const offset = this.#number(this.#reader.varint(), 0, NUMBER_MAX);
    return { offset, lengthBytes: this.#number(this.#reader.varint(), 0, NUMBER_MAX - offset) };
  }

  #id(): VersionId {
    const log = this.#log();
    const seq = this.#number(this.#reader.varint(), 1, LOG_ENTRIES_MAX);
    return { log, seq, index: this.#number(this.#reader.varint(), 0, OPERATIONS_MAX - 1) };
  }

  #log(): string {
    const log = this.#logs[this.#reader.u8()];
    if (log === undefined) throw new WireError("out-of-range", "A reference to no log.");
    return log;
  }

  #number(value: number, min: number, max: number): number {
    if (value >= min && value <= max) return value;
    throw new WireError("out-of-range", `${value} is not within ${min} and ${max}.`);
  }
}

/** An operation as it is read back from the entry in which it stands. */
export function placed(operation: Operation, at: VersionId): Operation {
  if (operation.kind !== "put" || operation.inline === undefined) return operation;
  const parts = [{ kind: "inline", at, lengthBytes: operation.inline.length } as const];
  const { kind, path, replaces, file } = operation;
  if (file === undefined) return { kind, path, replaces, file };
  const { modifiedAtMs, mediaType } = file;
  return { kind, path, replaces, file: { modifiedAtMs, mediaType, parts } };
}
