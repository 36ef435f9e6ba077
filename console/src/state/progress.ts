import { type Signal, signal } from "@preact/signals";
import type { EventBodies, PeerEvent } from "../../../src/api/client/index.ts";
import { PROGRESS_MAX } from "../limits.ts";

/** What the peer is doing with an object. */
export type Progress = EventBodies["progress"];

/** Work under way on the peer, by the object's link. */
export const progress: Signal<ReadonlyMap<string, Progress>> = signal(new Map());

/** Keeps the last report of each object; finished work is forgotten. */
export function noteProgress(event: PeerEvent<keyof EventBodies>): void {
  if (event.name === "hello") progress.value = new Map();
  if (event.name !== "progress") return;
  progress.value = withProgress(progress.peek(), event.body as Progress);
}

/** The known work with one report added; the oldest goes above PROGRESS_MAX. */
export function withProgress(
  known: ReadonlyMap<string, Progress>,
  report: Progress,
): ReadonlyMap<string, Progress> {
  const next = new Map(known);
  next.delete(report.link);
  if (report.done < report.total) next.set(report.link, report);
  for (const link of next.keys()) {
    if (next.size <= PROGRESS_MAX) break;
    next.delete(link);
  }
  return next;
}
