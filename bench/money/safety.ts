import { once } from "node:events";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { createNodeSuite } from "../../src/adapters/node/crypto.ts";
import type { CryptoSuite } from "../../src/crypto/index.ts";
import { runSchedule, toyPaymentSuite } from "../../src/simulation/money/payments/schedule.ts";
import { runSybils } from "../../src/simulation/money/payments/sybils.ts";
import { type BenchOptions, type BenchRow, benchRow } from "../row.ts";

const FULL = 1_000_000;
const REDUCED = 5_000;
const SYBILS = [1, 10, 100, 1_000] as const;
const SYBILS_FULL = 10_000;
/** How many schedules a worker runs before it says what came of them. */
const PORTION = 100;
/** How often a run of a million says how far it is. */
const TOLD_EVERY = 50_000;
/** How a worker knows that it runs schedules of this bench. */
const ROLE = "peernet money bench: schedules";

/** Every `of`th portion of the seeds from 1 to `last`, from the portion `at` on. */
interface Share {
  readonly role: string;
  readonly at: number;
  readonly of: number;
  readonly last: number;
}

interface Sums {
  readonly schedules: number;
  readonly deals: number;
  readonly paid: number;
  readonly crashes: number;
  readonly partitions: number;
  readonly lost: number;
  readonly evil: number;
  readonly tricks: number;
}

interface Portion {
  readonly sums: Sums;
  readonly faults: readonly string[];
}

const NONE: Sums = {
  ...{ schedules: 0, deals: 0, paid: 0, crashes: 0, partitions: 0, lost: 0, evil: 0, tricks: 0 },
};

function plus(a: Sums, b: Sums): Sums {
  return {
    schedules: a.schedules + b.schedules,
    deals: a.deals + b.deals,
    paid: a.paid + b.paid,
    crashes: a.crashes + b.crashes,
    partitions: a.partitions + b.partitions,
    lost: a.lost + b.lost,
    evil: a.evil + b.evil,
    tricks: a.tricks + b.tricks,
  };
}

/** The seeds from `first` on: honest people only, and with evil ones among them, in turns. */
function runPortion(suite: CryptoSuite, first: number, last: number): Portion {
  const faults: string[] = [];
  let sums = NONE;
  for (let seed = first; seed < first + PORTION && seed <= last; seed++) {
    const result = runSchedule({ suite, seed, evilMax: seed % 2 === 0 ? 0 : 3 });
    faults.push(...result.faults.map((fault) => `schedule ${seed}: ${fault}`));
    const tricks = [...result.tricks.values()].reduce((sum, count) => sum + count, 0);
    const { deals, paid, crashes, partitions, lost, evil } = result;
    sums = plus(sums, { schedules: 1, deals, paid, crashes, partitions, lost, evil, tricks });
  }
  return { sums, faults };
}

function runShare({ at, of, last }: Share): void {
  const suite = toyPaymentSuite(createNodeSuite());
  for (let first = 1 + at * PORTION; first <= last; first += of * PORTION) {
    parentPort?.postMessage(runPortion(suite, first, last));
  }
}

if (!isMainThread) {
  const share = workerData as Share;
  if (share.role === ROLE) runShare(share);
}

/** All schedules, on every processor of the machine. */
async function runSchedules(last: number): Promise<Portion> {
  const of = availableParallelism();
  const faults: string[] = [];
  let sums = NONE;
  let told = 0;
  const take = (portion: Portion): void => {
    sums = plus(sums, portion.sums);
    faults.push(...portion.faults);
    for (const fault of portion.faults) console.error(fault);
    if (sums.schedules - told < TOLD_EVERY) return;
    told = sums.schedules;
    console.error(`${told} of ${last} schedules, ${faults.length} violations`);
  };
  const workers = Array.from({ length: of }, async (_, at) => {
    const share: Share = { role: ROLE, at, of, last };
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: share });
    worker.on("message", take);
    await once(worker, "exit");
  });
  await Promise.all(workers);
  if (sums.schedules !== last) faults.push(`only ${sums.schedules} of ${last} schedules were run`);
  return { sums, faults };
}

/**
 * Broken invariants over randomised schedules, of which half have evil people in them, and over
 * towns with many false identities behind a few lines. Lines are simulated, payments are the real ones.
 */
export async function safety({ full }: BenchOptions): Promise<BenchRow[]> {
  const schedules = full ? FULL : REDUCED;
  const { sums, faults } = await runSchedules(schedules);
  const suite = toyPaymentSuite(createNodeSuite());
  const counts = full ? [...SYBILS, SYBILS_FULL] : SYBILS;
  const sybils = counts.map((count) => ({ count, ...runSybils(suite, count, count) }));
  const allFaults = [...faults];
  for (const { count, faults: found } of sybils) {
    for (const fault of found) {
      allFaults.push(`${count} sybils: ${fault}`);
      console.error(allFaults.at(-1));
    }
  }
  const note =
    `${schedules} schedules: ${sums.deals} payments asked for, ${sums.paid} paid, ${sums.crashes} crashes, ` +
    `${sums.partitions} partitions, ${sums.lost} messages lost, ${sums.evil} evil people, ${sums.tricks} tricks; sybils ` +
    sybils.map(({ count, claims, cut }) => `${count}: got ${claims} of ${cut}`).join(", ");
  const row = benchRow("money.safety.violations", allFaults.length, "violations");
  return [{ ...row, note, reduced: !full }];
}
