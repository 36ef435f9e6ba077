import { concatBytes } from "../base/bytes.ts";
import { SAMPLES_MAX } from "./limits.ts";
import { box, boxes, makeBox } from "./mp4.ts";

/** One picture of a video that can be shown without any other, and how it becomes a file. */
export interface Mp4Still {
  /** Where it lies in the file. */
  readonly at: number;
  readonly sizeBytes: number;
  /** Bytes of the file that `build` makes. */
  readonly fileBytes: number;
  /** An MP4 of this picture alone. @param sample the bytes at `at` */
  build(sample: Uint8Array): Uint8Array;
}

/** Boxes of a video track that stay as they are. */
const [MEDIA_HEADER, HANDLER] = ["mdhd", "hdlr"] as const;
const KEPT_IN_INFORMATION: readonly string[] = ["vmhd", "dinf"];

/**
 * The picture to show of a video: of those that stand by themselves (sync samples, ISO/IEC 14496-12
 * section 8.6.2) the one with most bytes that makes a file of at most `room`, as a black beginning has
 * few. Undefined where there is none, and in fragmented files, which tell no places in front.
 * @param moov what the file's `moov` box holds
 * @param ftyp what its `ftyp` box holds
 */
export function mp4Still(moov: Uint8Array, ftyp: Uint8Array, room: number): Mp4Still | undefined {
  for (const track of boxes(moov, "trak")) {
    const media = box(track, "mdia");
    const handler = media && box(media, HANDLER);
    if (handler === undefined || String.fromCharCode(...handler.subarray(8, 12)) !== "vide")
      continue;
    const samples = box(track, "mdia", "minf", "stbl");
    const writer = StillWriter.of({ moov, ftyp, track }, room);
    if (samples === undefined || writer === undefined) return undefined;
    const best = largestSyncSample(samples, room - writer.frameBytes);
    return best && writer.still(best.at, best.sizeBytes);
  }
  return undefined;
}

/** Table boxes begin with version and flags, a count, and have rows of 32-bit numbers. */
class Table {
  readonly #view: DataView;
  readonly #head: number;

