import { utf8 } from "../../base/bytes.ts";
import { PRIMER_1 } from "./primer-1.ts";

const CONTEXTS = 5;
const TABLE_BITS = 16;
const TABLE_MASK: number = (1 << TABLE_BITS) - 1;
const HALF = 0x8000;
const COUNT_BITS = 6;
const COUNT_MAX: number = (1 << COUNT_BITS) - 1;
const FIRST_WEIGHT = 19_661; // 0.3
const LEARNING = 10;
/** Numbers to undo that there is room for at first: a text of 100 bytes. */
const FIRST_UNDO = 16_384;

/** The logistic function at -2048, -1920 … 2048, in 1/4096; between them a straight line. */
const LOGISTIC: Int32Array = Int32Array.of(
  ...[1, 2, 3, 6, 10, 16, 27, 45, 73, 120, 194, 310, 488, 747, 1101, 1546, 2047],
  ...[2549, 2994, 3348, 3607, 3785, 3901, 3975, 4022, 4050, 4068, 4079, 4085, 4089, 4092, 4093],
  4094,
);
const LOGIT: Int16Array = makeLogit();
/** How far a probability moves towards what came, by how often its slot was used: in 1/65,536. */
const RATES: Int32Array = Int32Array.from({ length: COUNT_MAX + 1 }, (_, count) =>
  Math.floor(65_536 / (count + 1.5)),
);

function squash(logit: number): number {
  if (logit > 2047) return 4095;
  if (logit < -2047) return 0;
  const rest = logit & 127;
  const at = (logit >> 7) + 16;
  return ((LOGISTIC[at] ?? 0) * (128 - rest) + (LOGISTIC[at + 1] ?? 0) * rest + 64) >> 7;
}

function makeLogit(): Int16Array {
  const table = new Int16Array(4096).fill(2047);
  let done = 0;
  for (let logit = -2047; logit <= 2047; logit++) {
    for (const end = squash(logit); done <= end; done++) table[done] = logit;
  }
  return table;
}

/**
 * Foretells a text bit by bit, from the last one to four bytes and from the word so far, by mixing
 * what followed them before (context mixing as in Mahoney's lpaq, 2007, reduced to what a message
 * needs). All numbers are integers, or quotients that every machine rounds alike, so both ends
 * foretell the same. What a message taught is forgotten with `reset`.
 */
export class TextModel {
  /** Probability of a one in 1/65,536 above the use count, per context and bits so far. */
  readonly #slots: Uint32Array = new Uint32Array(CONTEXTS << TABLE_BITS).fill(HALF << COUNT_BITS);
  readonly #weights: Int32Array = new Int32Array(256 * CONTEXTS).fill(FIRST_WEIGHT);
  readonly #contexts: Int32Array = new Int32Array(CONTEXTS);
  readonly #chosen: Int32Array = new Int32Array(CONTEXTS);
  readonly #logits: Int32Array = new Int32Array(CONTEXTS);
  /** Pairs of a place and what stood there before this message; weights have negative places. */
  #undo: Int32Array = new Int32Array(FIRST_UNDO);
  #undoEnd = 0;
  #primed = false;
  #last = 0;
  #word = 0;
  /** The bits of this byte so far behind a one. */
  #bits = 1;
  #foretold = 2048;

  constructor() {
    this.#begin();
    for (const byte of utf8(PRIMER_1)) {
      for (let bit = 7; bit >= 0; bit--) {
        this.foretell();
        this.learn((byte >> bit) & 1);
      }
    }
    this.#primed = true;
    this.#begin();
  }

  /** The probability that the next bit is one: 1 … 4,095 of 4,096. */
  foretell(): number {
    const at = this.#bits * CONTEXTS;
    let sum = 0;
    for (let i = 0; i < CONTEXTS; i++) {
      const hash = Math.imul(
        (this.#contexts[i] ?? 0) ^ Math.imul(this.#bits, 0x3d4d51cb),
        0x2c1b3c6d,
      );
      const slot = (i << TABLE_BITS) | ((hash ^ (hash >>> 16)) & TABLE_MASK);
      const value = this.#slots[slot] ?? 0;
      const isKnown = (value & COUNT_MAX) > 0;
      const logit = isKnown ? (LOGIT[value >>> (COUNT_BITS + 4)] ?? 0) : 0;
      this.#chosen[i] = slot;
      this.#logits[i] = logit;
      sum += logit * (this.#weights[at + i] ?? 0);
    }
    const mixed = squash(Math.trunc(sum / 65_536));
    this.#foretold = Math.min(4095, Math.max(1, mixed));
    return this.#foretold;
  }

  /** Takes the bit that came after `foretell`. */
  learn(bit: number): void {
    const at = this.#bits * CONTEXTS;
    if (this.#primed) this.#growUndo();
    const miss = ((bit << 12) - this.#foretold) * LEARNING;
    for (let i = 0; i < CONTEXTS; i++) {
      const weight = this.#weights[at + i] ?? 0;
      const slot = this.#chosen[i] ?? 0;
      const value = this.#slots[slot] ?? 0;
      if (this.#primed) {
        const end = this.#undoEnd;
        this.#undo[end] = ~(at + i);
        this.#undo[end + 1] = weight;
        this.#undo[end + 2] = slot;
        this.#undo[end + 3] = value;
        this.#undoEnd = end + 4;
      }
      this.#weights[at + i] = weight + (((this.#logits[i] ?? 0) * miss + HALF) >> 16);
      this.#slots[slot] = moved(value, bit);
    }
    this.#bits = this.#bits * 2 + bit;
    if (this.#bits > 0xff) this.#takeByte(this.#bits & 0xff);
  }

  /** Forgets what came since the primer. */
  reset(): void {
    const undo = this.#undo;
    for (let i = this.#undoEnd - 2; i >= 0; i -= 2) {
      const place = undo[i] ?? 0;
      if (place < 0) this.#weights[~place] = undo[i + 1] ?? 0;
      else this.#slots[place] = undo[i + 1] ?? 0;
    }
    this.#undoEnd = 0;
    this.#begin();
  }

  #growUndo(): void {
    if (this.#undoEnd + 4 * CONTEXTS <= this.#undo.length) return;
    const grown = new Int32Array(2 * this.#undo.length);
    grown.set(this.#undo);
    this.#undo = grown;
  }

  #begin(): void {
    this.#last = 0x2e20_0000 | 0;
    this.#word = 0;
    this.#takeByte(0x0a);
  }

  #takeByte(byte: number): void {
    const last = (this.#last << 8) | byte;
    this.#last = last;
    const isLetter = ((byte | 32) - 97) >>> 0 < 26 || byte >= 0x80;
    this.#word = isLetter ? Math.imul(this.#word + (byte | 32), 0x2f0b4c47) ^ byte : 0;
    this.#bits = 1;
    const keys = [last & 0xff, last & 0xffff, last & 0xffffff, last, this.#word];
    for (let i = 0; i < CONTEXTS; i++) {
      const mixed = Math.imul((keys[i] ?? 0) + Math.imul(i + 1, 0x1f3d5b79), 0x9e3779b1);
      this.#contexts[i] = mixed ^ (mixed >>> 15);
    }
  }
}

/** A slot after one more bit: nearer to it, the less the oftener the slot was used. */
function moved(value: number, bit: number): number {
  const count = value & COUNT_MAX;
  const chance = value >>> COUNT_BITS;
  const step = Math.trunc((((bit === 1 ? 0xffff : 0) - chance) * (RATES[count] ?? 0)) / 65_536);
  return ((chance + step) << COUNT_BITS) | Math.min(COUNT_MAX, count + 1);
}
