import { equalBytes } from "../../base/bytes.ts";
import { Reader, WireError, Writer } from "../../wire/index.ts";
import { MediaError } from "../errors.ts";
import { JPEG_SCANS_MAX } from "../limits.ts";

/** One step in making the original's header out of the packed file's. */
export interface HeaderStep {
  /** Bytes that both have. */
  readonly copy: number;
  /** Bytes that only the packed file has, behind those. */
  readonly skip: number;
  /** Bytes that only the original has, behind those. */
  readonly literal: Uint8Array;
}

/** What a stored JPEG needs besides its coefficients to become its original again. */
export interface RestoreBlock {
  /** Bytes of the original. */
  readonly sizeBytes: number;
  /** Whether ones fill up bytes. */
  readonly padding: boolean;
  readonly header: readonly HeaderStep[];
  /** What lies between the scans of the original: one less than it has scans. */
  readonly between: readonly Uint8Array[];
  /** What follows the last scan. */
  readonly tail: Uint8Array;
}

const VERSION = 1;
const STEPS_MAX = 65_536;

/** The block as bytes. */
export function encodeRestoreBlock(block: RestoreBlock): Uint8Array {
  const writer = new Writer()
    .u8(VERSION)
    .u8(block.padding ? 1 : 0)
    .u48(block.sizeBytes);
  const part = (bytes: Uint8Array): unknown => writer.varint(bytes.length).bytes(bytes);
  writer.varint(block.header.length);
  for (const { copy, skip, literal } of block.header) {
    writer.varint(copy).varint(skip);
    part(literal);
  }
  writer.varint(block.between.length);
  for (const bytes of block.between) part(bytes);
  part(block.tail);
  return writer.done();
}

/** @throws MediaError where it is damaged */
export function decodeRestoreBlock(bytes: Uint8Array): RestoreBlock {
  try {
    return decode(new Reader(bytes));
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new MediaError("malformed", "The end of the stored JPEG is damaged.", { cause });
  }
}

function decode(reader: Reader): RestoreBlock {
  if (reader.u8() !== VERSION) {
    throw new MediaError("unsupported", "The file was stored by a newer Peernet. Please update.");
  }
  const padding = reader.u8() === 1;
  const sizeBytes = reader.u48();
  const part = (): Uint8Array => reader.bytes(reader.varint());
  const list = <T>(max: number, item: () => T): T[] => {
    const count = reader.varint();
    if (count > max) throw new MediaError("too-large", "The stored JPEG has too many parts.");
    return Array.from({ length: count }, item);
  };
  const header = list(STEPS_MAX, () => {
    return { copy: reader.varint(), skip: reader.varint(), literal: part() };
  });
  const between = list(JPEG_SCANS_MAX, part);
  const block = { padding, sizeBytes, header, between, tail: part() };
  reader.end();
  return block;
}

/** Gathers the header of a packed file together with the steps that lead back. */
export class HeaderBuilder {
  readonly #kept: Uint8Array[] = [];
  readonly #steps: { copy: number; skip: number; literal: Uint8Array }[] = [];
  readonly #original: Uint8Array;

  /** @param original the bytes that literals are views of */
  constructor(original: Uint8Array) {
    this.#original = original;
  }

  /** These bytes of the original stay. */
  copy(from: number, to: number): void {
    this.#kept.push(this.#original.subarray(from, to));
    const last = this.#steps.at(-1);
    if (last && last.skip === 0 && last.literal.length === 0) last.copy += to - from;
    else this.#steps.push({ copy: to - from, skip: 0, literal: this.#original.subarray(0, 0) });
  }

  /** These bytes of the original are replaced. */
  replace(from: number, to: number, by: Uint8Array): void {
    const literal = this.#original.subarray(from, to);
    if (equalBytes(literal, by)) {
      this.copy(from, to);
      return;
    }
    this.#kept.push(by);
    this.#steps.push({ copy: 0, skip: by.length, literal });
  }

  get header(): readonly Uint8Array[] {
    return this.#kept;
  }

  get steps(): readonly HeaderStep[] {
    return this.#steps;
  }
}
