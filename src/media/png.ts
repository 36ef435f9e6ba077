import { MediaError } from "./errors.ts";
import { inflateZlib } from "./inflate.ts";
import { emptyPicture, type Picture } from "./picture.ts";

/** Header of a PNG (W3C PNG section 11.2.2). */
interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  readonly interlaced: boolean;
}

/** Samples per pixel by colour type. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** The seven passes of an interlaced picture: first column, first row, steps (section 8.2). */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
/** Where a whole picture is one pass. */
const ONE_PASS = [[0, 0, 1, 1]] as const;

/**
 * Decodes a PNG, on white where it is transparent. One that breaks off shows what is there.
 * @throws MediaError where nothing can be shown
 */
export function decodePng(bytes: Uint8Array): Picture {
  const { header, palette, transparency, data } = readChunks(bytes);
  const picture = emptyPicture(header.width, header.height);
  picture.rgb.fill(255);
  const bits = (CHANNELS[header.colour] ?? 0) * header.depth;
  const passes = header.interlaced ? PASSES : ONE_PASS;
  const rowBytes = (columns: number): number => 1 + Math.ceil((columns * bits) / 8);
  const sizes = passes.map(([x, y, stepX, stepY]) => ({
    columns: Math.max(0, Math.ceil((header.width - x) / stepX)),
    rows: Math.max(0, Math.ceil((header.height - y) / stepY)),
  }));
  const total = sizes.reduce((sum, { columns, rows }) => {
    return sum + (columns === 0 ? 0 : rows * rowBytes(columns));
  }, 0);
  const lines = inflateZlib(data, total, true);
  const painter = new PixelPainter(header, palette, transparency);
  let at = 0;
  for (const [index, [left, top, stepX, stepY]] of passes.entries()) {
    const { columns, rows } = sizes[index] ?? { columns: 0, rows: 0 };
    let above: Uint8Array = new Uint8Array(rowBytes(columns) - 1);
    for (let row = 0; row < rows && columns > 0; row++) {
      const line = lines.subarray(at, at + rowBytes(columns));
      if (line.length < rowBytes(columns)) return picture;
      unfilter(line, above, Math.max(1, bits >> 3));
      at += line.length;
      above = line.subarray(1);
      for (let column = 0; column < columns; column++) {
        const place = (top + row * stepY) * header.width + left + column * stepX;
        painter.paint(above, column, picture.rgb, 3 * place);
      }
    }
  }
  return picture;
}

function readChunks(bytes: Uint8Array): {
  readonly header: Header;
  readonly palette: Uint8Array;
  readonly transparency: Uint8Array;
  readonly data: Uint8Array;
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const none = bytes.subarray(0, 0);
  let header: Header | undefined;
  let [palette, transparency] = [none, none];
  const parts: Uint8Array[] = [];
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (kind === "IHDR") header = parseHeader(body);
    else if (kind === "PLTE") palette = body;
    else if (kind === "tRNS") transparency = body;
    else if (kind === "IDAT") parts.push(body);
    else if (kind === "IEND") break;
    at += 12 + length;
  }
  if (!header) throw new MediaError("malformed", "The PNG has no header.");
  const data = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return { header, palette, transparency, data };
}

function parseHeader(body: Uint8Array): Header {
  if (body.length < 13) throw new MediaError("truncated", "The PNG's header is cut short.");
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const [depth, colour] = [body[8] ?? 0, body[9] ?? 0];
  const isDepth = colour === 0 ? [1, 2, 4, 8, 16] : colour === 3 ? [1, 2, 4, 8] : [8, 16];
  if (CHANNELS[colour] === undefined || !isDepth.includes(depth)) {
    throw new MediaError("malformed", "The PNG's header makes no sense.");
  }
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  return { width, height, depth, colour, interlaced: body[12] === 1 };
}

/** Undoes a row's filter in place (section 9.2). */
function unfilter(line: Uint8Array, above: Uint8Array, step: number): void {
  const kind = line[0] ?? 0;
  if (kind === 0) return;
  if (kind > 4) throw new MediaError("malformed", "A row of the PNG has an unknown filter.");
  for (let at = 1; at < line.length; at++) {
    const left = at > step ? (line[at - step] ?? 0) : 0;
    const corner = at > step ? (above[at - 1 - step] ?? 0) : 0;
    line[at] = (line[at] ?? 0) + expected(kind, left, above[at - 1] ?? 0, corner);
  }
}

function expected(kind: number, left: number, up: number, corner: number): number {
  if (kind === 1) return left;
  if (kind === 2) return up;
  return kind === 3 ? (left + up) >> 1 : paeth(left, up, corner);
}

function paeth(left: number, up: number, corner: number): number {
  const toLeft = Math.abs(up - corner);
  const toUp = Math.abs(left - corner);
  const toCorner = Math.abs(left + up - 2 * corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

/** Turns samples into colours. */
class PixelPainter {
  readonly #header: Header;
  readonly #palette: Uint8Array;
  readonly #transparency: Uint8Array;
  readonly #channels: number;

  constructor(header: Header, palette: Uint8Array, transparency: Uint8Array) {
    this.#header = header;
    this.#palette = palette;
    this.#transparency = transparency;
    this.#channels = CHANNELS[header.colour] ?? 1;
  }

  paint(line: Uint8Array, column: number, rgb: Uint8Array, at: number): void {
    const { colour } = this.#header;
    const first = this.#sample(line, column * this.#channels);
    if (colour === 3) {
      const opaque = this.#transparency[first] ?? 255;
      for (let part = 0; part < 3; part++) {
        rgb[at + part] = onWhite(this.#palette[3 * first + part] ?? 0, opaque);
      }
      return;
    }
    const isGrey = colour === 0 || colour === 4;
    const hasAlpha = colour >= 4;
    const from = column * this.#channels;
    const opaque = hasAlpha ? this.#sample(line, from + this.#channels - 1) : 255;
    for (let part = 0; part < 3; part++) {
      rgb[at + part] = onWhite(isGrey ? first : this.#sample(line, from + part), opaque);
    }
  }

  /** A sample as 0 to 255; of a palette, its number. */
  #sample(line: Uint8Array, index: number): number {
    const { depth, colour } = this.#header;
    if (depth === 8) return line[index] ?? 0;
    if (depth === 16) return line[2 * index] ?? 0;
    const bit = index * depth;
    const value = ((line[bit >> 3] ?? 0) >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
    return colour === 3 ? value : (value * 255) / ((1 << depth) - 1);
  }
}

function onWhite(value: number, opaque: number): number {
  return opaque === 255 ? value : 255 - ((255 - value) * opaque) / 255;
}
