import { TypedError } from "../base/errors.ts";

/**
 * A simulated run that failed: a peer threw (`defect`), something promised does not hold
 * (`broken-promise`), a configured fault never happened (`idle-fault`), or a run was described in
 * a way that cannot be (`bad-plan`).
 */
export class SimulationError extends TypedError<
  "defect" | "broken-promise" | "idle-fault" | "bad-plan"
> {
  override readonly name = "SimulationError";
}
