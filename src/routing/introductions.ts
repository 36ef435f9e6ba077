import type { PeerId } from "../identity/index.ts";
import { INTRODUCTIONS_MAX } from "./limits.ts";
import { lotteryOf } from "./lottery.ts";
import type { Update } from "./messages.ts";

/** An introduction with what its neighbour has said since, in memory of its own. */
interface Waiting {
  readonly id: PeerId;
  readonly lottery: number;
  update: Update & { readonly origin: Uint8Array };
}

/**
 * Origins that one neighbour has introduced and for which there was no place: they wait here,
 * without a row in any column, until others have their records or have left. What the neighbour says of
 * them in between is taken down, so that nothing has to be asked again.
 */
export class Introductions {
  readonly #byHandle = new Map<number, Waiting>();
  readonly #handles = new Map<PeerId, number>();

  /** How many wait, at most `INTRODUCTIONS_MAX`. */
  get size(): number {
    return this.#byHandle.size;
  }

  /** Keeps an introduction of this origin, behind all others. False: no more of them are kept. */
  keep(id: PeerId, origin: Uint8Array, update: Update): boolean {
    this.take(id);
    this.drop(update.handle);
    if (this.#byHandle.size >= INTRODUCTIONS_MAX) return false;
    const own = { ...update, origin: origin.slice(), link: update.link?.slice() };
    this.#byHandle.set(update.handle, { id, lottery: lotteryOf(origin), update: own });
    this.#handles.set(id, update.handle);
    return true;
  }

  /** Takes down what is newly said under a handle. False: nothing waits under it. */
  note(update: Update): boolean {
    const waiting = this.#byHandle.get(update.handle);
    if (waiting === undefined) return false;
    const { ref, generation, origin, seqno, link } = waiting.update;
    const isSame = update.seqno === undefined || update.seqno === seqno;
    waiting.update = {
      ...{ ...update, ref, generation, origin, seqno: update.seqno ?? seqno },
      link: update.link?.slice() ?? (isSame ? link : undefined),
    };
    return true;
  }

  /** The origin under a handle has been taken back, or the handle stands for another. */
  drop(handle: number): void {
    const waiting = this.#byHandle.get(handle);
    if (waiting === undefined) return;
    this.#byHandle.delete(handle);
    this.#handles.delete(waiting.id);
  }

  /** Takes the introduction of this origin out, if it waits. */
  take(id: PeerId): Update | undefined {
    const handle = this.#handles.get(id);
    if (handle === undefined) return undefined;
    const waiting = this.#byHandle.get(handle);
    this.drop(handle);
    return waiting?.update;
  }

  /** The one that lies least deep within the horizon, which stays. */
  best(depth: (lottery: number, metric: number) => number): Update | undefined {
    let best: Update | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const { lottery, update } of this.#byHandle.values()) {
      const itsDepth = depth(lottery, update.metric);
      if (itsDepth >= least) continue;
      least = itsDepth;
      best = update;
    }
    return best;
  }

  /** The neighbour is believed no more. */
  clear(): void {
    this.#byHandle.clear();
    this.#handles.clear();
  }
}
