/**
 * Tries items over and over, as some fit only after others: until all have settled, or nothing moves
 * any more. In the right order that is one round.
 * @param items tried in this order
 * @param mustWait tries one; true where it may fit later, false where it was taken or never will be
 * @returns those that still wait
 */
export function takeFitting<T>(items: readonly T[], mustWait: (item: T) => boolean): readonly T[] {
  let waiting = items;
  for (let before = -1; waiting.length !== before; ) {
    before = waiting.length;
    waiting = waiting.filter(mustWait);
  }
  return waiting;
}
