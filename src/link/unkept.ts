import { SEALED_KIND_BITS } from "./layout.ts";

const KIND_MASK = (1 << SEALED_KIND_BITS) - 1;

/**
 * Writes into the first byte of a sealed part how many frames right before its own are not kept: the
 * neighbour need not ask for those that it misses.
 * @param count 0 … UNKEPT_TOLD_MAX
 */
export function markUnkept(sealed: Uint8Array, count: number): void {
  sealed[0] = ((sealed[0] ?? 0) & KIND_MASK) | (count << SEALED_KIND_BITS);
}

/** Reads that number from the first byte of a sealed part, where the kind alone is left. */
export function takeUnkept(sealed: Uint8Array): number {
  const first = sealed[0] ?? 0;
  sealed[0] = first & KIND_MASK;
  return first >> SEALED_KIND_BITS;
}
