import { MediaError } from "../errors.ts";

/** What is added to a magnitude known only down to a bit position, by that position. */
const MAGNITUDE_SHIFTS: readonly number[] = [0, 0, 1, 3, 6, 13, 28];
/** The same for means, which are known as rounded down. */
const MEAN_SHIFTS: readonly number[] = [0, 0, 2, 4, 8, 16, 32];

/**
 * The likeliest value of a coefficient that is known only down to a bit position: values are rarer
 * the larger they are, so a little below the middle of what it may be.
 * @param isMean whether it is a block's mean
 */
export function reconstruct(value: number, low: number, isMean: boolean): number {
  if (low === 0) return value;
  if (isMean) return ((value >> low) << low) + shift(MEAN_SHIFTS, low);
  const magnitude = ((value < 0 ? -value : value) >> low) << low;
  if (magnitude === 0) return 0;
  const likely = magnitude + shift(MAGNITUDE_SHIFTS, low);
  return value < 0 ? -likely : likely;
}

function shift(shifts: readonly number[], low: number): number {
  const value = shifts[low];
  if (value === undefined) throw new MediaError("malformed", "A part of the JPEG makes no sense.");
  return value;
}
