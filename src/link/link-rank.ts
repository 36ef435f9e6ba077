import {
  COST_HYSTERESIS,
  COST_MAX,
  STREAM_COST_FACTOR,
  STREAM_REST_MS,
  WORKING_RATIO,
  YOUNG_PROBES,
} from "./limits.ts";
import type { Link } from "./link.ts";

/**
 * Suspect links only where there is no other; then the cheaper, by more than a little. Datagrams that are known to come through are
 * better than a stream (TCP, WebSocket): that waits for what is lost, and has a congestion control between ours and the line.
 */
export function isBetter(link: Link, than: Link, nowMs: number): boolean {
  const rank = doubt(link);
  const otherRank = doubt(than);
  if (rank !== otherRank) return rank < otherRank;
  return costBeside(link, than, nowMs) * (1 + COST_HYSTERESIS) < costBeside(than, link, nowMs);
}

/** What a link costs where `other` could be used. */
function costBeside({ estimator, transport }: Link, other: Link, nowMs: number): number {
  const isSecond = transport.reliable && !other.transport.reliable && works(other, nowMs);
  return isSecond ? Math.min(COST_MAX, estimator.cost * STREAM_COST_FACTOR) : estimator.cost;
}

/** Whether probes have shown for a while that nearly all comes through. */
function works({ estimator }: Link, nowMs: number): boolean {
  const { probesSettled, livingRatio, resumedAtMs } = estimator;
  const isKnown = probesSettled > YOUNG_PROBES && nowMs - resumedAtMs >= STREAM_REST_MS;
  return isKnown && livingRatio >= WORKING_RATIO;
}

function doubt(link: Link): number {
  return link.liveness.suspect ? 2 : link.liveness.doubtful ? 1 : 0;
}

/** How dispensable a link is: suspect ones first, then the costly ones. */
export function dispensability(link: Link): number {
  return link.estimator.cost + (link.liveness.suspect ? COST_MAX : 0);
}
