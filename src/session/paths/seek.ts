import type { Purpose } from "./challenges.ts";
import { SEEK_PAUSE_MS } from "./limits.ts";
import type { Steering } from "./steering.ts";
import { RECORDED, type Way, WayList } from "./ways.ts";

/** A search under way: challenges sent by one way after the other. */
export class Seek {
  readonly purpose: Purpose;
  readonly #first: Way[];
  readonly #list: WayList;
  #left: number;
  #nextMs: number;

  /**
   * @param first ways to try before those of the list
   * @param waysMax ways tried in all
   */
  constructor(
    purpose: Purpose,
    first: Way[],
    list: WayList,
    options: { readonly waysMax: number; readonly nowMs: number },
  ) {
    this.purpose = purpose;
    this.#first = first;
    this.#list = list;
    this.#left = options.waysMax;
    this.#nextMs = options.nowMs;
  }

  /** When the next way is due. */
  get nextMs(): number {
    return this.#nextMs;
  }

  /** The way to try now; undefined once all were. */
  next(nowMs: number): Way | undefined {
    if (this.#left <= 0) return undefined;
    this.#left--;
    this.#nextMs = nowMs + SEEK_PAUSE_MS;
    return this.#first.shift() ?? this.#list.next();
  }
}

/** A search for other ways than the one in use; in doubt, other known ones are tried first. */
export function seekWays(steering: Steering, purpose: Purpose, waysMax: number): Seek | undefined {
  const { host, set } = steering;
  if (host.paths === undefined) return undefined;
  const first: Way[] = [];
  for (const path of purpose === "doubt" ? set.all() : []) {
    if (path !== set.primary) first.push(path === set.ordinary ? RECORDED : path.way);
  }
  const avoided = steering.firstHopOf(set.primary);
  const list = new WayList(host.peerId, host.paths, avoided);
  return new Seek(purpose, first, list, { waysMax, nowMs: host.nowMs() });
}
