import type { Reader, Writer } from "../wire/index.ts";

/** Bytes of the largest bitmap: its length takes one byte. */
const BITMAP_BYTES_MAX = 255;
/** Trains in one request: their number takes one byte. */
const TRAINS_MAX = 255;
/** Number, first counter, bytes of the bitmap, number of trains. */
const REPEAT_HEAD_BYTES = 12;
/** Token, first piece, bytes of the bitmap. */
const TRAIN_BYTES = 9;
const NO_BITS = new Uint8Array(0);

/** Numbers as a bitmap: the lowest bit of its first byte is `first`. Lent by the decoder. */
export interface NumberSet {
  readonly first: number;
  readonly bitmap: Uint8Array;
}

/** Missing pieces of one train; an empty bitmap asks for its head. */
export interface TrainSet extends NumberSet {
  readonly token: number;
}

/** Asks the neighbour to send frames again. */
export interface Repeat {
  readonly type: "repeat";
  /** Comes back at once, which measures the round trip. */
  readonly id: number;
  /** Counters of sealed frames. */
  readonly counters: NumberSet;
  readonly trains: readonly TrainSet[];
}

/** The answer to it, which goes ahead of the frames. */
export interface Repeating {
  readonly type: "repeating";
  readonly id: number;
  /** No sealed frame below this counter will come again. */
  readonly keptFrom: number;
}

/** Goes with it where some of what was asked for is not kept, though what is older may be. */
export interface Gone {
  readonly type: "gone";
  /** Counters of sealed frames that nobody will send again. */
  readonly counters: NumberSet;
}

/** Calls `visit` for each number of a set, in order, until it returns false. */
export function eachNumber(
  { first, bitmap }: NumberSet,
  visit: (number: number) => boolean,
): boolean {
  for (let i = 0; i < bitmap.length; i++) {
    const byte = bitmap[i] ?? 0;
    for (let bit = 0; byte >> bit > 0; bit++) {
      if (((byte >> bit) & 1) === 1 && !visit(first + i * 8 + bit)) return false;
    }
  }
  return true;
}

/** Whether a request is for any frame; one that is not only measures the round trip. */
export function asksForFrames({ counters, trains }: Repeat): boolean {
  return counters.bitmap.length > 0 || trains.length > 0;
}

/** Appends what follows the type of a request. */
export function writeRepeat(writer: Writer, { id, counters, trains }: Repeat): void {
  writeNumbers(writer.u32(id), counters).u8(trains.length);
  for (const { token, first, bitmap } of trains) {
    writer.u48(token).u16(first).u8(bitmap.length).bytes(bitmap);
  }
}

/**
 * Reads what follows the type of a request.
 * @throws WireError where it is cut short
 */
export function readRepeat(reader: Reader): Repeat {
  const id = reader.u32();
  const counters = readNumbers(reader);
  const count = reader.u8();
  const trains: TrainSet[] = [];
  for (let i = 0; i < count; i++) {
    trains.push({ token: reader.u48(), first: reader.u16(), bitmap: reader.bytes(reader.u8()) });
  }
  return { type: "repeat", id, counters, trains };
}

/** Appends a set; returns the writer. */
export function writeNumbers(writer: Writer, { first, bitmap }: NumberSet): Writer {
  return writer.u48(first).u8(bitmap.length).bytes(bitmap);
}

/**
 * Reads a set; its bitmap is lent.
 * @throws WireError where it is cut short
 */
export function readNumbers(reader: Reader): NumberSet {
  return { first: reader.u48(), bitmap: reader.bytes(reader.u8()) };
}

/** Puts a request together that fits one frame. */
export class RepeatDraft {
  readonly #counters = new Uint8Array(BITMAP_BYTES_MAX);
  readonly #trains: TrainSet[] = [];
  #first = 0;
  #bytes = 0;
  #roomBytes: number;

  /** @param roomBytes what the request may weigh, its type not counted */
  constructor(roomBytes: number) {
    this.#roomBytes = roomBytes - REPEAT_HEAD_BYTES;
  }

  /** Whether it asks for nothing. */
  get isEmpty(): boolean {
    return this.#bytes === 0 && this.#trains.length === 0;
  }

  /** Adds a sealed frame; call with rising counters, before any train. False: no room. */
  addCounter(counter: number): boolean {
    if (this.#bytes === 0) this.#first = counter;
    const at = counter - this.#first;
    const bytes = Math.floor(at / 8) + 1;
    const more = bytes - this.#bytes;
    if (bytes > BITMAP_BYTES_MAX || more > this.#roomBytes) return false;
    this.#roomBytes -= more;
    this.#bytes = bytes;
    this.#counters[bytes - 1] = (this.#counters[bytes - 1] ?? 0) | (1 << (at % 8));
    return true;
  }

  /** Adds the pieces of a train that `seen` does not mark. False: no room. */
  addPieces(token: number, seen: Uint8Array): boolean {
    const first = seen.indexOf(0);
    const bytes = Math.ceil((seen.lastIndexOf(0) + 1 - first) / 8);
    if (!this.#takeTrain(bytes)) return false;
    const bitmap = new Uint8Array(bytes);
    for (let i = first; i < seen.length; i++) {
      const at = i - first;
      if (seen[i] === 0) bitmap[at >> 3] = (bitmap[at >> 3] ?? 0) | (1 << (at & 7));
    }
    this.#trains.push({ token, first, bitmap });
    return true;
  }

  /** Adds the head of a train. False: no room. */
  addHead(token: number): boolean {
    if (!this.#takeTrain(0)) return false;
    this.#trains.push({ token, first: 0, bitmap: NO_BITS });
    return true;
  }

  /** The sealed frames among it. */
  get counters(): NumberSet {
    return { first: this.#first, bitmap: this.#counters.subarray(0, this.#bytes) };
  }

  /** The request. */
  done(id: number): Repeat {
    return { type: "repeat", id, counters: this.counters, trains: this.#trains };
  }

  #takeTrain(bitmapBytes: number): boolean {
    const bytes = TRAIN_BYTES + bitmapBytes;
    const fits = bytes <= this.#roomBytes && this.#trains.length < TRAINS_MAX;
    if (fits) this.#roomBytes -= bytes;
    return fits && bitmapBytes <= BITMAP_BYTES_MAX;
  }
}
