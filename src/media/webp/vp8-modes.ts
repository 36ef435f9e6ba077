import type { BoolDecoder } from "./bool-decoder.ts";
import type { Vp8Header } from "./vp8-header.ts";
import { SMALL_MODES } from "./vp8-tables.ts";

/** How a block is guessed from its neighbours (RFC 6386 section 11.2); the first four also whole. */
export const MODE = {
  dc: 0,
  motion: 1,
  vertical: 2,
  horizontal: 3,
  rightDown: 4,
  verticalRight: 5,
  leftDown: 6,
  verticalLeft: 7,
  horizontalDown: 8,
  horizontalUp: 9,
} as const;

/** What is told of a block of 16 x 16 before its coefficients. */
export interface BlockModes {
  readonly segment: number;
  readonly isEmpty: boolean;
  /** Of the whole block; undefined: each of the 16 small ones has its own. */
  readonly whole: number | undefined;
  readonly small: Uint8Array;
  readonly colour: number;
}

/** Branches of the tree of small modes: where 0 and 1 lead, below 1 the mode it is, negated. */
const SMALL_TREE = [
  ...[-MODE.dc, 1, -MODE.motion, 2, -MODE.vertical, 3, 4, 6, -MODE.horizontal, 5],
  ...[-MODE.rightDown, -MODE.verticalRight, -MODE.leftDown, 7, -MODE.verticalLeft, 8],
  ...[-MODE.horizontalDown, -MODE.horizontalUp],
];

/** Reads the modes of blocks from left to right, row after row. */
export class ModeReader {
  readonly #header: Vp8Header;
  /** Modes of the small blocks above, for the whole width, and of those to the left. */
  readonly #above: Uint8Array;
  readonly #left = new Uint8Array(4);
  readonly #small = new Uint8Array(16);
  #segment = 0;

  constructor(header: Vp8Header, columns: number) {
    this.#header = header;
    this.#above = new Uint8Array(4 * columns);
  }

  /** A row begins. */
  beginRow(): void {
    this.#left.fill(MODE.dc);
  }

  /** The modes of the next block; `small` is lent until the one after it. */
  next(column: number): BlockModes {
    const { modes: from, segmentTree, hasCoefficients } = this.#header;
    if (segmentTree !== undefined) {
      const [first = 0, low = 0, high = 0] = segmentTree;
      this.#segment = from.bit(first) === 1 ? 2 + from.bit(high) : from.bit(low);
    }
    const isEmpty = hasCoefficients !== undefined && from.bit(hasCoefficients) === 1;
    const whole = from.bit(145) === 1 ? wholeMode(from) : undefined;
    if (whole === undefined) this.#readSmall(column);
    else this.#noteWhole(column, whole);
    const colour = colourMode(from);
    return { segment: this.#segment, isEmpty, whole, small: this.#small, colour };
  }

  #noteWhole(column: number, mode: number): void {
    this.#above.fill(mode, 4 * column, 4 * column + 4);
    this.#left.fill(mode);
  }

  #readSmall(column: number): void {
    for (let y = 0; y < 4; y++) {
      for (let x = 0; x < 4; x++) {
        const above = this.#above[4 * column + x] ?? 0;
        const mode = smallMode(this.#header.modes, above, this.#left[y] ?? 0);
        this.#small[4 * y + x] = mode;
        this.#above[4 * column + x] = mode;
        this.#left[y] = mode;
      }
    }
  }
}

function wholeMode(from: BoolDecoder): number {
  if (from.bit(156) === 1) return from.bit(128) === 1 ? MODE.motion : MODE.horizontal;
  return from.bit(163) === 1 ? MODE.vertical : MODE.dc;
}

function colourMode(from: BoolDecoder): number {
  if (from.bit(142) === 0) return MODE.dc;
  if (from.bit(114) === 0) return MODE.vertical;
  return from.bit(183) === 1 ? MODE.motion : MODE.horizontal;
}

function smallMode(from: BoolDecoder, above: number, left: number): number {
  const at = 9 * (10 * above + left);
  let branch = 0;
  do branch = SMALL_TREE[2 * branch + from.bit(SMALL_MODES[at + branch] ?? 0)] ?? 0;
  while (branch > 0);
  return -branch;
}
