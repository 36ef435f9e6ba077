import { join } from "node:path";
import { createVitest, type TestCase, type TestModule, type Vitest } from "vitest/node";
import type { Mutant } from "./operators.ts";
import { applyMutant, instrument } from "./rewrite.ts";

/** A test that runs a mutated place, and how long it takes on whole code. */
export interface CoveringTest {
  readonly module: string;
  readonly id: string;
  readonly ms: number;
}

/** What the room's tests say of whole code. */
export interface Baseline {
  /** Why no mutant of the room can be judged; null where all tests pass. */
  readonly fault: string | null;
  /** For each mutant, by its number, the tests that run its place. */
  readonly covering: readonly (readonly CoveringTest[])[];
}

/** Tests that take longer wait until all quicker ones, of all files, have had their turn. */
const QUICK_MS = 250;

/** What vite serves instead of a file's text. */
type Change = (code: string) => string;

/** Groups in the order of their first members. (`Map.groupBy` needs a newer Node.) */
function grouped<T>(items: Iterable<T>, keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** Enters a file's tests at the places that they ran; what ran while it loaded counts for all. */
function noteModule(module: TestModule, covering: CoveringTest[][]): void {
  const tests = [...module.children.allTests()];
  const atLoad = tests.flatMap((test) => test.meta().peernetLoadHits ?? []);
  for (const test of tests) {
    const ms = test.diagnostic()?.duration ?? 0;
    const entry = { module: module.moduleId, id: test.id, ms };
    for (const place of new Set([...atLoad, ...(test.meta().peernetHits ?? [])])) {
      covering[place]?.push(entry);
    }
  }
}

/** Runs tests against changed sources, in this process, with one worker thread at a time. */
export class Laboratory {
  readonly #vitest: Vitest;
  readonly #sources: Map<string, Change>;
  #lastRun: { readonly modules: readonly TestModule[]; readonly isPassed: boolean } | null = null;

  private constructor(vitest: Vitest, sources: Map<string, Change>) {
    this.#vitest = vitest;
    this.#sources = sources;
  }

  static async open(root: string): Promise<Laboratory> {
    const sources = new Map<string, Change>();
    const plugin = {
      name: "peernet-mutation",
      enforce: "pre" as const,
      transform: (code: string, id: string) => sources.get(id)?.(code),
    };
    let laboratory: Laboratory | undefined;
    const vitest = await createVitest(
      "test",
      {
        root,
        config: false,
        watch: false,
        include: ["src/**/*.test.ts"],
        setupFiles: ["bench/mutation/setup.ts"],
        pool: "threads",
        maxWorkers: 1,
        bail: 1,
        silent: true,
        testTimeout: 60_000,
        reporters: [
          {
            onTestRunEnd(modules, errors, reason) {
              if (laboratory === undefined) return;
              laboratory.#lastRun = { modules, isPassed: reason === "passed" && !errors.length };
            },
          },
        ],
      },
      { plugins: [plugin], logLevel: "silent" },
    );
    laboratory = new Laboratory(vitest, sources);
    return laboratory;
  }

  /** Runs all tests in a folder on whole code and finds out which of them run which mutant. */
  async baseline(folder: string, mutants: readonly Mutant[]): Promise<Baseline> {
    const places = grouped(mutants.entries(), ([, { file }]) => file);
    for (const [file, inFile] of places) {
      this.#serve(file, (code) => instrument(code, new Map(inFile)));
    }
    const path = `${join(this.#vitest.config.root, folder)}/`;
    const specifications = await this.#vitest.globTestSpecifications();
    const own = specifications.filter(({ moduleId }) => moduleId.startsWith(path));
    await this.#vitest.runTestSpecifications(own);
    for (const file of places.keys()) this.#serve(file, null);
    const covering: CoveringTest[][] = mutants.map(() => []);
    const { modules = [], isPassed = false } = this.#lastRun ?? {};
    for (const module of modules) noteModule(module, covering);
    const tests = modules.flatMap(({ children }): TestCase[] => [...children.allTests()]);
    const failed = tests.find((test) => test.result().state === "failed");
    const fault = isPassed ? null : `${failed?.fullName ?? "a test file"} fails on whole code`;
    return { fault, covering };
  }

  /** Whether one of the tests fails where the mutant is in place. Quick ones run first. */
  async isKilled(mutant: Mutant, tests: readonly CoveringTest[]): Promise<boolean> {
    const project = this.#vitest.getRootProject();
    const costMs = (group: readonly CoveringTest[]): number =>
      group.reduce((sum, { ms }) => sum + ms, 0);
    const groups = grouped(tests, ({ module, ms }) => `${ms < QUICK_MS} ${module}`).values();
    this.#serve(mutant.file, (code) => applyMutant(code, mutant));
    try {
      for (const group of [...groups].sort((a, b) => costMs(a) - costMs(b))) {
        const module = group[0]?.module ?? "";
        const testIds = group.map(({ id }) => id);
        await this.#vitest.runTestSpecifications([
          project.createSpecification(module, { testIds }),
        ]);
        if (this.#lastRun?.isPassed !== true) return true;
      }
      return false;
    } finally {
      this.#serve(mutant.file, null);
    }
  }

  #serve(file: string, change: Change | null): void {
    const path = join(this.#vitest.config.root, file);
    if (change === null) this.#sources.delete(path);
    else this.#sources.set(path, change);
    this.#vitest.invalidateFile(path);
  }
}
