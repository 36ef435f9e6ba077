import { COST_HYSTERESIS, COST_MAX } from "./limits.ts";
import type { Link } from "./link.ts";

/** Suspect links only where there is no other; then the cheaper, by more than a little. */
export function isBetter(link: Link, than: Link): boolean {
  const rank = doubt(link);
  const otherRank = doubt(than);
  if (rank !== otherRank) return rank < otherRank;
  return link.estimator.cost * (1 + COST_HYSTERESIS) < than.estimator.cost;
}

function doubt(link: Link): number {
  return link.liveness.suspect ? 2 : link.liveness.doubtful ? 1 : 0;
}

/** How dispensable a link is: suspect ones first, then the costly ones. */
export function dispensability(link: Link): number {
  return link.estimator.cost + (link.liveness.suspect ? COST_MAX : 0);
}
