import { must } from "../base/errors.ts";
import type { Random } from "../ports/random.ts";

/** A number of `low` … `high`, evenly spread. */
export function between(random: Random, low: number, high: number): number {
  return low + (random.u32() / 2 ** 32) * (high - low);
}

/** Whether something that happens with this share, 0 … 1, happens now. */
export function chance(random: Random, share: number): boolean {
  return random.u32() < share * 2 ** 32;
}

/** One of the items. @throws AssertionError where there are none */
export function pick<T>(random: Random, items: readonly T[]): T {
  return must(items[random.u32() % items.length], "nothing to pick from");
}

/** The numbers 0 … count-1 in random order. */
export function shuffled(random: Random, count: number): number[] {
  const items = Array.from({ length: count }, (_, index) => index);
  for (let at = count - 1; at > 0; at--) {
    const other = random.u32() % (at + 1);
    const swapped = must(items[at], "within the list");
    items[at] = must(items[other], "within the list");
    items[other] = swapped;
  }
  return items;
}
