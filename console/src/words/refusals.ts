import type { ApiErrorCode, RefusalCode } from "../../../src/api/client/index.ts";

/** What the peer's refusals are called in a language that it does not speak itself. */
export interface Refusals {
  /** What each reason means, whole. */
  readonly reasons: Readonly<Record<RefusalCode, string>>;
  /** How a refusal without a reason begins. */
  readonly leads: Readonly<Record<ApiErrorCode, string>>;
  /** A beginning, and what the peer says in English. */
  readonly detail: (lead: string, said: string) => string;
}
