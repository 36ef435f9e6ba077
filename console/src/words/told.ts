import type { FindingCode, WhyReasonBody } from "../../../src/api/client/index.ts";

/** What was found, and what to do next; empty where nothing is. */
export interface FindingWords {
  readonly title: string;
  readonly advice: string;
}

/** What the peer tells with a code, in a language that it does not speak itself. */
export interface Told {
  /** Why a message is where it is, and what can be done. @param time a wall-clock time as people read it */
  readonly why: Readonly<
    Record<
      WhyReasonBody["code"],
      (facts: WhyReasonBody["facts"], time: (atMs: number) => string) => string
    >
  >;
  readonly findings: Readonly<
    Record<FindingCode, (facts: Readonly<Record<string, string | number>>) => FindingWords>
  >;
  /** What was looked at, by the beginning of a finding's id, where only the peer's own words tell what was found. */
  readonly looked: Readonly<Record<string, string>>;
  readonly fine: (what: string) => string;
  readonly amiss: (what: string) => string;
  readonly says: (said: string) => string;
}
