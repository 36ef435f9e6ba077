import { REPORT_MS } from "./limits.ts";
import type { SessionPath } from "./session-path.ts";
import type { SteeringHost } from "./steering-types.ts";

/** Tells routing now and then that packets over these neighbours and waypoints are acknowledged. */
export function reportOn(host: SteeringHost, path: SessionPath, nowMs: number): void {
  if (nowMs < path.reportedMs + REPORT_MS) return;
  path.reportedMs = nowMs;
  const firstHop = path.explicit?.firstHop ?? host.ordinaryFirstHop();
  if (firstHop !== undefined) host.paths?.report(firstHop, true);
  if (path.waypoint !== undefined) host.paths?.report(path.waypoint, true);
}
