import { assert } from "../../base/errors.ts";
import { pointOf, transformSize } from "../erasure/code.ts";
import { exp, log } from "../erasure/field.ts";
import { LOCATE_COLUMNS_MAX } from "./limits.ts";
import { locateErrors, type Rows } from "./locate.ts";
import { products } from "./products.ts";

/** What a holder answered for one fragment. */
export interface FragmentReply {
  readonly index: number;
  /** As many bytes as every other reply of the same check. */
  readonly bytes: Uint8Array;
}

/**
 * What the replies of different fragments say together. Sums over fragments with the same
 * coefficients are a codeword of the same code, since the code is linear in every column
 * (Bowers, Juels, Oprea, "HAIL", CCS 2009).
 */
export interface CodewordCheck {
  /** Whether there were more replies than any codeword fits, so that they check each other. */
  readonly isChecked: boolean;
  /** Indices whose reply is not the codeword's; undefined: some are wrong, which cannot be told. */
  readonly wrong: readonly number[] | undefined;
}

/** Bytes of agreement beyond doubt that it takes to name more liars than any code guarantees. */
const SLACK_BYTES = 8;

/**
 * Checks that replies form a codeword, and finds those that keep them from it. Up to half of the
 * replies beyond k are found for certain, whatever the liars agreed on; more of them where they
 * did not agree, as each column of the replies is a codeword of its own (Schmidt, Sidorenko,
 * Bossert, "Collaborative decoding of interleaved Reed-Solomon codes", IEEE IT 55(7), 2009).
 * @param replies of different fragments, all of the same length
 * @param mix random bytes, at least `mixBytes` of them: what the search looks at, so that nobody
 *   can fit errors to it
 */
export function checkCodeword(
  k: number,
  replies: readonly FragmentReply[],
  mix: Uint8Array,
): CodewordCheck {
  const width = replies[0]?.bytes.length ?? 0;
  assert(
    replies.every(({ bytes }) => bytes.length === width),
    "replies have one length",
  );
  if (replies.length <= k) return { isChecked: false, wrong: [] };
  const syndromes = syndromesOf(k, replies);
  if (isZero(syndromes)) return { isChecked: true, wrong: [] };
  const found = findWrong(k, replies, mixed(syndromes, mix));
  return { isChecked: true, wrong: found?.map(({ index }) => index) };
}

/** How many random bytes a check of replies of this length takes. */
export function mixBytes(width: number): number {
  return width > LOCATE_COLUMNS_MAX ? width * LOCATE_COLUMNS_MAX : 0;
}

/** The fewest replies without which the others form a codeword. */
function findWrong(
  k: number,
  replies: readonly FragmentReply[],
  syndromes: Rows,
): readonly FragmentReply[] | undefined {
  const spare = replies.length - k;
  const width = replies[0]?.bytes.length ?? 0;
  for (let count = 1; count < spare; count++) {
    const isCertain = 2 * count <= spare;
    if (!isCertain && (spare - count) * width < SLACK_BYTES) return undefined;
    const points = replies.map(({ index }) => pointOf(k, index));
    const places = locateErrors(syndromes, count, points);
    if (places === undefined) continue;
    const others = replies.filter((_, place) => !places.includes(place));
    if (isZero(syndromesOf(k, others))) return places.flatMap((place) => replies[place] ?? []);
  }
  return undefined;
}

/**
 * The syndromes: rows of zeros exactly where the replies form a codeword. Column by column a
 * reply is f(x) at its fragment's point, f of degree below K and zero at the points k to K-1
 * (erasure/code.ts). So f divided by the polynomial with those zeros has a degree below k, and all
 * sums of its values times x^t, t below `replies - k`, times the dual code's weights are zero.
 */
function syndromesOf(k: number, replies: readonly FragmentReply[]): Rows {
  const points = replies.map(({ index }) => pointOf(k, index));
  const width = replies[0]?.bytes.length ?? 0;
  const rows = Array.from({ length: replies.length - k }, () => new Uint8Array(width));
  const table = products();
  for (const [place, { bytes }] of replies.entries()) {
    const point = points[place] ?? 0;
    const weight = logWeight(k, points, point);
    for (const [power, row] of rows.entries()) {
      if (point === 0 && power > 0) break;
      const factor = exp(weight + power * log(point)) << 8;
      for (let column = 0; column < width; column++) {
        row[column] = (row[column] ?? 0) ^ (table[factor | (bytes[column] ?? 0)] ?? 0);
      }
    }
  }
  return rows;
}

/** Logarithm of the weight of a point: one over its distances to all other points and zeros. */
function logWeight(k: number, points: readonly number[], point: number): number {
  let sum = 0;
  for (const other of points) if (other !== point) sum += log(point ^ other);
  for (let zero = k; zero < transformSize(k); zero++) sum += log(point ^ zero);
  return -sum;
}

/** Few columns in which every column takes part. */
function mixed(rows: Rows, mix: Uint8Array): Rows {
  const width = rows[0]?.length ?? 0;
  assert(mix.length >= mixBytes(width), "there are enough random bytes");
  if (width <= LOCATE_COLUMNS_MAX) return rows;
  const table = products();
  return rows.map((row) => {
    const short = new Uint8Array(LOCATE_COLUMNS_MAX);
    for (let column = 0; column < LOCATE_COLUMNS_MAX; column++) {
      let sum = 0;
      for (let i = 0; i < width; i++) {
        const factor = mix[column * width + i] ?? 0;
        sum ^= table[(factor << 8) | (row[i] ?? 0)] ?? 0;
      }
      short[column] = sum;
    }
    return short;
  });
}

function isZero(rows: Rows): boolean {
  return rows.every((row) => row.every((byte) => byte === 0));
}
