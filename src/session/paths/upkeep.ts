import { countLabels } from "../../routing/index.ts";
import type { Purpose } from "./challenges.ts";
import {
  MEETING_AFTER_MS,
  RETURN_FACTOR,
  RETURN_MS,
  STANDBY_AFTER_MS,
  STANDBY_MISSES_MAX,
  STANDBY_PROBE_MS,
  STANDBY_PROBE_THRIFTY_MS,
  STANDBY_REST_MS,
  STANDBY_WAYS,
  THRIFTY_REST_FACTOR,
} from "./limits.ts";
import type { Seek } from "./seek.ts";
import type { SessionPath } from "./session-path.ts";
import type { Steering } from "./steering.ts";
import { ORDINARY } from "./ways.ts";

const NEVER = Number.POSITIVE_INFINITY;
const LONG_AGO = Number.NEGATIVE_INFINITY;
/** Round trips differ by so much without a reason, in milliseconds. */
const NOISE_MS = 1;
/** What a hop is worth in round trip: the constant part of a link's cost (see the link room). */
const HOP_COST_MS = 24;

/**
 * What a session's initiator does beside the traffic, and only while there is some: finds a
 * standby path and probes it, tries whether the ordinary path works again, and meets its other
 * end in the middle.
 */
export class Upkeep {
  readonly #steering: Steering;
  #probeMs = LONG_AGO;
  #misses = 0;
  #restMs = LONG_AGO;
  #returnMs = LONG_AGO;
  #meetsBy: SessionPath | undefined;

  constructor(steering: Steering) {
    this.#steering = steering;
  }

  /** When `wake` is due. */
  deadlineMs(): number {
    const { host, isExtended, meeting, traffic } = this.#steering;
    if (!host.isInitiator || !isExtended) return NEVER;
    const nowMs = host.nowMs();
    const meetMs = traffic.lasts(MEETING_AFTER_MS, nowMs) ? (meeting?.nextMs ?? NEVER) : NEVER;
    if (!traffic.lasts(STANDBY_AFTER_MS, nowMs)) return meetMs;
    return Math.min(meetMs, this.#standbyMs(), this.#returnAtMs());
  }

  wake(nowMs: number): void {
    if (this.deadlineMs() > nowMs) return;
    const { host, meeting, set, traffic } = this.#steering;
    if (meeting !== undefined && meeting.nextMs <= nowMs) {
      const isFar = host.paths?.isNear(host.peerId) === false;
      if (isFar && host.isTrusted()) meeting.begin(nowMs);
      else meeting.postpone(nowMs);
    }
    if (!traffic.lasts(STANDBY_AFTER_MS, nowMs)) return;
    if (this.#standbyMs() <= nowMs) this.#tendStandby(nowMs);
    if (this.#returnAtMs() > nowMs) return;
    this.#returnMs = nowMs + RETURN_MS;
    // Out of the vicinity the ordinary way is one over a landmark, hardly a better one.
    if (host.ordinaryFirstHop() === undefined) return;
    this.#steering.challenge("return", ORDINARY, set.ordinary);
  }

  #standbyMs(): number {
    const { seek, set } = this.#steering;
    if (set.standby !== undefined) return this.#probeMs;
    return seek === undefined ? this.#restMs : NEVER;
  }

  #returnAtMs(): number {
    const { path, set } = this.#steering;
    if (path === set.ordinary || path === this.#meetsBy) return NEVER;
    return Math.max(this.#returnMs, set.ordinary.failedUntilMs);
  }

  #tendStandby(nowMs: number): void {
    const { standby } = this.#steering.set;
    if (standby === undefined) {
      this.#steering.search("standby", STANDBY_WAYS);
      return;
    }
    const isThrifty = this.#steering.host.isThrifty;
    this.#probeMs = nowMs + (isThrifty ? STANDBY_PROBE_THRIFTY_MS : STANDBY_PROBE_MS);
    this.#steering.challenge("upkeep", standby.way, standby);
  }

  /** A path has answered a challenge. */
  onAnswer(purpose: Purpose, path: SessionPath, nowMs: number): void {
    const steering = this.#steering;
    const isBetter = this.#isBetter(path);
    if (purpose === "upkeep") this.#misses = 0;
    else if (purpose === "standby") this.consider(path);
    else if (purpose === "meeting" && path !== steering.path) {
      if (this.#isShorter(path)) {
        this.#meetsBy = path;
        steering.switchTo(path, false);
      } else this.consider(path);
    } else if (purpose === "return" && path !== steering.path) {
      if (isBetter(RETURN_FACTOR)) steering.switchTo(path, false);
      else this.#returnMs = nowMs + STANDBY_REST_MS;
    }
  }

  #isBetter(path: SessionPath): (factor: number) => boolean {
    const current = this.#steering.path;
    const currentMs = this.#costMs(current);
    const offeredMs = this.#costMs(path);
    return (factor) =>
      !current.control.roundTrip.measured || offeredMs <= currentMs * factor + NOISE_MS;
  }

  /** Several meetings answer one after the other, and the best of them is to be found: no margin. */
  #isShorter(path: SessionPath): boolean {
    const current = this.#steering.path;
    if (!current.control.roundTrip.measured) return true;
    const margin = current === this.#meetsBy ? -NOISE_MS : NOISE_MS;
    return this.#costMs(path) <= this.#costMs(current) + margin;
  }

