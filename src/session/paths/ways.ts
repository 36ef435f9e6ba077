import type { PeerId } from "../../identity/index.ts";
import type { Path, PathPort, RoutingPort } from "../../routing/index.ts";
import { FIRST_HOPS_TRIED, WAYPOINTS_ASKED } from "./limits.ts";

/** How a packet is to go. */
export type Way =
  | { readonly kind: "ordinary" }
  /** The ordinary way, recorded, so that the receiver gets the way back. */
  | { readonly kind: "recorded" }
  | { readonly kind: "first"; readonly firstHop: PeerId }
  | { readonly kind: "via"; readonly waypoint: PeerId }
  | { readonly kind: "along"; readonly path: Path };

/** The way that routing finds by itself. */
export const ORDINARY: Way = { kind: "ordinary" };
/** The same, recorded. */
export const RECORDED: Way = { kind: "recorded" };

/** Sends a packet by a way. False: it did not leave. */
export function sendBy(
  ports: { readonly routing: RoutingPort; readonly paths?: PathPort },
  way: Way,
  to: PeerId,
  packet: Uint8Array,
): boolean {
  const { routing, paths } = ports;
  if (paths === undefined) return routing.send(to, packet);
  switch (way.kind) {
    case "ordinary":
      return routing.send(to, packet);
    case "recorded":
      return paths.sendRecorded(to, packet);
    case "first":
      return paths.sendFirst(way.firstHop, to, packet);
    case "via":
      return paths.sendVia(way.waypoint, to, packet);
    case "along":
      return paths.sendAlong(way.path, to, packet);
  }
}

/** A way back as an answer's way: along the record where there is one. Copies nothing. */
export function wayBack(back: Path | undefined): Way {
  return back === undefined ? ORDINARY : { kind: "along", path: back };
}

/** A path's own copy. */
export function copyPath({ firstHop, labels }: Path): Path {
  return { firstHop, labels: labels.slice() };
}

/** Whether both begin with the same neighbour and bear the same labels. */
export function isSamePath(a: Path, b: Path): boolean {
  if (a.firstHop !== b.firstHop || a.labels.length !== b.labels.length) return false;
  for (let i = 0; i < a.labels.length; i++) if (a.labels[i] !== b.labels[i]) return false;
  return true;
}

/**
 * Draws one different way to a peer after the other: other first hops, then waypoints as routing
 * draws them, behind other first hops first.
 */
export class WayList {
  readonly #to: PeerId;
  readonly #paths: PathPort;
  readonly #avoided: PeerId | undefined;
  #hops: PeerId[] | undefined;
  #waypoints: PeerId[] = [];

  /** @param avoided first hop of the way that is known already */
  constructor(to: PeerId, paths: PathPort, avoided: PeerId | undefined) {
    this.#to = to;
    this.#paths = paths;
    this.#avoided = avoided;
  }

  /** The next way; undefined where there is no other. */
  next(): Way | undefined {
    this.#hops ??= this.#paths
      .firstHops()
      .filter((id) => id !== this.#avoided)
      .slice(0, FIRST_HOPS_TRIED);
    const firstHop = this.#hops.shift();
    if (firstHop !== undefined) return { kind: "first", firstHop };
    // Once all have been tried routing may know others.
    if (this.#waypoints.length === 0) {
      this.#waypoints = [...this.#paths.waypoints(WAYPOINTS_ASKED, this.#to)];
    }
    const waypoint = this.#waypoints.shift();
    return waypoint === undefined ? undefined : { kind: "via", waypoint };
  }
}
