import type { PersonId } from "../../identity/index.ts";
import { type Bucket, bucketOf } from "./bucket.ts";
import { HINT_LINES_MAX, HINT_PEOPLE_MAX } from "./limits.ts";
import type { HintLine, OwnLine } from "./types.ts";
import type { Vicinity } from "./vicinity.ts";

/** Lines that are told of for each person, by how many lines away from the payee they end. */
export const FAN: readonly number[] = [64, 10, 5, 4];

/**
 * Lines that lead to us, nearest and widest first: our own, then those into the partners by whom something
 * can come, and so on. At most `linesMax`.
 */
export function hintLines(
  self: PersonId,
  own: readonly OwnLine[],
  vicinity: Vicinity,
  linesMax: number,
): HintLine[] {
  const most = Math.min(linesMax, HINT_LINES_MAX);
  const found: HintLine[] = [];
  const into = incoming(vicinity, self).set(self, ownIncoming(self, own));
  const reach = new Map<PersonId, Bucket>([[self, Number.POSITIVE_INFINITY]]);
  let ring: readonly PersonId[] = [self];
  for (const fan of FAN) {
    const next = new Map<PersonId, Bucket>();
    for (const { line, through } of ringLines(ring, into, reach, fan)) {
      if (found.length >= most || reach.size + next.size >= HINT_PEOPLE_MAX) return found;
      found.push(line);
      if (reach.has(line.from)) continue;
      next.set(line.from, Math.max(through, next.get(line.from) ?? 0));
    }
    for (const [person, through] of next) reach.set(person, through);
    ring = [...next.keys()];
  }
  return found;
}

/** The widest lines into each person of a ring that lead on to us, what reaches us most first. */
function ringLines(
  ring: readonly PersonId[],
  into: ReadonlyMap<PersonId, readonly HintLine[]>,
  reach: ReadonlyMap<PersonId, Bucket>,
  fan: number,
): { readonly line: HintLine; readonly through: Bucket }[] {
  return ring
    .flatMap((person) =>
      (into.get(person) ?? [])
        .toSorted((a, b) => b.width - a.width)
        .slice(0, fan)
        .map((line) => ({ line, through: Math.min(line.width, reach.get(person) ?? 0) })),
    )
    .filter(({ through }) => through > 0)
    .sort((a, b) => b.through - a.through);
}

function ownIncoming(self: PersonId, own: readonly OwnLine[]): HintLine[] {
  return own
    .filter(({ isHidden }) => isHidden !== true)
    .map(({ partner, in: free }) => ({ from: partner, to: self, width: bucketOf(free) }));
}

/** For each person, the lines into them that adverts tell of; of two claims the smaller counts. */
function incoming(vicinity: Vicinity, self: PersonId): Map<PersonId, HintLine[]> {
  const found = new Map<PersonId, HintLine[]>();
  const add = (from: PersonId, to: PersonId, width: Bucket): void => {
    if (from === self || to === self) return;
    const lines = found.get(to);
    if (lines === undefined) found.set(to, [{ from, to, width }]);
    else lines.push({ from, to, width });
  };
  for (const { origin, lines } of vicinity.all()) {
    for (const { partner, out, in: back } of lines) {
      if (vicinity.denies(partner, origin)) continue;
      const other = vicinity.of(partner)?.lines.find((line) => line.partner === origin);
      // The end with the smaller name tells of both directions where both ends are known.
      if (other === undefined) {
        add(origin, partner, out);
        add(partner, origin, back);
      } else if (origin < partner) {
        add(origin, partner, Math.min(out, other.in));
        add(partner, origin, Math.min(back, other.out));
      }
    }
  }
  return found;
}
