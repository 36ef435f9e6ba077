/** Something that wants to be woken. */
export interface Sleeper {
  /** Monotonic time at which `wake` is due; Infinity for never. */
  deadlineMs(): number;
  wake(nowMs: number): void;
  /** Kept by `Timers` alone: the time it has noted for this sleeper. */
  notedMs: number;
}

interface Entry {
  readonly timeMs: number;
  readonly sleeper: Sleeper;
}

/** Renewals beyond one for each entry after which the rest is left to the next look. */
const RENEWALS_MAX = 64;

/**
 * A heap of wake-ups in which deadlines that move back stay where they are until they surface:
 * most timers are pushed back many times before they fire, which then costs nothing.
 */
export class Timers {
  readonly #heap: Entry[] = [];

  /** To be called whenever a sleeper's deadline may have come nearer. */
  update(sleeper: Sleeper): void {
    const deadline = sleeper.deadlineMs();
    if (deadline >= sleeper.notedMs) return;
    sleeper.notedMs = deadline;
    this.#push({ timeMs: deadline, sleeper });
  }

  /** The earliest true deadline; Infinity where nobody sleeps. */
  nextMs(): number {
    for (let renewals = 0; ; renewals++) {
      const top = this.#heap[0];
      if (top === undefined) return Number.POSITIVE_INFINITY;
      if (top.timeMs === top.sleeper.notedMs && top.sleeper.deadlineMs() <= top.timeMs) {
        return top.timeMs;
      }
      // A deadline that moves on with the clock whenever it is looked at would never be reached.
      if (renewals > this.#heap.length + RENEWALS_MAX) return top.timeMs;
      this.#pop();
      this.#renew(top);
    }
  }

  /** Wakes all that are due at `nowMs`, each at most once. */
  wakeDue(nowMs: number): void {
    const due: Sleeper[] = [];
    while (this.nextMs() <= nowMs) {
      const top = this.#pop();
      if (top === undefined) break;
      top.sleeper.notedMs = Number.POSITIVE_INFINITY;
      due.push(top.sleeper);
    }
    for (const sleeper of due) {
      if (sleeper.deadlineMs() <= nowMs) sleeper.wake(nowMs);
      this.update(sleeper);
    }
  }

  /** A surfaced entry was stale: notes the sleeper's later deadline instead. */
  #renew(entry: Entry): void {
    const { sleeper } = entry;
    if (entry.timeMs !== sleeper.notedMs) return;
    sleeper.notedMs = Number.POSITIVE_INFINITY;
    this.update(sleeper);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || above.timeMs <= entry.timeMs) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      const child = this.#smallerChild(at);
      const below = heap[child];
      if (below === undefined || below.timeMs >= last.timeMs) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return top;
  }

  #smallerChild(at: number): number {
    const left = 2 * at + 1;
    const leftMs = this.#heap[left]?.timeMs ?? Number.POSITIVE_INFINITY;
    const rightMs = this.#heap[left + 1]?.timeMs ?? Number.POSITIVE_INFINITY;
    return rightMs < leftMs ? left + 1 : left;
  }
}
