import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import { toBase32 } from "../../src/base/base32.ts";
import { invoiceLink, parseInvoiceLink } from "../../src/money/payments/index.ts";
import { Bazaar } from "../../test/support/bazaar.ts";
import { type BenchOptions, type BenchRow, benchRow } from "../row.ts";

const HOPS = 5;
const AMOUNT = 10;
const LIMIT = 1_000_000_000;
/** Payments under way at once: few for the time each takes, many for how many are done. */
const FEW = 16;
const MANY = 256;
/** Payments that are counted, and at full scale. */
const COUNTED = 1_024;
const COUNTED_FULL = 20_000;
const WARM = 256;
/** It ends then, on however slow a machine. */
const MOST_MS = 240_000;

interface Run {
  readonly perSecond: number;
  /** Milliseconds of processor for each payment, of all six peers together. */
  readonly cpuMs: number;
  readonly p99Ms: number;
  readonly medianMs: number;
}

/**
 * One after another is begun, so that `window` are always under way, until so many are done. Counted is from when as
 * many were done as are under way.
 */
function runPayments(window: number, count: number): Run {
  const suite = createNodeSuite();
  const bazaar = new Bazaar(suite, 1, HOPS + 1, LIMIT, true);
  const waiting = new Map<string, number>();
  const tookMs: number[] = [];
  const begunMs = performance.now();
  let from = { done: 0, atMs: begunMs, cpu: process.cpuUsage() };
  let nowMs = begunMs;
  while (tookMs.length < from.done + count && nowMs - begunMs < MOST_MS) {
    begin(bazaar, waiting, window - waiting.size);
    // All disks sync side by side, as those of six machines would.
    while (bazaar.net.busy) bazaar.net.step();
    for (const { disk } of bazaar.stalls) while (disk.busy) disk.step();
    // As much time for the peers as there was: who tells too much in it is not heard.
    bazaar.clock.advance(performance.now() - nowMs);
    nowMs = performance.now();
    tookMs.push(...takeEnded(bazaar, waiting, nowMs));
    if (from.done === 0 && tookMs.length >= window) {
      from = { done: tookMs.length, atMs: nowMs, cpu: process.cpuUsage() };
    }
  }
  const { system, user } = process.cpuUsage(from.cpu);
  const counted = tookMs.slice(from.done);
  const sorted = counted.toSorted((a, b) => a - b);
  return {
    perSecond: counted.length / ((nowMs - from.atMs) / 1_000),
    cpuMs: (user + system) / 1_000 / Math.max(1, counted.length),
    p99Ms: sorted[Math.floor(0.99 * (sorted.length - 1))] ?? 0,
    medianMs: sorted[sorted.length >> 1] ?? 0,
  };
}

/** Asks for so many payments at once, and begins each of them. */
function begin(bazaar: Bazaar, waiting: Map<string, number>, count: number): void {
  for (const request of bazaar.requests(HOPS, AMOUNT, count)) {
    const atMs = performance.now();
    const invoice = parseInvoiceLink(bazaar.suite, invoiceLink(request));
    if (bazaar.pay(0, invoice) === "") waiting.set(toBase32(invoice.hash), atMs);
  }
}

/** How long those took that are under way no more. */
function takeEnded(bazaar: Bazaar, waiting: Map<string, number>, nowMs: number): number[] {
  const ended = [...waiting].filter(
    ([id]) => bazaar.live(0).payments.payment(id)?.state === undefined,
  );
  for (const [id] of ended) waiting.delete(id);
  return ended.map(([, atMs]) => nowMs - atMs);
}

/** How many payments over five lines are done, and how long each takes. */
export function rateRows({ full }: BenchOptions): readonly BenchRow[] {
  const count = full ? COUNTED_FULL : COUNTED;
  runPayments(FEW, WARM);
  const few = runPayments(FEW, count);
  const many = runPayments(MANY, count);
  const what =
    "six peers on one thread: real lines, signatures, onions, requests made and read as links; sessions and disks in memory";
  return [
    {
      ...benchRow("money.multihop.rate", many.perSecond, "payments/s"),
      note: `${what}; ${MANY} under way at once, median ${many.medianMs.toFixed(0)} ms, ${many.cpuMs.toFixed(2)} ms of processor for each`,
    },
    {
      ...benchRow("money.multihop.p99.ms", few.p99Ms, "ms"),
      note: `${what}; ${FEW} under way at once, ${few.perSecond.toFixed(0)} payments/s, median ${few.medianMs.toFixed(1)} ms`,
    },
  ];
}
