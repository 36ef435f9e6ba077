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
const FIRST_UNDO = 8_192;

/** The logistic function at -2048, -1920 … 2048, in 1/4096; between them a straight line. */
const LOGISTIC: Int32Array = Int32Array.of(
  ...[1, 2, 3, 6, 10, 16, 27, 45, 73, 120, 194, 310, 488, 747, 1101, 1546, 2047],
  ...[2549, 2994, 3348, 3607, 3785, 3901, 3975, 4022, 4050, 4068, 4079, 4085, 4089, 4092, 4093],
  4094,
);
const LOGIT: Int16Array = makeLogit();
/** How far a probability moves towards what came, by how often its slot was used: in 1/4,096. */
const RATES: Int32Array = Int32Array.from({ length: COUNT_MAX + 1 }, (_, count) =>
  Math.floor(4_096 / (count + 1.5)),
);
/** So that the sum over all contexts stays within 32 bits. */
const WEIGHT_MAX = 0x1_ffff;

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
 * needs). All numbers are integers of 32 bits, so both ends foretell the same. What a message taught is
 * forgotten with `reset`.
 */
export class TextModel {
  /** Probability of a one in 1/65,536 above the use count, per context and bits so far. */
  readonly #slots: Int32Array = new Int32Array(CONTEXTS << TABLE_BITS).fill(HALF << COUNT_BITS);
  readonly #weights: Int32Array = new Int32Array(256 * CONTEXTS).fill(FIRST_WEIGHT);
  readonly #contexts: Int32Array = new Int32Array(CONTEXTS);
  readonly #chosen: Int32Array = new Int32Array(CONTEXTS);
  readonly #logits: Int32Array = new Int32Array(CONTEXTS);
  /** The weights after the primer. */
  readonly #primedWeights: Int32Array;
  /** Pairs of a slot and what stood there before, since the primer. */
  #undo: Int32Array = new Int32Array(FIRST_UNDO);
  #undoEnd = 0;
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
        this.#undoEnd = 0;
      }
    }
    this.#primedWeights = this.#weights.slice();
    this.#begin();
  }

  /** The probability that the next bit is one: 1 … 4,095 of 4,096. */
  foretell(): number {
    const bits = this.#bits;
    const slots = this.#slots;
    const weights = this.#weights;
    const contexts = this.#contexts;
    const spread = Math.imul(bits, 0x3d4d51cb);
    const at = bits * CONTEXTS;
    let sum = 0;
    for (let i = 0; i < CONTEXTS; i++) {
      const hash = Math.imul((contexts[i] ?? 0) ^ spread, 0x2c1b3c6d);
      const slot = (i << TABLE_BITS) | ((hash ^ (hash >>> 16)) & TABLE_MASK);
      const value = slots[slot] ?? 0;
      const logit = (value & COUNT_MAX) > 0 ? (LOGIT[value >> (COUNT_BITS + 4)] ?? 0) : 0;
      this.#chosen[i] = slot;
      this.#logits[i] = logit;
      sum = (sum + Math.imul(logit, weights[at + i] ?? 0)) | 0;
    }
    const mixed = squash(sum >> 16);
    this.#foretold = mixed < 1 ? 1 : mixed;
    return this.#foretold;
  }

  /** Takes the bit that came after `foretell`. */
  learn(bit: number): void {
    const slots = this.#slots;
    const weights = this.#weights;
    const at = this.#bits * CONTEXTS;
    const miss = ((bit << 12) - this.#foretold) * LEARNING;
    const goal = bit === 1 ? 0xffff : 0;
    let end = this.#undoEnd;
    if (end + 2 * CONTEXTS > this.#undo.length) this.#growUndo();
    const undo = this.#undo;
    for (let i = 0; i < CONTEXTS; i++) {
      const moved = (weights[at + i] ?? 0) + ((Math.imul(this.#logits[i] ?? 0, miss) + HALF) >> 16);
      weights[at + i] = moved > WEIGHT_MAX ? WEIGHT_MAX : moved < -WEIGHT_MAX ? -WEIGHT_MAX : moved;
      const slot = this.#chosen[i] ?? 0;
      const value = slots[slot] ?? 0;
      undo[end++] = slot;
      undo[end++] = value;
      const count = value & COUNT_MAX;
      const chance = value >> COUNT_BITS;
      const next = chance + (Math.imul(goal - chance, RATES[count] ?? 0) >> 12);
      slots[slot] = (next << COUNT_BITS) | (count < COUNT_MAX ? count + 1 : count);
    }
    this.#undoEnd = end;
    this.#bits = this.#bits * 2 + bit;
    if (this.#bits > 0xff) this.#takeByte(this.#bits & 0xff);
  }

  /** Forgets what came since the primer. */
  reset(): void {
    const undo = this.#undo;
    for (let i = this.#undoEnd - 2; i >= 0; i -= 2) this.#slots[undo[i] ?? 0] = undo[i + 1] ?? 0;
    this.#undoEnd = 0;
    this.#weights.set(this.#primedWeights);
    this.#begin();
  }

  #growUndo(): void {
    const grown = new Int32Array(2 * this.#undo.length);
    grown.set(this.#undo);
    this.#undo = grown;
  }

  #begin(): void {
    this.#last = 0x2e20_0000;
    this.#word = 0;
    this.#takeByte(0x0a);
  }

  #takeByte(byte: number): void {
    const last = (this.#last << 8) | byte;
    this.#last = last;
    const isLetter = ((byte | 32) - 97) >>> 0 < 26 || byte >= 0x80;
    this.#word = isLetter ? Math.imul(this.#word + (byte | 32), 0x2f0b4c47) ^ byte : 0;
    this.#bits = 1;
    const contexts = this.#contexts;
    contexts[0] = mixed(1, last & 0xff);
    contexts[1] = mixed(2, last & 0xffff);
    contexts[2] = mixed(3, last & 0xff_ffff);
    contexts[3] = mixed(4, last);
    contexts[4] = mixed(5, this.#word);
  }
}

function mixed(kind: number, key: number): number {
  const spread = Math.imul((key + Math.imul(kind, 0x1f3d5b79)) | 0, 0x9e3779b1);
  return spread ^ (spread >>> 15);
}
