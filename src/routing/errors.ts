import { TypedError } from "../base/errors.ts";

/** Why a router refused what its own side asked of it. */
export class RoutingError extends TypedError<"bad-options" | "seqno-exhausted"> {
  override readonly name = "RoutingError";
}

/** What a neighbour may do wrong; counted, weighed and logged, never thrown. */
export type Fault =
  | "malformed"
  | "bad-record"
  | "wrong-origin"
  | "bad-metric"
  | "bad-proof"
  | "unknown-handle";

/** How many points each fault costs of `FAULTS_MAX`. */
export const FAULT_POINTS: Readonly<Record<Fault, number>> = {
  malformed: 64,
  "bad-record": 32,
  "wrong-origin": 32,
  "bad-metric": 32,
  "bad-proof": 32,
  "unknown-handle": 1,
};
