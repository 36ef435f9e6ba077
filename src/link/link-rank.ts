import { COST_HYSTERESIS, COST_MAX, STREAM_COST_FACTOR } from "./limits.ts";
import type { Link } from "./link.ts";

/**
 * Suspect links only where there is no other; then the cheaper, by more than a little. Along the same way datagrams are better than
 * a stream (TCP, WebSocket): that waits for what is lost, and has a congestion control between ours and the line.
 */
export function isBetter(link: Link, than: Link): boolean {
  const rank = doubt(link);
  const otherRank = doubt(than);
  if (rank !== otherRank) return rank < otherRank;
  return costAmongLinks(link) * (1 + COST_HYSTERESIS) < costAmongLinks(than);
}

function costAmongLinks({ estimator, transport }: Link): number {
  return transport.reliable ? estimator.cost * STREAM_COST_FACTOR : estimator.cost;
}

function doubt(link: Link): number {
  return link.liveness.suspect ? 2 : link.liveness.doubtful ? 1 : 0;
}

/** How dispensable a link is: suspect ones first, then the costly ones. */
export function dispensability(link: Link): number {
  return costAmongLinks(link) + (link.liveness.suspect ? COST_MAX : 0);
}
