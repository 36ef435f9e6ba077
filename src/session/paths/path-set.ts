import type { Path } from "../../routing/index.ts";
import { Congestion } from "../congestion.ts";
import { PathControl } from "../path-control.ts";
import { LABEL_BYTES_MAX, PATHS_MAX } from "./limits.ts";
import { SessionPath } from "./session-path.ts";
import { copyPath, isSamePath } from "./ways.ts";

/** The ways that a session knows to its other end: one in use, at most one that stands by. */
export class PathSet {
  readonly ordinary: SessionPath;
  primary: SessionPath;
  standby: SessionPath | undefined;
  readonly #explicit: SessionPath[] = [];

  /** @param control recovery's state for the ordinary way */
  constructor(control: PathControl) {
    this.ordinary = new SessionPath(undefined, control);
    this.primary = this.ordinary;
  }

  /** All of them, the ordinary one first. */
  *all(): Generator<SessionPath> {
    yield this.ordinary;
    yield* this.#explicit;
  }

  /** Explicit ways known. */
  get explicitCount(): number {
    return this.#explicit.length;
  }

  /** The known path of this way, undefined where it is new. */
  find(path: Path | undefined): SessionPath | undefined {
    if (path === undefined) return this.ordinary;
    const { primary } = this;
    if (primary.explicit !== undefined && isSamePath(primary.explicit, path)) return primary;
    return this.#explicit.find(({ explicit }) => explicit && isSamePath(explicit, path));
  }

  /**
   * The path of this way, taken in where it is new; the one of which nothing was heard for longest
   * gives way. Undefined where its labels are too many.
   */
  learn(path: Path | undefined, packetBytes: number): SessionPath | undefined {
    const known = this.find(path);
    if (known !== undefined || path === undefined) return known ?? this.ordinary;
    if (path.labels.length > LABEL_BYTES_MAX) return undefined;
    const control = new PathControl(new Congestion(packetBytes));
    const made = new SessionPath(copyPath(path), control);
    if (this.#explicit.length >= PATHS_MAX - 1) this.#evict();
    this.#explicit.push(made);
    return made;
  }

  /** Forgets a path for good; the primary stays. */
  drop(path: SessionPath): void {
    if (path === this.primary) return;
    const at = this.#explicit.indexOf(path);
    if (at >= 0) this.#explicit.splice(at, 1);
    if (this.standby === path) this.standby = undefined;
  }

  /** The best path to go on with when the primary fails. @param hasOrdinary whether routing knows a way */
  successor(nowMs: number, hasOrdinary: boolean): SessionPath | undefined {
    const { standby } = this;
    const isUsable = (path: SessionPath): boolean =>
      this.#isUsable(path, nowMs) && (hasOrdinary || path !== this.ordinary);
    if (standby !== undefined && isUsable(standby)) return standby;
    let best: SessionPath | undefined;
    for (const path of this.all()) {
      if (!isUsable(path)) continue;
      if (best === undefined || freshness(path) > freshness(best)) best = path;
    }
    return best;
  }

  #isUsable(path: SessionPath, nowMs: number): boolean {
    return path !== this.primary && path.failedUntilMs <= nowMs;
  }

  #evict(): void {
    let oldest: SessionPath | undefined;
    for (const path of this.#explicit) {
      if (path === this.primary || path === this.standby) continue;
      if (oldest === undefined || freshness(path) < freshness(oldest)) oldest = path;
    }
    if (oldest !== undefined) this.drop(oldest);
  }
}

function freshness({ heardMs, provenMs }: SessionPath): number {
  return Math.max(heardMs, provenMs);
}
