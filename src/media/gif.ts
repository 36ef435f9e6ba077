import { MediaError } from "./errors.ts";
import { emptyPicture, type Picture } from "./picture.ts";

/** Codes of a GIF's LZW have at most so many bits. */
const CODE_BITS_MAX = 12;

/**
 * Decodes the first frame of a GIF (GIF89a), on white where it is transparent. One that breaks off
 * shows what is there.
 * @throws MediaError where nothing can be shown
 */
export function decodeGif(bytes: Uint8Array): Picture {
  const u16 = (at: number): number => (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);
  const picture = emptyPicture(u16(6), u16(8));
  picture.rgb.fill(255);
  const flags = bytes[10] ?? 0;
  const globalBytes = paletteBytes(flags);
  let at = 13 + globalBytes;
  let transparent = -1;
  while (at < bytes.length && bytes[at] === 0x21) {
    const isControl = bytes[at + 1] === 0xf9;
    if (isControl && ((bytes[at + 3] ?? 0) & 1) === 1) transparent = bytes[at + 6] ?? -1;
    at = skipBlocks(bytes, at + 2);
  }
  if (bytes[at] !== 0x2c) throw new MediaError("malformed", "The GIF has no picture.");
  const [left, top, width, height] = [u16(at + 1), u16(at + 3), u16(at + 5), u16(at + 7)];
  const local = bytes[at + 9] ?? 0;
  const localBytes = paletteBytes(local);
  const palette = localBytes > 0 ? bytes.subarray(at + 10) : bytes.subarray(13, 13 + globalBytes);
  at += 10 + localBytes;
  // The frame has a size of its own: bounded like the picture's.
  emptyPicture(width, height);
  const pixels = unpackLzw(joinBlocks(bytes, at + 1), bytes[at] ?? 0, width * height);
  const rows = (local & 0x40) !== 0 ? interlacedRows(height) : undefined;
  for (let row = 0; row * width < pixels.length; row++) {
    const line = pixels.subarray(row * width, (row + 1) * width);
    const y = top + (rows?.[row] ?? row);
    if (y < picture.height) paintRow(picture, left, y, line, palette, transparent);
  }
  return picture;
}

/** Bytes of the palette that flags announce. */
function paletteBytes(flags: number): number {
  return (flags & 0x80) !== 0 ? 3 << ((flags & 7) + 1) : 0;
}

function paintRow(
  { width, rgb }: Picture,
  left: number,
  y: number,
  line: Uint8Array,
  palette: Uint8Array,
  transparent: number,
): void {
  for (let index = 0; index < line.length && left + index < width; index++) {
    const colour = line[index] ?? 0;
    if (colour === transparent) continue;
    rgb.set(palette.subarray(3 * colour, 3 * colour + 3), 3 * (y * width + left + index));
  }
}

/** Where rows of an interlaced frame belong (GIF89a appendix E). */
function interlacedRows(height: number): readonly number[] {
  const rows: number[] = [];
  for (const [first, step] of [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ] as const) {
    for (let row = first; row < height; row += step) rows.push(row);
  }
  return rows;
}

function skipBlocks(bytes: Uint8Array, from: number): number {
  let at = from;
  while ((bytes[at] ?? 0) !== 0) at += 1 + (bytes[at] ?? 0);
  return at + 1;
}

function joinBlocks(bytes: Uint8Array, from: number): Uint8Array {
  const end = Math.min(bytes.length, skipBlocks(bytes, from));
  const joined = new Uint8Array(Math.max(0, end - from));
  let length = 0;
  for (let at = from; at < end && (bytes[at] ?? 0) !== 0; at += 1 + (bytes[at] ?? 0)) {
    const block = bytes.subarray(at + 1, at + 1 + (bytes[at] ?? 0));
    joined.set(block, length);
    length += block.length;
  }
  return joined.subarray(0, length);
}

/** Colour numbers from LZW codes (GIF89a appendix F), at most `sizeMax`. */
function unpackLzw(bytes: Uint8Array, bits: number, sizeMax: number): Uint8Array {
  if (bits < 1 || bits > 8) throw new MediaError("malformed", "The GIF's codes make no sense.");
  const table = new LzwTable(bits, sizeMax);
  for (let bit = 0; bit + table.width <= 8 * bytes.length; ) {
    const at = bit >> 3;
    const word = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
    const code = (word >> (bit & 7)) & ((1 << table.width) - 1);
    bit += table.width;
    if (!table.take(code)) break;
  }
  return table.output;
}

/** Runs of colours by code. */
class LzwTable {
  /** Bits of the next code. */
  width: number;
  readonly #bits: number;
  /** By code: the code of all its colours but the last; that last one; how many it has. */
  readonly #prefix = new Uint16Array(1 << CODE_BITS_MAX);
  readonly #last = new Uint8Array(1 << CODE_BITS_MAX);
  readonly #lengths = new Uint16Array(1 << CODE_BITS_MAX).fill(1);
  readonly #out: Uint8Array;
  #length = 0;
  #next: number;
  #before = -1;

  constructor(bits: number, sizeMax: number) {
    this.#bits = bits;
    this.width = bits + 1;
    this.#next = (1 << bits) + 2;
    this.#out = new Uint8Array(sizeMax);
    for (let code = 0; code < 1 << bits; code++) this.#last[code] = code;
  }

  get output(): Uint8Array {
    return this.#out.subarray(0, this.#length);
  }

  /** Writes out what a code stands for. False: it is the end, or damaged, or all is there. */
  take(code: number): boolean {
    const clear = 1 << this.#bits;
    if (code === clear) {
      this.width = this.#bits + 1;
      this.#next = clear + 2;
      this.#before = -1;
      return true;
    }
    const isUnknown = code > this.#next || (this.#before < 0 && code >= clear);
    if (code === clear + 1 || isUnknown || this.#length === this.#out.length) return false;
    // A code that is only now being made is the one before with its own first colour again.
    const isNew = code === this.#next;
    const first = this.#write(isNew ? this.#before : code);
    if (isNew && this.#length < this.#out.length) this.#out[this.#length++] = first;
    this.#learn(first);
    this.#before = code;
    return true;
  }

  /** The first colour of what was written. */
  #write(code: number): number {
    const run = this.#lengths[code] ?? 1;
    let place = code;
    let colour = 0;
    for (let from = run - 1; from >= 0; from--) {
      colour = this.#last[place] ?? 0;
      const at = this.#length + from;
      if (at < this.#out.length) this.#out[at] = colour;
      place = this.#prefix[place] ?? 0;
    }
    this.#length = Math.min(this.#out.length, this.#length + run);
    return colour;
  }

  #learn(first: number): void {
    if (this.#before < 0 || this.#next >= 1 << CODE_BITS_MAX) return;
    this.#prefix[this.#next] = this.#before;
    this.#last[this.#next] = first;
    this.#lengths[this.#next] = (this.#lengths[this.#before] ?? 1) + 1;
    this.#next++;
    if (this.#next === 1 << this.width && this.width < CODE_BITS_MAX) this.width++;
  }
}
