import type { PersonId } from "../../identity/index.ts";
import { type Bucket, bucketHigh, bucketLow } from "./bucket.ts";
import { CreditMap, type EdgeBelief } from "./credit-map.ts";
import { FAN } from "./hint.ts";
import type { HintLine, OwnLine } from "./types.ts";
import type { Vicinity } from "./vicinity.ts";

/** Where in a bucket an amount is taken to be: at the low end times this. */
const INSIDE = 1.4;
/** Noise may have put an amount into the next bucket. */
const NOISE = 1.35;

/** What a bucket makes one believe. */
export function beliefOf(bucket: Bucket): EdgeBelief {
  return {
    guess: Math.floor(bucketLow(bucket) * INSIDE),
    most: Math.floor(bucketHigh(bucket) * NOISE),
  };
}

/** What a map is made for. */
export interface MapPurpose {
  /** Who tells in the hint which lines lead to them: others that are said to are left out. */
  readonly payee?: PersonId;
  /** Whether a part may go through somebody: their key must be known. */
  readonly isUsable?: (person: PersonId) => boolean;
}

/** All that a payer knows: own lines exactly, what the vicinity tells, what the payee tells. */
export function mapOf(
  self: PersonId,
  own: readonly OwnLine[],
  vicinity: Vicinity,
  hint: readonly HintLine[],
  { payee, isUsable = () => true }: MapPurpose = {},
): CreditMap {
  const isLeftOut = payee === undefined ? () => false : notInHint(hint, payee);
  const claim = (from: PersonId, to: PersonId, belief: EdgeBelief): void => {
    if (to !== payee || !isLeftOut(from)) map.claim(from, to, belief);
  };
  const map = new CreditMap(self);
  for (const { partner, out } of own) {
    if (isUsable(partner)) map.claim(self, partner, { guess: out, most: out });
  }
  for (const { origin, lines } of vicinity.all()) {
    if (origin === self || !isUsable(origin)) continue;
    for (const { partner, out, in: back } of lines) {
      if (partner === self || !isUsable(partner) || vicinity.denies(partner, origin)) continue;
      claim(origin, partner, beliefOf(out));
      claim(partner, origin, beliefOf(back));
    }
  }
  for (const { from, to, width } of hint) {
    if (from !== self && to !== self && isUsable(from) && isUsable(to)) {
      map.claim(from, to, beliefOf(width));
    }
  }
  return map;
}

/** Of whom the payee, who tells of all lines that lead to them, says nothing. */
function notInHint(hint: readonly HintLine[], payee: PersonId): (from: PersonId) => boolean {
  const into = new Set(hint.flatMap(({ from, to }) => (to === payee ? [from] : [])));
  const isWhole = into.size > 0 && into.size < (FAN[0] ?? 0);
  return (from) => isWhole && !into.has(from);
}
