import type {
  RoutePart,
  RoutePlan,
  RouteProbe,
  RouteResult,
  RouteStep,
} from "../payments/index.ts";
import type { PaymentPlan } from "../routing/plan.ts";
import type { PlanStep, Probe } from "../routing/types.ts";

/** What a probe of routing is for payments: our line, and whom an onion goes through; undefined: no longer. */
export type ToPart = (probe: Probe) => RoutePart | undefined;

/** A plan of routing, which speaks of people, as payments know it: with lines, keys and names of lines. */
export class RoutedPlan implements RoutePlan {
  readonly #plan: PaymentPlan;
  readonly #toPart: ToPart;

  constructor(plan: PaymentPlan, toPart: ToPart) {
    this.#plan = plan;
    this.#toPart = toPart;
  }

  begin(): RouteStep {
    return this.#translate(this.#plan.begin());
  }

  onResult(result: RouteResult): RouteStep {
    return this.#translate(this.#plan.onProbeResult(result));
  }

  #translate(first: PlanStep): RouteStep {
    let step = first;
    for (;;) {
      if (step.t === "wait") return step;
      if (step.t === "fail") return { t: "fail", release: step.release };
      if (step.t === "pay") {
        const parts = step.parts.map(({ id, amount }) => ({ id, amount, delivers: amount }));
        return { t: "pay", parts, release: step.release };
      }
      const probes: RouteProbe[] = [];
      let last: PlanStep = step;
      for (const probe of step.probes) {
        const part = this.#toPart(probe);
        if (part !== undefined) probes.push({ id: probe.id, part, least: probe.least });
        else last = this.#plan.onProbeResult({ id: probe.id, granted: [], isHeld: false });
      }
      if (probes.length > 0) return { t: "probe", probes, release: step.release };
      if (last === step) return { t: "fail", release: step.release };
      step = last;
    }
  }
}
