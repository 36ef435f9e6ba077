import { Heap } from "../../base/heap.ts";
import type { Side } from "./side.ts";
import type { Trip } from "./types.ts";

/** A control message arrives. */
export const EVENT_CONTROL = 0;
/** A packet arrives. */
export const EVENT_PACKET = 1;
/** A place wants to be woken. */
export const EVENT_WAKE = 2;
/** Something planned from outside happens. */
export const EVENT_ACTION = 3;

/** What is going to happen. One shape for all kinds, since there may be millions. */
export interface MeshEvent {
  readonly kind: number;
  readonly place: number;
  readonly side: Side | undefined;
  /** The laying of the link under which it was sent. */
  readonly epoch: number;
  /** The control message, or the packet's header. */
  readonly head: Uint8Array | undefined;
  readonly payload: Uint8Array | undefined;
  readonly trip: Trip | undefined;
  readonly run: (() => void) | undefined;
}

/** Events by time, those of one time in the order of their coming: one heap entry per time. */
export class EventQueue {
  readonly #byTime = new Map<number, MeshEvent[]>();
  readonly #times = new Heap<number>((a, b) => a < b);

  /** When the next events are due; Infinity where there are none. */
  nextMs(): number {
    return this.#times.peek() ?? Number.POSITIVE_INFINITY;
  }

  add(atMs: number, event: MeshEvent): void {
    const events = this.#byTime.get(atMs);
    if (events !== undefined) {
      events.push(event);
      return;
    }
    this.#byTime.set(atMs, [event]);
    this.#times.push(atMs);
  }

  /** Takes out all events of the next time; more may be added to that time afterwards. */
  take(): readonly MeshEvent[] {
    const atMs = this.#times.pop();
    if (atMs === undefined) return [];
    const events = this.#byTime.get(atMs) ?? [];
    this.#byTime.delete(atMs);
    return events;
  }
}
