import type { PathSet } from "./path-set.ts";
import type { PathInfo, SteeringHost } from "./steering-types.ts";

/** Bit of a label's first byte that says that a second one follows. */
const LONG_LABEL_BIT = 0x80;

/** The ways that a session knows, for people. */
export function inspectPaths(set: PathSet, host: SteeringHost): PathInfo[] {
  const nowMs = host.nowMs();
  return [...set.all()].map((path) => {
    const { roundTrip } = path.control;
    const { explicit } = path;
    return {
      kind: explicit === undefined ? "ordinary" : "explicit",
      firstHop: explicit === undefined ? host.ordinaryFirstHop() : explicit.firstHop,
      labelBytes: explicit?.labels.length ?? 0,
      labelCount: explicit === undefined ? 0 : countLabels(explicit.labels),
      roundTripMs: roundTrip.measured ? roundTrip.smoothedMs : undefined,
      acknowledgedBytes: path.acknowledgedBytes,
      primary: path === set.primary,
      standby: path === set.standby,
      lastHeardMs: Number.isFinite(path.heardMs) ? nowMs - path.heardMs : undefined,
    };
  });
}

/** Labels in a stack: one byte each, or two where the first has its high bit set. */
export function countLabels(stack: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < stack.length; count++) {
    at += ((stack[at] ?? 0) & LONG_LABEL_BIT) === 0 ? 1 : 2;
  }
  return count;
}
