import { MediaError } from "../errors.ts";

/** A Huffman table as a JPEG carries it (ITU T.81 section B.2.4.2). */
export interface HuffmanSpec {
  /** How many codes there are of each length, 1 to 16 bits. */
  readonly counts: Uint8Array;
  /** The symbols, shortest codes first. */
  readonly symbols: Uint8Array;
}

/** A table ready for reading and writing. */
export interface HuffmanTable extends HuffmanSpec {
  /** By the next 16 bits: the code's length in the high byte, its symbol in the low one; 0: none. */
  readonly lookup: Uint16Array;
  /** By symbol: its code. */
  readonly codes: Uint16Array;
  /** By symbol: the length of its code in bits; 0: it has none. */
  readonly sizes: Uint8Array;
}

/** @throws MediaError where the lengths are none of a prefix code */
export function huffmanTable({ counts, symbols }: HuffmanSpec): HuffmanTable {
  const lookup = new Uint16Array(65_536);
  const codes = new Uint16Array(256);
  const sizes = new Uint8Array(256);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= 16; length++) {
    for (let left = counts[length - 1] ?? 0; left > 0; left--) {
      const symbol = symbols[index++];
      if (symbol === undefined || code >= 1 << length) {
        throw new MediaError("malformed", "The JPEG has an impossible Huffman table.");
      }
      codes[symbol] = code;
      sizes[symbol] = length;
      const first = code << (16 - length);
      lookup.fill((length << 8) | symbol, first, first + (1 << (16 - length)));
      code++;
    }
    code <<= 1;
  }
  return { counts, symbols, lookup, codes, sizes };
}

/** Codes are at most this long in a JPEG. */
const LENGTH_MAX = 16;
/** A symbol of our own that takes the code of all ones, which no real symbol may have. */
const RESERVED = 256;

/**
 * The shortest table for symbols seen so often (T.81 section K.2).
 * @param frequencies by symbol, 256 numbers
 */
export function optimalTable(frequencies: Uint32Array): HuffmanSpec {
  const lengths = codeLengths(frequencies);
  const perLength = new Uint32Array(300);
  for (const length of lengths) {
    if (length > 0) perLength[length] = (perLength[length] ?? 0) + 1;
  }
  shorten(perLength);
  const counts = Uint8Array.from(perLength.subarray(1, LENGTH_MAX + 1));
  // The reserved symbol is rarest, so it has one of the longest codes.
  const longest = counts.findLastIndex((count) => count > 0);
  if (longest >= 0) counts[longest] = (counts[longest] ?? 1) - 1;
  const used = [...lengths.keys()].filter((symbol) => symbol < RESERVED && lengths[symbol]);
  used.sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0) || a - b);
  return { counts, symbols: Uint8Array.from(used) };
}

/** The depth of each symbol in its Huffman tree; 0: not used. */
function codeLengths(frequencies: Uint32Array): Uint16Array {
  const weights = new Float64Array(RESERVED + 1);
  weights.set(frequencies.subarray(0, RESERVED));
  weights[RESERVED] = 1;
  const lengths = new Uint16Array(RESERVED + 1);
  const members: number[][] = Array.from(weights, (_, symbol) => [symbol]);
  for (;;) {
    const [least, second] = twoLeast(weights);
    if (second < 0) return lengths;
    weights[least] = (weights[least] ?? 0) + (weights[second] ?? 0);
    weights[second] = 0;
    const joined = [...(members[least] ?? []), ...(members[second] ?? [])];
    members[least] = joined;
    for (const symbol of joined) lengths[symbol] = (lengths[symbol] ?? 0) + 1;
  }
}

/** Indices of the two least weights above 0, the later of equals first; -1 where there is none. */
function twoLeast(weights: Float64Array): readonly [number, number] {
  let least = -1;
  let second = -1;
  for (let index = 0; index < weights.length; index++) {
    const weight = weights[index] ?? 0;
    if (weight === 0) continue;
    if (least < 0 || weight <= (weights[least] ?? 0)) {
      second = least;
      least = index;
    } else if (second < 0 || weight <= (weights[second] ?? 0)) second = index;
  }
  return [least, second];
}

/** Moves codes of more than 16 bits up in the tree (T.81 figure K.3). */
function shorten(perLength: Uint32Array): void {
  const add = (length: number, change: number): void => {
    perLength[length] = (perLength[length] ?? 0) + change;
  };
  for (let length = perLength.length - 1; length > LENGTH_MAX; length--) {
    while ((perLength[length] ?? 0) > 0) {
      let shorter = length - 2;
      while ((perLength[shorter] ?? 0) === 0) shorter--;
      add(length, -2);
      add(length - 1, 1);
      add(shorter + 1, 2);
      add(shorter, -1);
    }
  }
}
