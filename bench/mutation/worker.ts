import { type Baseline, type CoveringTest, Laboratory } from "./laboratory.ts";
import type { Mutant } from "./operators.ts";

/** What a worker process is asked, one at a time. */
export type Job =
  | {
      readonly kind: "baseline";
      readonly folder: string;
      readonly mutants: readonly Mutant[];
    }
  | { readonly kind: "mutant"; readonly mutant: Mutant; readonly tests: readonly CoveringTest[] };

/** How a mutant ended: a test failed, did not end or took the process along, or none noticed. */
export type Verdict = "killed" | "timeout" | "crashed" | "survived";

/** What a worker process says. */
export type Answer =
  | { readonly kind: "ready" }
  | { readonly kind: "baseline"; readonly baseline: Baseline }
  | { readonly kind: "verdict"; readonly verdict: Verdict };

/** Processor time that a mutant's tests may take: so much, and a multiple of their usual time. */
const MIN_BUDGET_MS = 5_000;
const BUDGET_FACTOR = 4;
const LOOK_EVERY_MS = 200;

/** Processor time counts, not the clock: a busy machine must not kill mutants. */
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const say = (answer: Answer): void => void process.send?.(answer);

async function tryMutant(
  laboratory: Laboratory,
  mutant: Mutant,
  tests: readonly CoveringTest[],
): Promise<Verdict> {
  const usualMs = tests.reduce((sum, { ms }) => sum + ms, 0);
  const endMs = cpuMs() + MIN_BUDGET_MS + BUDGET_FACTOR * usualMs;
  const watch = setInterval(() => {
    if (cpuMs() < endMs) return;
    clearInterval(watch);
    // The stuck thread cannot be stopped kindly; the pool starts a new process.
    process.send?.({ kind: "verdict", verdict: "timeout" }, () => process.exit(0));
  }, LOOK_EVERY_MS);
  try {
    return (await laboratory.isKilled(mutant, tests)) ? "killed" : "survived";
  } finally {
    clearInterval(watch);
  }
}

async function perform(laboratory: Laboratory, job: Job): Promise<Answer> {
  if (job.kind === "baseline") {
    return { kind: "baseline", baseline: await laboratory.baseline(job.folder, job.mutants) };
  }
  return { kind: "verdict", verdict: await tryMutant(laboratory, job.mutant, job.tests) };
}

/** Answers jobs until the parent leaves. */
export async function work(root: string): Promise<void> {
  const laboratory = await Laboratory.open(root);
  process.on("disconnect", () => process.exit(0));
  process.on("message", (job: Job) => {
    perform(laboratory, job).then(say, (error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  });
  say({ kind: "ready" });
}
