import { collectAlone } from "../../src/adapters/node/young-generation.ts";
import { toBase32 } from "../../src/base/base32.ts";
import { parseInvoiceLink } from "../../src/money/payments/index.ts";
import { type BenchOptions, type BenchRow, benchRow, median } from "../row.ts";
import { Half, startHalves } from "./halves.ts";

/** Payments under way at once: few for the time each takes, many for how many are done. */
const FEW = 16;
const MANY = 256;
/** Payments that are counted, and at full scale. */
const COUNTED = 2_048;
const COUNTED_FULL = 20_000;
/** Not counted: so many until all that runs often is compiled. */
const WARM = 2_048;
/** Runs one after another, of which the middle one counts: what else the machine does swings within a second. */
const RUNS = 5;
/**
 * Of those under way, so many parts are begun one after another, each in one moment: begun all at once, all would be at
 * the same place of their way, and each thread would wait for the other; begun one by one, batches would be small.
 */
const GROUPS = 4;
/** It ends then, on however slow a machine. */
const MOST_MS = 240_000;

interface Run {
  /** Payments per second. */
  readonly perSecond: number;
  /** Milliseconds of processor for each payment, of all six peers together. */
  readonly cpuMs: number;
  readonly p99Ms: number;
  readonly medianMs: number;
}

/**
 * One group after another is begun, so that about `window` are always under way, until so many are done. Counted is
 * from when as many were done as are under way.
 */
function runPayments(near: Half, window: number, count: number): Run {
  const waiting = new Map<string, number>();
  const tookMs: number[] = [];
  const group = Math.ceil(window / GROUPS);
  const begunMs = performance.now();
  let from = { done: 0, atMs: begunMs, cpu: process.cpuUsage() };
  let nowMs = begunMs;
  let asked = 0;
  while (tookMs.length < from.done + count && nowMs - begunMs < MOST_MS) {
    const ask = window - waiting.size - asked >= group ? group : 0;
    asked += ask;
    near.turn(ask > 0 ? { ask } : {});
    const links = near.links.splice(0);
    asked -= links.length;
    for (const link of links) begin(near, waiting, link);
    nowMs = performance.now();
    tookMs.push(...takeEnded(near, waiting, nowMs));
    if (from.done === 0 && tookMs.length >= window) {
      from = { done: tookMs.length, atMs: nowMs, cpu: process.cpuUsage() };
    }
  }
  const { system, user } = process.cpuUsage(from.cpu);
  // Nothing of it is under way when the next one begins.
  while ((waiting.size > 0 || asked > 0) && performance.now() - begunMs < MOST_MS) {
    near.turn();
    asked -= near.links.splice(0).length;
    takeEnded(near, waiting, 0);
  }
  const counted = tookMs.slice(from.done);
  const sorted = counted.toSorted((a, b) => a - b);
  return {
    perSecond: counted.length / ((nowMs - from.atMs) / 1_000),
    cpuMs: (user + system) / 1_000 / Math.max(1, counted.length),
    p99Ms: sorted[Math.floor(0.99 * (sorted.length - 1))] ?? 0,
    medianMs: sorted[sorted.length >> 1] ?? 0,
  };
}

/** Begins the payment of a request. */
function begin({ bazaar }: Half, waiting: Map<string, number>, link: string): void {
  const atMs = performance.now();
  const invoice = parseInvoiceLink(bazaar.suite, link);
  if (bazaar.pay(0, invoice) === "") waiting.set(toBase32(invoice.hash), atMs);
}

/** How long those took that are paid; those that failed are under way no more, either. */
function takeEnded({ ended }: Half, waiting: Map<string, number>, nowMs: number): number[] {
  const paid: number[] = [];
  for (const { id, state } of ended.splice(0)) {
    const atMs = waiting.get(id);
    waiting.delete(id);
    if (atMs !== undefined && state === "paid") paid.push(nowMs - atMs);
  }
  return paid;
}

/** How many payments over five lines are done, and how long each takes. */
export async function rateRows({ full }: BenchOptions): Promise<readonly BenchRow[]> {
  const count = full ? COUNTED_FULL : COUNTED;
  // As the daemon does.
  collectAlone();
  const alone = new Half(0);
  runPayments(alone, FEW, WARM);
  const few = runPayments(alone, FEW, count);
  const { near, end } = await startHalves();
  runPayments(near, MANY, WARM);
  const runs = Array.from({ length: RUNS }, () => runPayments(near, MANY, count));
  await end();
  const middle = (figure: (run: Run) => number): number => median(runs.map(figure)) ?? 0;
  const rates = runs.map(({ perSecond }) => perSecond.toFixed(0)).join(", ");
  const what =
    "real lines, signatures, onions, requests made and read as links; sessions and disks in memory";
  return [
    {
      ...benchRow(
        "money.multihop.rate",
        middle(({ perSecond }) => perSecond),
        "payments/s",
      ),
      note: `six peers on two threads, two on one and four on the other: ${what}; ${MANY} under way at once, median ${middle(({ medianMs }) => medianMs).toFixed(0)} ms, 99 % within ${middle(({ p99Ms }) => p99Ms).toFixed(0)} ms, ${middle(({ cpuMs }) => cpuMs).toFixed(2)} ms of processor for each; the middle of ${rates}`,
    },
    {
      ...benchRow("money.multihop.p99.ms", few.p99Ms, "ms"),
      note: `six peers on one thread: ${what}; ${FEW} under way at once, ${few.perSecond.toFixed(0)} payments/s, median ${few.medianMs.toFixed(1)} ms`,
    },
  ];
}
