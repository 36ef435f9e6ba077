import { fromHex } from "../../base/bytes.ts";
import { must } from "../../base/errors.ts";
import { MediaError } from "../errors.ts";
import { WEBP_CODE_GROUPS_MAX } from "../limits.ts";
import { emptyPicture, type Picture } from "../picture.ts";
import { BitReader } from "./vp8l-bits.ts";
import { nextOf, type PrefixCode, readPrefixCode } from "./vp8l-codes.ts";
import {
  type Argb,
  addPixels,
  squareAt,
  type Undo,
  undoGreen,
  undoGuesses,
  undoLikeness,
  undoTable,
} from "./vp8l-transforms.ts";

const SIGNATURE = 0x2f;
/** Symbols for bytes, and behind them for lengths of copies; distances have a code of their own. */
const [BYTES, LENGTHS, DISTANCES] = [256, 24, 40];
const CACHE_BITS_MAX = 11;
/** What the places of the colour cache are made by. */
const CACHE_FACTOR = 0x1e35a7bd;
/** Near pixels: 16 * rows above + 8 - columns to the left (RFC 9649, section 3.6.2.2.2). */
const NEAR: Uint8Array = must(
  fromHex(
    "1807171928062729161a262a38053739151b363a252b48044749141c353b464a242c58454b343c03" +
      "5759131d565a232d444c555b333d68026769121e666a222e545c434d656b323e78017779535d111f" +
      "646c424e767a212f757b313f636d525e00747c414f1020626e30737d515f40727e616f50717f6070",
  ),
  "the table is hexadecimal",
);

/** What is shared by pixels of one part of the picture. */
interface Group {
  readonly green: PrefixCode | number;
  readonly red: PrefixCode | number;
  readonly blue: PrefixCode | number;
  readonly alpha: PrefixCode | number;
  readonly distance: PrefixCode | number;
}

/** How pixels are written. */
interface Codes {
  /** 0: no cache. */
  readonly cacheBits: number;
  readonly groups: readonly Group[];
  /** Which group a pixel belongs to, in squares of a side of 2 to the `bits`. */
  readonly parts: { readonly blocks: Argb; readonly bits: number } | undefined;
}

/**
 * Decodes VP8L (RFC 9649, section 3), which is what a lossless WebP is, on white where it is
 * transparent. One that breaks off shows what is there.
 * @throws MediaError where it cannot be read
 */
export function decodeVp8l(bytes: Uint8Array): Picture {
  const bits = new BitReader(bytes);
  if (bits.read(8) !== SIGNATURE) throw new MediaError("malformed", "The WebP is no lossless one.");
  const [width, height] = [bits.read(14) + 1, bits.read(14) + 1];
  const hasAlpha = bits.read(1) === 1;
  if (bits.read(3) !== 0) throw new MediaError("unsupported", "The WebP is of a newer version.");
  if (bits.isOver) throw truncated();
  const picture = emptyPicture(width, height);
  const { undos, packedWidth } = readTransforms(bits, width, height);
  const codes = readCodes(bits, packedWidth, height, true);
  const pixels = new Uint32Array(packedWidth * height);
  const count = readPixels(bits, codes, packedWidth, pixels);
  const rows = Math.floor(count / packedWidth);
  let image: Argb = { width: packedWidth, pixels: pixels.subarray(0, rows * packedWidth) };
  for (const undo of undos.reverse()) image = undo(image);
  paint(image.pixels, hasAlpha, picture);
  return picture;
}

function truncated(): MediaError {
  return new MediaError("truncated", "The WebP ends before its pixels.");
}

function paint(pixels: Uint32Array, hasAlpha: boolean, { rgb }: Picture): void {
  let at = 0;
  for (const pixel of pixels) {
    const opaque = hasAlpha ? pixel >>> 24 : 255;
    for (let shift = 16; shift >= 0; shift -= 8) {
      const value = (pixel >>> shift) & 255;
      rgb[at++] = opaque === 255 ? value : 255 + ((value - 255) * opaque) / 255;
    }
  }
}

interface Transforms {
  /** In the order in which they were done. */
  readonly undos: Undo[];
  /** How many pixels make a row after all of them. */
  packedWidth: number;
}

function readTransforms(bits: BitReader, width: number, height: number): Transforms {
  const all: Transforms = { undos: [], packedWidth: width };
  const seen = new Set<number>();
  while (bits.read(1) === 1) {
    const kind = bits.read(2);
    if (seen.has(kind)) throw new MediaError("malformed", "The WebP changes its pixels twice.");
    seen.add(kind);
    if (kind === 2) all.undos.push(undoGreen);
    else if (kind === 3) readTable(bits, all);
    else {
      const side = bits.read(3) + 2;
      const blocks = readWhole(bits, blocksOf(all.packedWidth, side), blocksOf(height, side));
      all.undos.push(kind === 0 ? undoGuesses(blocks, side) : undoLikeness(blocks, side));
    }
  }
  return all;
}

