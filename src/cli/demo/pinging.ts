import type { ApiClient } from "../../api/client/index.ts";

/** A ping that runs beside the story and remembers when answers came. */
export interface RunningPing {
  /** Stops it. @returns the longest silence between two answers, in milliseconds */
  stop(): Promise<number>;
}

/** Pings `to` every `intervalMs`, without waiting for answers, until stopped. */
export function startPing(client: ApiClient, to: string, intervalMs: number): RunningPing {
  const answeredAtMs: number[] = [];
  const waiting = new Set<Promise<void>>();
  const send = (): void => {
    const call = client
      .ping(to)
      .then((answer) => {
        if (answer.roundTripMs !== null) answeredAtMs.push(performance.now());
      })
      .catch(() => undefined)
      .finally(() => waiting.delete(call));
    waiting.add(call);
  };
  const timer = setInterval(send, intervalMs);
  send();
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(waiting);
      return longestGapMs(answeredAtMs);
    },
  };
}

/** The longest silence between two answers; Infinity where there are fewer than two. */
export function longestGapMs(answeredAtMs: readonly number[]): number {
  if (answeredAtMs.length < 2) return Number.POSITIVE_INFINITY;
  const sorted = [...answeredAtMs].sort((a, b) => a - b);
  let longest = 0;
  for (const [index, atMs] of sorted.entries()) {
    if (index > 0) longest = Math.max(longest, atMs - (sorted[index - 1] ?? atMs));
  }
  return longest;
}
