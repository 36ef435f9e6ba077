import type { Logged } from "./carriers.ts";

type Pair = readonly [Logged, Logged];

interface Example {
  readonly features: Float64Array;
  readonly isSame: boolean;
}

const PLACES = 40;
const FEATURES = 2 * PLACES + 8;
const ROUNDS = 30;
const STEP = 0.05;
const DAY_MS = 86_400_000;

/** Everything about two frames that might tell whether they belong together. */
function featuresOf([one, other]: Pair): Float64Array {
  const features = new Float64Array(FEATURES);
  const [a, b] = [one.frame, other.frame];
  let at = 0;
  for (let i = 0; i < PLACES; i++) {
    features[at++] = a[i] === b[i] ? 1 : 0;
    features[at++] = a[a.length - 1 - i] === b[b.length - 1 - i] ? 1 : 0;
  }
  const distance = Math.abs(a.length - b.length);
  features[at++] = distance === 0 ? 1 : 0;
  features[at++] = distance <= 16 ? 1 : 0;
  features[at++] = distance / 64;
  features[at++] = near(number(a, 4), number(b, 4), 2 ** 32);
  features[at++] = near(number(a, 2), number(b, 2), 2 ** 16);
  features[at++] = sharedPieces(a, b) > 0 ? 1 : 0;
  const hours = Math.abs((one.atMs % DAY_MS) - (other.atMs % DAY_MS)) / DAY_MS;
  features[at++] = Math.min(hours, 1 - hours);
  features[at] = 1;
  return features;
}

function number(frame: Uint8Array, bytes: number): number {
  let value = 0;
  for (let i = 1; i <= bytes; i++) value = value * 256 + (frame[i] ?? 0);
  return value;
}

/** 1 for neighbours, towards 0 for numbers that are far apart. */
function near(a: number, b: number, span: number): number {
  return Math.max(0, 1 - (Math.abs(a - b) / span) * 200);
}

/** Stretches of four bytes that stand in both, wherever. */
function sharedPieces(a: Uint8Array, b: Uint8Array): number {
  const pieces = new Set<number>();
  const piece = (frame: Uint8Array, at: number) =>
    new DataView(frame.buffer, frame.byteOffset).getUint32(at);
  for (let at = 1; at + 4 <= a.length; at++) pieces.add(piece(a, at));
  let shared = 0;
  for (let at = 1; at + 4 <= b.length; at++) if (pieces.has(piece(b, at))) shared++;
  return shared;
}

/** A logistic regression that learns from pairs whose answer is known. */
export class Linker {
  readonly #examples: Example[] = [];
  readonly #weights: Float64Array = new Float64Array(FEATURES);

  learn({ isSame, pair }: { readonly isSame: boolean; readonly pair: Pair }): void {
    this.#examples.push({ features: featuresOf(pair), isSame });
  }

  /** Draws its conclusions. */
  settle(): void {
    for (let round = 0; round < ROUNDS; round++) {
      const step = STEP / (1 + round / 5);
      for (const { features, isSame } of this.#examples) {
        const miss = (isSame ? 1 : 0) - 1 / (1 + Math.exp(-this.#score(features)));
        for (let i = 0; i < FEATURES; i++) {
          this.#weights[i] = (this.#weights[i] ?? 0) + step * miss * (features[i] ?? 0);
        }
      }
    }
  }

  /** Whether it takes two frames for ones of the same conversation. */
  links(pair: Pair): boolean {
    return this.#score(featuresOf(pair)) > 0;
  }

  #score(features: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < FEATURES; i++) sum += (features[i] ?? 0) * (this.#weights[i] ?? 0);
    return sum;
  }
}
