import { toHex } from "../base/bytes.ts";
import type { LayerProfile } from "../media/index.ts";
import type { StoreContext } from "./context.ts";
import { StoreError } from "./errors.ts";
import { LayeredPut } from "./layered-put.ts";
import { LAYERED_PUTS_MAX, OBJECTS_MAX, PUT_JOBS_MAX } from "./limits.ts";
import { type PutPlan, PutRun } from "./put.ts";
import { checkContentPut, contentKeyOf, planOf, withPlan } from "./put-plan.ts";
import type { PutEvents, PutJob, PutOptions } from "./types.ts";

/** The puts of a store that are under way, and how many there may be. */
export class PutJobs {
  readonly #context: StoreContext;
  readonly #onPut: (root: string) => void;
  readonly #runs: Set<PutRun> = new Set();
  /** Files that are held in memory until they are cut. */
  readonly #held: Set<LayeredPut> = new Set();

  /** @param onPut an object is persisted here; called before its caller is told */
  constructor(context: StoreContext, onPut: (root: string) => void) {
    this.#context = context;
    this.#onPut = onPut;
  }

  /** @throws StoreError `busy`, `bad-code` or `bad-layers` */
  begin(options: PutOptions, events: PutEvents): PutJob {
    const { contentSeed: seed } = options;
    if (seed !== undefined) checkContentPut(options);
    const { suite, stripeBytes } = this.#context;
    const plan = planOf(options, seed && contentKeyOf(suite, seed, stripeBytes));
    const isFull = this.#context.ledger.objectCount + this.#runs.size >= OBJECTS_MAX;
    if (this.#runs.size >= PUT_JOBS_MAX || isFull) {
      throw new StoreError("busy", "Too many objects are being put. Please try again soon.");
    }
    const { profile = "flat" } = options;
    const isCut = profile !== "flat" && options.layers === undefined;
    return isCut ? this.#beginLayered(options, profile, events) : this.#beginRun(plan, events);
  }

  #beginLayered(options: PutOptions, profile: LayerProfile, events: PutEvents): PutJob {
    const { random, layering } = this.#context;
    if (this.#held.size >= LAYERED_PUTS_MAX) {
      throw new StoreError("busy", "Too many files are being cut. Please try again soon.");
    }
    const job = toHex(random.bytes(16));
    let fileBytes = 0;
    const put = new LayeredPut({
      job,
      plan: (file, done) => {
        fileBytes = file.length;
        layering.plan(file, options.name, profile, done);
      },
      begin: (plan, inner) => {
        const cut = plan === undefined ? options : withPlan(options, plan, fileBytes);
        return this.#beginRun(planOf(cut), inner, job);
      },
      events,
      onOver: () => this.#held.delete(put),
    });
    this.#held.add(put);
    return put;
  }

  #beginRun(plan: PutPlan, events: PutEvents, job?: string): PutRun {
    const onEnd = (over: PutRun, root: string | undefined): void => {
      this.#runs.delete(over);
      if (root !== undefined) this.#onPut(root);
    };
    const run = new PutRun(this.#context, plan, events, onEnd, job);
    this.#runs.add(run);
    return run;
  }
}
