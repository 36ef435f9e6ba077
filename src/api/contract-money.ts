/** A currency, with who issues it. */
export interface CurrencyBody {
  readonly id: string;
  readonly name: string;
  /** What one of it is called. */
  readonly unit: string;
  /** Places behind the point. */
  readonly decimals: number;
  /** What this peer calls who issues it; "you" for one's own. */
  readonly issuer: string;
  /** The group for which it is issued, or null. */
  readonly group: string | null;
  /** Name and issuer in one. */
  readonly title: string;
  /** Other currencies here that are easily taken for this one, with who issues them. */
  readonly lookalikes: readonly string[];
}

/** GET /v1/money/currencies */
export interface CurrenciesBody {
  readonly currencies: readonly CurrencyBody[];
}

/** A line with somebody. Amounts are texts such as "12.50": exact, in the currency's unit. */
export interface LineBody {
  readonly id: string;
  /** What this peer calls the partner. */
  readonly with: string;
  /** The partner, 32 hexadecimal digits. */
  readonly person: string;
  readonly currency: CurrencyBody;
  readonly state: "offered" | "open" | "closing" | "closed" | "stopped";
  /** Who has to answer while it is offered; null otherwise. */
  readonly waitsFor: "you" | "them" | null;
  /** What they owe you; with a minus sign: what you owe them. */
  readonly balance: string;
  /** How much you let them owe, and they you. */
  readonly theyMayOwe: string;
  readonly youMayOwe: string;
  /** What is on its way over this line: to them, and to you. */
  readonly lockedOut: string;
  readonly lockedIn: string;
  /** The most that you could pay over it now. */
  readonly canPay: string;
  readonly isInReach: boolean;
  /** Signed parts of yours that the partner has not confirmed to have. */
  readonly unconfirmed: number;
  /** Why nothing can be written on it now, and what to do; null where all is well. */
  readonly trouble: string | null;
  /** Whether there is a proof that the partner told two stories. */
  readonly hasProof: boolean;
}

/** GET /v1/money/lines?with=&currency= */
export interface LinesBody {
  readonly lines: readonly LineBody[];
}

/** One line of a statement. */
export interface StatementEntryBody {
  /** By the clock of who wrote it, milliseconds since 1970. */
  readonly atMs: number;
  readonly by: "you" | "them";
  /** "taken": what was locked came to who was to get it; "let-go": it did not. */
  readonly what: "paid" | "taken" | "locked" | "let-go" | "limit" | "closed";
  /** To you; with a minus sign: from you. For "limit" how much the other may owe from then on. */
  readonly amount: string;
  readonly memo: string;
  /** What they owe you afterwards. */
  readonly balance: string;
}

/** GET /v1/money/lines/{line}/statement */
export interface StatementBody {
  readonly line: LineBody;
  /** Oldest first; the newest ones where there are more than were asked for. */
  readonly entries: readonly StatementEntryBody[];
}

/** GET /v1/money/lines/{line}/account: what both sides have signed last, for anybody to check. Bytes are base64. */
export interface AccountBody {
  /** As docs/protocol/money.md says; the same bytes at both sides. */
  readonly statement: string;
  /** Of the side with the smaller person id first. */
  readonly keys: readonly string[];
  readonly signatures: readonly string[];
}

/** GET /v1/money/lines/{line}/proof: two stories that the partner signed, base64. */
export interface ForkProofBody {
  readonly proof: string;
}

/** POST /v1/money/payments {to, currency, amount, memo?} */
export interface PaidBody {
  /** What was paid, and in what: "12.50 hours". */
  readonly paid: string;
  /** The line over which it went, as it is now. */
  readonly line: LineBody;
}
