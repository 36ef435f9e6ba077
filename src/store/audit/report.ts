import type { PeerId } from "../../identity/index.ts";

/**
 * How a holder stood an audit. `proved`: all it was asked about is there. `wrong`: it answered
 * for something it does not have as it should be. `lost`: it confessed that something is gone.
 * `silent`: no answer. `refused`: not now, it said. `unproven`: nobody could tell, as there were
 * too few answers or too many wrong ones.
 */
export type AuditVerdict = "proved" | "wrong" | "lost" | "silent" | "refused" | "unproven";

/** One holder's part in an audit. */
export interface AuditedHolder {
  readonly peer: PeerId;
  readonly verdict: AuditVerdict;
  /** Fragments by what was found of them; those of silent and refusing holders are unproven. */
  readonly proved: readonly number[];
  readonly wrong: readonly number[];
  readonly lost: readonly number[];
  readonly unproven: readonly number[];
}

/** What the answers about one layer said together. */
export interface AuditedLayer {
  readonly k: number;
  /** Answers about different fragments. */
  readonly replies: number;
  /** How many of them are wrong; undefined where it could not be told which. */
  readonly wrong: number | undefined;
}

/** What came of an audit. */
export interface AuditReport {
  readonly root: string;
  /** This peer's own disk is one of them. */
  readonly holders: readonly AuditedHolder[];
  readonly layers: readonly AuditedLayer[];
  /** In words. */
  readonly summary: string;
}

/** A verdict on a holder that answered. */
export function verdictOf(found: Omit<AuditedHolder, "peer" | "verdict">): AuditVerdict {
  if (found.wrong.length > 0) return "wrong";
  if (found.lost.length > 0) return "lost";
  return found.unproven.length > 0 ? "unproven" : "proved";
}

/** A report with its summary. */
export function reportOf(facts: Omit<AuditReport, "summary">): AuditReport {
  return { ...facts, summary: summarize(facts) };
}

function summarize({ holders, layers }: Omit<AuditReport, "summary">): string {
  if (holders.length === 0) return "No peer within reach has anything of this object now.";
  const count = (verdict: AuditVerdict): number =>
    holders.filter((holder) => holder.verdict === verdict).length;
  const proved = holders.flatMap((holder) => holder.proved).length;
  const parts = [`${count("proved")} of ${holders.length} holders proved what they keep`];
  const others: readonly (readonly [AuditVerdict, string])[] = [
    ["wrong", "answered wrongly"],
    ["lost", "said that they lost some"],
    ["silent", "gave no answer"],
    ["refused", "asked to come back later"],
    ["unproven", "could not be judged"],
  ];
  for (const [verdict, words] of others) {
    if (count(verdict) > 0) parts.push(`${count(verdict)} ${words}`);
  }
  const thin = layers.find(({ k, replies }) => replies <= k);
  const advice =
    thin === undefined
      ? ""
      : ` It takes ${thin.k + 1} answers to check a layer; there were ${thin.replies}.`;
  return `${parts.join(", ")}: ${proved} fragments are there for certain.${advice}`;
}
