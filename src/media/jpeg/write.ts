import { concatBytes } from "../../base/bytes.ts";
import { JPEG_SAMPLES_MAX } from "../limits.ts";
import { encodeScan } from "./encode.ts";
import type { Coefficients, Frame } from "./frame.ts";
import { type HuffmanSpec, type HuffmanTable, huffmanTable, optimalTable } from "./huffman.ts";
import type { ScanSpec } from "./scan.ts";
import { MARKER } from "./sections.ts";
import { BitWriter, frequenciesOf, Tokens } from "./tokens.ts";

/** The start marker. */
export const START: Uint8Array = Uint8Array.of(0xff, MARKER.start);
/** The end marker. */
export const END: Uint8Array = Uint8Array.of(0xff, MARKER.end);
/** A sample is never coded in more bytes than this on average. */
const BYTES_PER_SAMPLE_MAX = 4;

/** A marker segment with its length field. */
export function segment(marker: number, payload: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(4 + payload.length);
  const length = payload.length + 2;
  bytes.set([0xff, marker, length >> 8, length & 0xff]);
  bytes.set(payload, 4);
  return bytes;
}

/** A start-of-frame segment. */
export function frameSegment(frame: Frame): Uint8Array {
  const { progressive, width, height, components } = frame;
  return segment(progressive ? MARKER.frameProgressive : MARKER.frameHuffman, [
    8,
    height >> 8,
    height & 0xff,
    width >> 8,
    width & 0xff,
    components.length,
    ...components.flatMap(({ id, h, v, quantisation }) => [id, (h << 4) | v, quantisation]),
  ]);
}

function scanSegment(frame: Frame, { components, first, last, high, low }: ScanSpec): Uint8Array {
  const ids = components.flatMap(({ index, dc, ac }) => {
    return [frame.components[index]?.id ?? 0, (dc << 4) | ac];
  });
  return segment(MARKER.scan, [components.length, ...ids, first, last, (high << 4) | low]);
}

function tablesSegment(specs: readonly (HuffmanSpec | undefined)[]): Uint8Array {
  const payload = specs.flatMap((spec, index) => {
    return spec ? [((index >> 2) << 4) | (index & 3), ...spec.counts, ...spec.symbols] : [];
  });
  return payload.length > 0 ? segment(MARKER.huffman, payload) : new Uint8Array(0);
}

/** A scan with its own shortest Huffman tables: DHT and SOS segments and the data. */
export function writeScan(frame: Frame, coefficients: Coefficients, spec: ScanSpec): Uint8Array {
  const tokens = new Tokens();
  encodeScan(frame, coefficients, spec, 0, tokens);
  const specs = frequenciesOf(tokens).map((frequencies) => {
    return frequencies.some((count) => count > 0) ? optimalTable(frequencies) : undefined;
  });
  const writer = new BitWriter(true, BYTES_PER_SAMPLE_MAX * JPEG_SAMPLES_MAX);
  const needed = neededTables(frame, spec, specs);
  writer.raw(tablesSegment(needed));
  writer.raw(scanSegment(frame, spec));
  const tables = needed.map((table) => table && huffmanTable(table));
  writer.tokens(tokens, tables);
  writer.align();
  return writer.bytes;
}

/** A table with one code, for scans that say nothing but whose readers want a table. */
const EMPTY_TABLE: HuffmanSpec = {
  counts: Uint8Array.of(1, ...new Array<number>(15).fill(0)),
  symbols: Uint8Array.of(0),
};

function neededTables(
  frame: Frame,
  { components }: ScanSpec,
  specs: readonly (HuffmanSpec | undefined)[],
): readonly (HuffmanSpec | undefined)[] {
  const isAc = (index: number): boolean => components.some(({ ac }) => ac + 4 === index);
  const wantsAc = !frame.progressive;
  return specs.map((spec, index) => spec ?? (wantsAc && isAc(index) ? EMPTY_TABLE : undefined));
}

/** Blocks of an interleaved unit at most (ITU T.81 section B.2.3). */
const UNIT_BLOCKS_MAX = 10;

/** The coefficients of a sequential frame: in one scan where that is allowed. */
export function writeSequentialScan(frame: Frame, coefficients: Coefficients): Uint8Array {
  const parts = frame.components.map((_, index) => {
    return { index, dc: Math.min(index, 1), ac: Math.min(index, 1) };
  });
  const blocks = frame.components.reduce((sum, { h, v }) => sum + h * v, 0);
  const groups = blocks <= UNIT_BLOCKS_MAX ? [parts] : parts.map((part) => [part]);
  const scans = groups.map((components) => {
    return writeScan(frame, coefficients, { components, first: 0, last: 63, high: 0, low: 0 });
  });
  return concatBytes(...scans);
}

/** A whole sequential JPEG. @param quantisation by table, 64 factors in zigzag order */
export function writeSequential(
  frame: Frame,
  coefficients: Coefficients,
  quantisation: readonly ArrayLike<number>[],
  extra: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const tables = quantisation.flatMap((table, index) => [index, ...Array.from(table)]);
  return concatBytes(
    START,
    extra,
    segment(MARKER.quantisation, tables),
    frameSegment(frame),
    writeSequentialScan(frame, coefficients),
    END,
  );
}

/** Writes scans with tables and restart intervals given from outside, one after the other. */
export class ScanWriter {
  readonly #writer: BitWriter;

  /** @param padding whether ones fill up bytes; @param sizeMax bytes written at most */
  constructor(padding: boolean, sizeMax: number) {
    this.#writer = new BitWriter(padding, sizeMax);
  }

  /** What was written so far, as a view of the buffer. */
  get bytes(): Uint8Array {
    return this.#writer.bytes;
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.#writer.raw(bytes);
  }

  /** @throws MediaError where the tables lack a code */
  scan(
    frame: Frame,
    coefficients: Coefficients,
    spec: ScanSpec,
    interval: number,
    tables: readonly (HuffmanTable | undefined)[],
  ): void {
    const tokens = new Tokens();
    encodeScan(frame, coefficients, spec, interval, tokens, () => {
      this.#writer.tokens(tokens, tables);
      tokens.length = 0;
    });
    this.#writer.align();
  }
}
