import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

/** An answered ping; wall times in milliseconds. */
export interface PingAnswer {
  readonly number: number;
  readonly sentAtMs: number;
  readonly atMs: number;
  readonly roundTripMs: number;
}

/** A pinger process that runs inside a namespace: send times are fixed, answers are stamped there. */
export class SteadyPing {
  /** In the order in which they came. */
  readonly answers: PingAnswer[] = [];
  readonly #child: ChildProcess;

  /** @param child runs `pinger.mjs` */
  constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout === null) return;
    createInterface(child.stdout).on("line", (line) => {
      this.answers.push(JSON.parse(line) as PingAnswer);
    });
  }

  /** Answers that came at a wall time or later. */
  since(fromMs: number): readonly PingAnswer[] {
    return this.answers.filter((answer) => answer.atMs >= fromMs);
  }

  /** Whether `count` answers in a row came since `fromMs`, none more than `gapMs` after the one before. */
  isSteady(fromMs: number, count: number, gapMs: number): boolean {
    const times = this.since(fromMs).map((answer) => answer.atMs);
    const last = times.slice(-count);
    if (last.length < count) return false;
    return last.every((atMs, index) => index === 0 || atMs - (last[index - 1] ?? atMs) <= gapMs);
  }

  /** The longest silence that ended at `fromMs` or later; Infinity where no answer came since. */
  longestSilenceMs(fromMs: number): number {
    return longestSilence(
      this.answers.map((answer) => answer.atMs),
      fromMs,
    );
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.stdin?.end();
    await ended;
  }
}

/** The longest silence between times in order that ended at `fromMs` or later; Infinity: none did. */
export function longestSilence(times: readonly number[], fromMs: number): number {
  let longest = Number.NEGATIVE_INFINITY;
  for (const [index, atMs] of times.entries()) {
    const before = times[index - 1];
    if (before !== undefined && atMs >= fromMs) longest = Math.max(longest, atMs - before);
  }
  return longest === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : longest;
}
