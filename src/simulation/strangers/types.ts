/** How attackers use their edges. */
export type Strategy =
  /** Anybody whom introductions can reach. */
  | "uniform"
  /** All of them one person. */
  | "single-victim"
  /** Friends of whom they know. */
  | "friend-of-friend"
  /** Nothing for 60 days, then as "uniform". */
  | "sleeper"
  /** Every other introduction is from one attacker to another, who says that it was wanted. */
  | "washing"
  /** Every five days each edge is dropped and made anew. */
  | "edge-churn"
  /** As "uniform", and 5 % of honest people call every request unwanted. */
  | "false-verdicts";

/** What admits introductions. */
export type SchemeName = "peernet" | "ostra";

/** One run of the experiment. */
export interface SpamOptions {
  readonly graph: "holme-kim" | "watts-strogatz";
  readonly seed: number;
  /** Honest people. */
  readonly size: number;
  /** Identities made by attackers, besides the attackers themselves. */
  readonly sybils: number;
  /** Edges between attackers and honest people. */
  readonly attackEdges: number;
  readonly strategy: Strategy;
  readonly days: number;
  readonly scheme: SchemeName;
}

/** Somebody wants to reach somebody over people who know each other. */
export interface Request {
  /** Places on the way: who begins, introducers, who is to be reached. */
  readonly path: readonly number[];
  readonly isSpam: boolean;
  /** Number of the attack edge it came over; -1 for honest ones. */
  readonly attackEdge: number;
  /** Number of the identity that is introduced; -1: the one who begins. */
  readonly identity: number;
  /** When it was first wanted, in milliseconds of the run. */
  readonly wantedAtMs: number;
}

/** What introductions are admitted by. Times are milliseconds of the run. */
export interface Scheme {
  /** Introductions under way from `from` to `to`; undefined: it takes no further one now. */
  load(from: number, to: number): number | undefined;
  /** Whether `to` holds so much against `by` that `by` is careful. */
  isStrained(by: number, to: number): boolean;
  /** Whether something unwanted came from `from` to `by` lately: it goes on over no strained edge. */
  isTainted(from: number, by: number): boolean;
  /** Sends a request; the world hears of it when it is shown. */
  begin(request: Request): void;
  /** The one who was reached answers. */
  judge(request: Request, isUnwanted: boolean): void;
  /** The edge from an attacker was dropped and made anew. */
  remake(from: number, to: number): void;
  /** Somebody without any edge writes right to somebody; true where anything is taken. */
  intrude(identity: number, to: number): boolean;
  /** Bytes of frames with spam that honest people carried for others. */
  readonly spamBytes: number;
}

/** What was measured in one run. */
export interface SpamResult {
  /** Spam shown in trays, judged or not, and what of it was judged unwanted. */
  readonly spamShown: number;
  readonly spamJudged: number;
  /** Most that was judged over one attack edge, and what is allowed: 7 + T/30. */
  readonly worstEdgeJudged: number;
  readonly boundPerEdge: number;
  /** Spam judged unwanted in the second half, per honest person and week. */
  readonly unwantedPerPersonWeek: number;
  /** Most requests shown to one person in one day (by UTC), wanted or not. */
  readonly mostShownPerDay: number;
  /** Contacts of strangers without a path that were taken. */
  readonly intrusions: number;
  readonly legitWanted: number;
  /** Shares of honest requests shown within an hour, a day, two days and a week. */
  readonly legitImmediate: number;
  readonly legitWithinDay: number;
  readonly legitWithinWeek: number;
  /** Honest requests to the single victim shown within 48 hours; 1 where there were none. */
  readonly victimWithin48h: number;
  readonly spamBytesPerEdgeDay: number;
  /** Identities that really had keys. */
  readonly identities: number;
  readonly events: number;
}