/** Colours that pixels only name; where they are few, several pixels stand in one. */
function readTable(bits: BitReader, all: Transforms): void {
  const size = bits.read(8) + 1;
  const table = readWhole(bits, size, 1).pixels;
  for (let i = 1; i < size; i++) table[i] = addPixels(table[i] ?? 0, table[i - 1] ?? 0);
  const packed = [2, 4, 16].filter((most) => size <= most).length;
  all.undos.push(undoTable(table, packed, all.packedWidth));
  all.packedWidth = blocksOf(all.packedWidth, packed);
}

function blocksOf(length: number, bits: number): number {
  return (length + (1 << bits) - 1) >> bits;
}

/** A picture within the picture, which must be there whole. @throws MediaError */
function readWhole(bits: BitReader, width: number, height: number): Argb {
  const codes = readCodes(bits, width, height, false);
  const pixels = new Uint32Array(width * height);
  if (readPixels(bits, codes, width, pixels) < pixels.length) throw truncated();
  return { width, pixels };
}

function readCodes(bits: BitReader, width: number, height: number, hasParts: boolean): Codes {
  const cacheBits = bits.read(1) === 1 ? bits.read(4) : 0;
  if (cacheBits > CACHE_BITS_MAX) {
    throw new MediaError("malformed", "The WebP remembers too many colours.");
  }
  let parts: Codes["parts"];
  let count = 1;
  if (hasParts && bits.read(1) === 1) {
    const side = bits.read(3) + 2;
    const blocks = readWhole(bits, blocksOf(width, side), blocksOf(height, side));
    for (const [at, pixel] of blocks.pixels.entries()) {
      const group = (pixel >>> 8) & 0xffff;
      blocks.pixels[at] = group;
      count = Math.max(count, group + 1);
    }
    parts = { blocks, bits: side };
  }
  if (count > WEBP_CODE_GROUPS_MAX) {
    throw new MediaError("too-large", `A WebP with ${count} groups of codes is not looked into.`);
  }
  const cached = cacheBits === 0 ? 0 : 1 << cacheBits;
  const groups = Array.from({ length: count }, () => ({
    green: readPrefixCode(bits, BYTES + LENGTHS + cached),
    red: readPrefixCode(bits, BYTES),
    blue: readPrefixCode(bits, BYTES),
    alpha: readPrefixCode(bits, BYTES),
    distance: readPrefixCode(bits, DISTANCES),
  }));
  return { cacheBits, groups, parts };
}

/** Reads pixels until they are all there or the bits end. @returns how many there are */
function readPixels(bits: BitReader, codes: Codes, width: number, pixels: Uint32Array): number {
  const { cacheBits, groups, parts } = codes;
  const cache = new Uint32Array(1 << cacheBits);
  let at = 0;
  const add = (pixel: number): void => {
    pixels[at++] = pixel;
    if (cacheBits > 0) cache[Math.imul(CACHE_FACTOR, pixel) >>> (32 - cacheBits)] = pixel;
  };
  while (at < pixels.length) {
    const group = must(groups[partOf(parts, at, width)], "all groups that parts name were read");
    const symbol = nextOf(group.green, bits);
    if (symbol >= BYTES && symbol < BYTES + LENGTHS) {
      const length = numberOf(symbol - BYTES, bits);
      const from = at - distanceOf(numberOf(nextOf(group.distance, bits), bits), width);
      if (bits.isOver) break;
      if (from < 0) throw new MediaError("malformed", "The WebP copies from before its start.");
      copy(pixels, from, Math.min(length, pixels.length - at), add);
      continue;
    }
    const known = cache[symbol - BYTES - LENGTHS] ?? 0;
    const pixel = symbol < BYTES ? pixelOf(group, symbol, bits) : known;
    if (bits.isOver) break;
    add(pixel);
  }
  return at;
}

function pixelOf({ red, blue, alpha }: Group, green: number, bits: BitReader): number {
  const pixel = (nextOf(red, bits) << 16) | (green << 8) | nextOf(blue, bits);
  return pixel | (nextOf(alpha, bits) << 24);
}

/** Also of pixels that are added by it. */
function copy(
  pixels: Uint32Array,
  from: number,
  count: number,
  add: (pixel: number) => void,
): void {
  for (let i = 0; i < count; i++) add(pixels[from + i] ?? 0);
}

function partOf(parts: Codes["parts"], at: number, width: number): number {
  if (parts === undefined) return 0;
  return squareAt(parts.blocks, parts.bits, at % width, Math.floor(at / width));
}

/** A length or distance: its symbol tells how large about, bits behind it the rest. */
function numberOf(symbol: number, bits: BitReader): number {
  if (symbol < 4) return symbol + 1;
  const more = (symbol - 2) >> 1;
  return ((2 + (symbol & 1)) << more) + bits.read(more) + 1;
}

/** How many pixels back. */
function distanceOf(code: number, width: number): number {
  const near = NEAR[code - 1];
  if (near === undefined) return code - NEAR.length;
  return Math.max(1, (near >> 4) * width + 8 - (near & 15));
}
