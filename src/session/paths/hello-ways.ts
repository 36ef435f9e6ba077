import type { PeerId } from "../../identity/index.ts";
import type { Path, PathPort } from "../../routing/index.ts";
import { HANDSHAKE_ATTEMPTS, HANDSHAKE_BACKOFF, HANDSHAKE_RETRY_MS } from "../limits.ts";
import { HELLO_SINGLE_WAYS, HELLO_WAY_BACKOFF, HELLO_WAY_MS, HELLO_WAYS } from "./limits.ts";
import { ORDINARY, RECORDED, type Way, WayList } from "./ways.ts";

/** How often and how fast a first message is repeated. */
export interface HelloPace {
  readonly attempts: number;
  readonly retryMs: number;
  readonly backoff: number;
}

/** Repetitions by one and the same way, or where every byte counts. */
export const PLAIN_PACE: HelloPace = {
  attempts: HANDSHAKE_ATTEMPTS,
  retryMs: HANDSHAKE_RETRY_MS,
  backoff: HANDSHAKE_BACKOFF,
};

/** Every so many attempts the ordinary way is tried again: routing may have repaired it. */
const ORDINARY_EVERY = 6;

/** The same for a peer out of the vicinity, whose landmarks are tried in turn. */
const FAR_EVERY = 2;

/** The pace of a handshake that tries many ways; not before an answer could be there. */
export function paceOfWays(roundTripMs: number | undefined): HelloPace {
  const retryMs = Math.max(HELLO_WAY_MS, 2 * (roundTripMs ?? 0));
  return { attempts: HELLO_WAYS, retryMs, backoff: HELLO_WAY_BACKOFF };
}

/** The ways of a first message: the ordinary one, then others, all recorded. */
export class HelloWays {
  readonly #to: PeerId;
  readonly #paths: PathPort | undefined;
  readonly #list: WayList | undefined;
  readonly #ordinaryEvery: number;
  readonly #tried: { readonly peer: PeerId; readonly sentMs: number }[] = [];
  #count = 0;

  /** @param ordinary first hop of the ordinary way, where there is one */
  constructor(to: PeerId, paths: PathPort | undefined, ordinary: PeerId | undefined) {
    this.#to = to;
    this.#paths = paths;
    this.#ordinaryEvery = ordinary === undefined ? FAR_EVERY : ORDINARY_EVERY;
    this.#list = paths && new WayList(to, paths, ordinary);
  }

  /** By how many ways an attempt goes at once. @param attempt counted from 1 */
  width(attempt: number): number {
    return this.#list === undefined || attempt <= HELLO_SINGLE_WAYS ? 1 : 2;
  }

  /** The next way. */
  next(nowMs: number): Way {
    if (this.#list === undefined) return ORDINARY;
    const isOrdinary = this.#count % this.#ordinaryEvery === 0;
    if (isOrdinary && this.#count > 0 && this.#ordinaryEvery === FAR_EVERY) {
      this.#paths?.report(this.#to, false);
    }
    this.#count++;
    const way = (isOrdinary ? undefined : this.#list.next()) ?? RECORDED;
    if (way.kind === "first") this.#tried.push({ peer: way.firstHop, sentMs: nowMs });
    if (way.kind === "via") this.#tried.push({ peer: way.waypoint, sentMs: nowMs });
    return way;
  }

  /** The answer has come along `back`: tells routing who let earlier attempts down. */
  report(back: Path | undefined, nowMs: number): void {
    const paths = this.#paths;
    if (back === undefined || paths === undefined) return;
    paths.report(back.firstHop, true);
    for (const { peer, sentMs } of this.#tried) {
      if (peer !== back.firstHop && nowMs - sentMs >= 2 * HELLO_WAY_MS) paths.report(peer, false);
    }
  }
}
