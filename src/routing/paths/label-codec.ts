import { LABEL_MAX, LABEL_SHORT_MAX } from "./limits.ts";

/** What `readLabel` gives where there is no valid label. */
export const NO_LABEL = 0;

/** Bytes that a label takes: 1 up to 127, else 2. */
export function labelBytes(label: number): number {
  return label <= LABEL_SHORT_MAX ? 1 : 2;
}

/** Writes a label of 1 … LABEL_MAX at `at`; returns where the next one goes. */
export function writeLabel(to: Uint8Array, at: number, label: number): number {
  if (label <= LABEL_SHORT_MAX) {
    to[at] = label;
    return at + 1;
  }
  to[at] = 0x80 | (label >> 8);
  to[at + 1] = label & 0xff;
  return at + 2;
}

/** The label at `at`, of a stack that ends before `end`; NO_LABEL where it is none or too long. */
export function readLabel(from: Uint8Array, at: number, end: number): number {
  if (at >= end) return NO_LABEL;
  const first = from[at] ?? 0;
  if (first <= LABEL_SHORT_MAX) return first;
  if (at + 1 >= end) return NO_LABEL;
  const label = ((first & 0x7f) << 8) | (from[at + 1] ?? 0);
  return label > LABEL_SHORT_MAX && label <= LABEL_MAX ? label : NO_LABEL;
}

/** How many labels a stack holds, or -1 where one of them is invalid. */
export function countLabels(stack: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < stack.length; count++) {
    const label = readLabel(stack, at, stack.length);
    if (label === NO_LABEL) return -1;
    at += labelBytes(label);
  }
  return count;
}

/** Where the last label of `from[at … end)` begins; -1 where there is none or one is invalid. */
export function lastLabelAt(from: Uint8Array, at: number, end: number): number {
  let last = -1;
  for (let next = at; next < end; ) {
    const label = readLabel(from, next, end);
    if (label === NO_LABEL) return -1;
    last = next;
    next += labelBytes(label);
  }
  return last;
}

/**
 * Writes the labels of `from[at … at + length)` into `to` in reverse order, each one as it stands.
 * False where one of them is invalid.
 */
export function reverseLabels(
  to: Uint8Array,
  from: Uint8Array,
  at: number,
  length: number,
): boolean {
  const end = at + length;
  let left = length;
  for (let next = at; next < end; ) {
    const label = readLabel(from, next, end);
    if (label === NO_LABEL) return false;
    const bytes = labelBytes(label);
    left -= bytes;
    writeLabel(to, left, label);
    next += bytes;
  }
  return true;
}