  /** Round trip and hops in one figure, as routing reckons them: relays are worth sparing, too. */
  #costMs({ control, explicit }: SessionPath): number {
    const ordinaryHops = this.#steering.host.ordinaryHops();
    const hops = explicit === undefined ? ordinaryHops : 1 + countLabels(explicit.labels);
    // Without a known number both are taken for equally long.
    return control.roundTrip.smoothedMs + (hops ?? 0) * HOP_COST_MS;
  }

  /** Takes a path as standby where it begins elsewhere than the one in use and is the fastest. */
  consider(path: SessionPath): void {
    const { set } = this.#steering;
    const { standby } = set;
    if (path === set.primary || !this.#isApart(path)) return;
    const isSlower = standby !== undefined && this.#costMs(standby) <= this.#costMs(path);
    if (isSlower) return;
    this.#stand(path);
  }

  #stand(path: SessionPath): void {
    const { host, seek, set } = this.#steering;
    set.standby = path;
    this.#misses = 0;
    this.#probeMs = host.nowMs() + STANDBY_PROBE_MS;
    if (seek?.purpose === "standby") this.#steering.seek = undefined;
  }

  #isApart(path: SessionPath): boolean {
    const steering = this.#steering;
    return steering.firstHopOf(path) !== steering.firstHopOf(steering.set.primary);
  }

  /** All ways of a search were tried: what was found must do, or there is a pause. */
  onSought(seek: Seek, nowMs: number): void {
    const { host, set } = this.#steering;
    this.#restMs = nowMs + STANDBY_REST_MS * (host.isThrifty ? THRIFTY_REST_FACTOR : 1);
    if (seek.purpose !== "standby" || set.standby !== undefined) return;
    for (const path of set.all()) {
      const isFresh = nowMs - path.provenMs <= STANDBY_PROBE_MS;
      if (path === set.primary || path.waypoint === undefined || !isFresh) continue;
      this.#stand(path);
      return;
    }
  }

  /** A challenge stayed without an answer. */
  onMissed(purpose: Purpose, nowMs: number): void {
    const { set } = this.#steering;
    if (purpose === "return") set.ordinary.onFailed(nowMs);
    if (purpose !== "upkeep" || set.standby === undefined) return;
    if (++this.#misses < STANDBY_MISSES_MAX) {
      this.#probeMs = nowMs;
      return;
    }
    set.drop(set.standby);
    set.standby = undefined;
    this.#misses = 0;
  }

  /** The path in use has changed because it failed. */
  onFailed(path: SessionPath, nowMs: number): void {
    if (path !== this.#meetsBy) return;
    this.#meetsBy = undefined;
    this.#steering.meeting?.onFailed(nowMs);
  }
}
