import { MediaError } from "../errors.ts";
import { JPEG_BLOCK_VISITS_MAX, JPEG_SCANS_MAX } from "../limits.ts";
import { BitReader } from "./bit-reader.ts";
import { ScanDecoder } from "./decode-blocks.ts";
import { type Coefficients, emptyCoefficients, type Frame } from "./frame.ts";
import { parseScan, type ScanSpec, scanBlocks, scanKind, walkScan } from "./scan.ts";
import { isJpeg, MARKER, type Section, scanEnd, sectionAt } from "./sections.ts";
import { JpegTables } from "./tables.ts";

/** A scan and where it lies in the file. */
export interface DecodedScan {
  readonly spec: ScanSpec;
  /** First byte of its data, behind the SOS segment. */
  readonly from: number;
  /** Behind its last byte. */
  readonly to: number;
}

/** What a JPEG holds. */
export interface DecodedJpeg {
  readonly frame: Frame;
  readonly coefficients: Coefficients;
  readonly tables: JpegTables;
  readonly scans: readonly DecodedScan[];
  /** Segments before the first scan's data, in their order. */
  readonly header: readonly Section[];
  /** Behind the end marker, or the file's length where it has none. */
  readonly end: number;
  /** Whether every scan could be read and the end marker is there. */
  readonly complete: boolean;
  /** What fills up bytes: ones or zeros; null: mixed. */
  readonly padding: boolean | null;
}

/**
 * Reads the coefficients of a baseline, extended or progressive Huffman-coded JPEG with eight bits.
 * One that breaks off within its scans gives what could be read.
 * @throws MediaError where nothing can be read
 */
export function decodeJpeg(bytes: Uint8Array): DecodedJpeg {
  if (!isJpeg(bytes)) throw new MediaError("malformed", "Not a JPEG.");
  return new JpegDecoder(bytes).decode();
}

class JpegDecoder {
  readonly #bytes: Uint8Array;
  readonly #tables = new JpegTables();
  readonly #scans: DecodedScan[] = [];
  readonly #header: Section[] = [];
  readonly #paddings: Set<boolean | null> = new Set();
  #coefficients: Coefficients = [];
  #visits = 0;
  #end = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  decode(): DecodedJpeg {
    let complete = false;
    try {
      complete = this.#sections();
    } catch (error) {
      // A damaged file still shows what came before the damage.
      if (!(error instanceof MediaError) || error.code === "too-large") throw error;
      if (this.#scans.length === 0) throw error;
    }
    const { frame } = this.#tables;
    if (!frame || this.#scans.length === 0) {
      throw new MediaError("truncated", "The JPEG has no picture.");
    }
    return {
      frame,
      coefficients: this.#coefficients,
      tables: this.#tables,
      scans: this.#scans,
      header: this.#header,
      end: complete ? this.#end : this.#bytes.length,
      complete,
      padding: this.#paddings.size > 1 ? null : ([...this.#paddings][0] ?? true),
    };
  }

  /** Whether the end marker was reached. */
  #sections(): boolean {
    let at = 0;
    while (at < this.#bytes.length) {
      const section = sectionAt(this.#bytes, at);
      at = section.to;
      this.#end = at;
      if (section.marker === MARKER.end) return true;
      if (this.#scans.length === 0) this.#header.push(section);
      if (section.marker === MARKER.scan) at = this.#scan(section);
      else if (this.#tables.read(section)) this.#begin();
    }
    return false;
  }

  #begin(): void {
    const { frame } = this.#tables;
    if (frame) this.#coefficients = emptyCoefficients(frame);
  }

  #scan({ payload, to: from }: Section): number {
    const { frame, interval } = this.#tables;
    if (!frame) throw new MediaError("malformed", "The JPEG has a scan before its frame.");
    const spec = parseScan(frame, payload);
    this.#visits += scanBlocks(frame, spec);
    if (this.#scans.length >= JPEG_SCANS_MAX || this.#visits > JPEG_BLOCK_VISITS_MAX) {
      throw new MediaError("too-large", "The JPEG has too many scans.");
    }
    const to = scanEnd(this.#bytes, from);
    this.#scans.push({ spec, from, to });
    const bits = new BitReader(this.#bytes, from, to);
    const decoder = new ScanDecoder({
      spec,
      kind: scanKind(frame, spec),
      bits,
      coefficients: spec.components.flatMap(({ index }) => this.#coefficients[index] ?? []),
      dc: spec.components.map(({ dc }) => this.#tables.dc[dc]),
      ac: spec.components.map(({ ac }) => this.#tables.ac[ac]),
    });
    walkScan(frame, spec, interval, decoder);
    decoder.notePadding();
    const { padding } = decoder;
    if (padding !== undefined) this.#paddings.add(padding);
    return to;
  }
}