  /** @param head bytes before the first row */
  constructor(bytes: Uint8Array, head = 8) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#head = head;
  }

  /** The number at a byte; 0 beyond the end. */
  u32(at: number): number {
    return at + 4 <= this.#view.byteLength ? this.#view.getUint32(at) : 0;
  }

  /** Rows that are really there. */
  rows(bytesEach: number): number {
    const told = this.u32(this.#head - 4);
    return Math.min(
      told,
      Math.floor((this.#view.byteLength - this.#head) / bytesEach),
      SAMPLES_MAX,
    );
  }

  /** Number `column` of a row of `columns` numbers; rows count from 0. */
  cell(row: number, columns = 1, column = 0): number {
    return this.u32(this.#head + 4 * (row * columns + column));
  }
}

function largestSyncSample(
  samples: Uint8Array,
  room: number,
): { readonly at: number; readonly sizeBytes: number } | undefined {
  const sizes = sampleSizes(samples);
  const sync = box(samples, "stss");
  const table = sync && new Table(sync);
  const count = table ? table.rows(4) : sizes.length;
  let best: number | undefined;
  for (let row = 0; row < count; row++) {
    const sample = table ? table.cell(row) - 1 : row;
    const size = sizes[sample] ?? 0;
    if (size > 0 && size <= room && size > (best === undefined ? 0 : (sizes[best] ?? 0)))
      best = sample;
  }
  if (best === undefined) return undefined;
  const at = placeOf(samples, sizes, best);
  return at === undefined ? undefined : { at, sizeBytes: sizes[best] ?? 0 };
}

function sampleSizes(samples: Uint8Array): readonly number[] {
  const bytes = box(samples, "stsz");
  if (bytes === undefined) return [];
  const table = new Table(bytes, 12);
  const [same, count] = [table.u32(4), Math.min(table.u32(8), SAMPLES_MAX)];
  if (same !== 0) return Array.from({ length: count }, () => same);
  return Array.from({ length: table.rows(4) }, (_, row) => table.cell(row));
}

/** Where a sample lies: in which chunk, and behind which samples of it (sections 8.7.4, 8.7.5). */
function placeOf(
  samples: Uint8Array,
  sizes: readonly number[],
  sample: number,
): number | undefined {
  const runs = box(samples, "stsc");
  const [short, long] = [box(samples, "stco"), box(samples, "co64")];
  const chunks = short ?? long;
  if (runs === undefined || chunks === undefined) return undefined;
  const offsets = new Table(chunks);
  const chunkCount = offsets.rows(short ? 4 : 8);
  const offsetOf = (chunk: number): number =>
    short ? offsets.cell(chunk) : 2 ** 32 * offsets.cell(chunk, 2) + offsets.cell(chunk, 2, 1);
  const table = new Table(runs);
  let first = 0;
  for (let run = 0, rows = table.rows(12); run < rows; run++) {
    const each = table.cell(run, 3, 1);
    const from = table.cell(run, 3) - 1;
    const to = run + 1 < rows ? table.cell(run + 1, 3) - 1 : chunkCount;
    const inRun = Math.max(0, to - from) * each;
    if (sample < first + inRun && from >= 0) {
      const chunk = from + Math.floor((sample - first) / each);
      const before = sizes.slice(first + (chunk - from) * each, sample);
      return chunk < chunkCount
        ? before.reduce((sum, size) => sum + size, offsetOf(chunk))
        : undefined;
    }
    first += inRun;
  }
  return undefined;
}

/** Everything of the new file but the sample. */
class StillWriter {
  readonly #ftyp: Uint8Array;
  readonly #moovWith: (at: number, sizeBytes: number) => Uint8Array;

  private constructor(ftyp: Uint8Array, moovWith: (at: number, size: number) => Uint8Array) {
    this.#ftyp = makeBox("ftyp", ftyp);
    this.#moovWith = moovWith;
  }

  /** Undefined where boxes are missing, or take more than `room` by themselves: they are copied. */
  static of(
    { moov, ftyp, track }: Record<"moov" | "ftyp" | "track", Uint8Array>,
    room: number,
  ): StillWriter | undefined {
    const media = box(track, "mdia");
    const information = media && box(media, "minf");
    const [movieHeader, trackHeader] = [box(moov, "mvhd"), box(track, "tkhd")];
    const [mediaHeader, handler] = [
      media && box(media, MEDIA_HEADER),
      media && box(media, HANDLER),
    ];
    const description = information && box(information, "stbl", "stsd");
    if (!movieHeader || !trackHeader || !mediaHeader || !handler || !description) return undefined;
    const around = KEPT_IN_INFORMATION.flatMap((kind) => {
      const inside = box(information, kind);
      return inside ? [{ kind, inside }] : [];
    });
    const heads = [ftyp, movieHeader, trackHeader, mediaHeader, handler, description];
    const all = [...heads, ...around.map(({ inside }) => inside)];
    if (all.reduce((sum, { length }) => sum + length, 0) > room) return undefined;
    const kept = around.map(({ kind, inside }) => makeBox(kind, inside));
    return new StillWriter(ftyp, (at, sizeBytes) => {
      const samples = makeBox(
        "stbl",
        makeBox("stsd", description),
        table("stts", [1, 1, 1]),
        table("stsc", [1, 1, 1, 1]),
        table("stsz", [0, 1, sizeBytes]),
        table("stco", [1, at]),
      );
      const inside = makeBox(
        "mdia",
        makeBox(MEDIA_HEADER, lasting(mediaHeader, 4)),
        makeBox(HANDLER, handler),
        makeBox("minf", ...kept, samples),
      );
      return makeBox(
        "moov",
        makeBox("mvhd", lasting(movieHeader, 4)),
        makeBox("trak", makeBox("tkhd", lasting(trackHeader, 8)), inside),
      );
    });
  }

  /** Bytes of the file without the sample. */
  get frameBytes(): number {
    return this.#ftyp.length + this.#moovWith(0, 0).length + 8;
  }

  still(at: number, sizeBytes: number): Mp4Still {
    return {
      at,
      sizeBytes,
      fileBytes: this.frameBytes + sizeBytes,
      build: (sample) => {
        const moov = this.#moovWith(this.frameBytes, sample.length);
        return concatBytes(this.#ftyp, moov, makeBox("mdat", sample));
      },
    };
  }
}

function table(kind: string, numbers: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * numbers.length);
  const view = new DataView(bytes.buffer);
  for (const [at, number] of numbers.entries()) view.setUint32(4 + 4 * at, number);
  return makeBox(kind, bytes);
}

/**
 * A header whose duration is one tick, where it has room for one. @param between bytes between its two
 * times and its duration
 */
function lasting(header: Uint8Array, between: number): Uint8Array {
  const copy = new Uint8Array(header);
  // Version 1 has times and durations of 8 bytes (sections 8.2.2, 8.3.2, 8.4.2).
  const wide = copy[0] === 1;
  const at = 4 + (wide ? 16 : 8) + between;
  const view = new DataView(copy.buffer);
  if (copy.length < at + 8) return copy;
  if (wide) view.setBigUint64(at, 1n);
  else view.setUint32(at, 1);
  return copy;
}
