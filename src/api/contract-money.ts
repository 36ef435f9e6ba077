import type { RefusalCode } from "./contract-reasons.ts";

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
  /** The issuer, 32 hexadecimal digits. */
  readonly person: string;
  /** The group for which it is issued, or null. */
  readonly group: string | null;
  /** Name and issuer in one. */
  readonly title: string;
  /** Other currencies here that are easily taken for this one, with who issues them. */
  readonly lookalikes: readonly string[];
  /** The same in parts, for programs that say it in other words. */
  readonly alike: readonly Pick<CurrencyBody, "id" | "name" | "issuer" | "person">[];
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
  /** Whether others are not told of it, and nobody pays over it but you two. */
  readonly isHidden: boolean;
  /** The most that you could pay over it now. */
  readonly canPay: string;
  readonly isInReach: boolean;
  /** Signed parts of yours that the partner has not confirmed to have. */
  readonly unconfirmed: number;
  /** Why nothing can be written on it now, and what to do; null where all is well. */
  readonly trouble: string | null;
  /** The same for programs. */
  readonly troubleCode: RefusalCode | null;
  /** Whether there is a proof that the partner told two stories. */
  readonly hasProof: boolean;
  /** Whether another device of yours writes your half: this one can only show it, or take it over. */
  readonly isElsewhere: boolean;
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
  /** For "taken" what the request says, where you paid it or were paid by it; "" where it only came through you. */
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

/** Event "money-received": what a partner paid over a line. */
export interface MoneyReceivedBody {
  /** The line's id. */
  readonly line: string;
  /** What this peer calls who paid. */
  readonly from: string;
  /** Who paid, 32 hexadecimal digits. */
  readonly person: string;
  readonly amount: string;
  readonly currency: CurrencyBody;
  readonly memo: string;
}

/** A request for money, ours or somebody else's. */
export interface InvoiceBody {
  readonly id: string;
  /** For people, programs and QR codes. */
  readonly link: string;
  /** What this peer calls who asks; "you" for one's own, their id where they are strangers. */
  readonly payee: string;
  /** The payee, 32 hexadecimal digits. */
  readonly person: string;
  readonly amount: string;
  readonly currency: CurrencyBody;
  readonly memo: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
  /** "other": somebody else's. */
  readonly state: "open" | "paid" | "withdrawn" | "other";
  /** What is locked for it so far. */
  readonly held: string;
  /** What it costs at most in other currencies, by rates of your partners; only where it was read to be paid. */
  readonly exchange?: readonly ExchangeBody[];
}

/** What a request costs in another currency. */
export interface ExchangeBody {
  readonly currency: CurrencyBody;
  readonly cost: string;
  /** What this peer calls who exchanges. */
  readonly by: string;
}

/** GET /v1/money/clearing */
export interface ClearingBody {
  readonly isOn: boolean;
  /** What went out of the world since this peer was started, newest last. */
  readonly cleared: readonly {
    readonly amount: string;
    readonly currency: CurrencyBody;
    /** Milliseconds since 1970. */
    readonly atMs: number;
  }[];
}

/** A rate: whoever gives `give` of one currency gets `get` of another. */
export interface RateBody {
  /** What this peer calls who quotes it; "you" for one's own. */
  readonly by: string;
  readonly isYours: boolean;
  readonly give: string;
  readonly giveCurrency: CurrencyBody;
  readonly get: string;
  readonly getCurrency: CurrencyBody;
  /** Milliseconds since 1970; yours are quoted anew before. */
  readonly expiresAtMs: number;
}

/** GET /v1/money/rates: yours first, then those of partners. */
export interface RatesBody {
  readonly rates: readonly RateBody[];
}

/** GET and PUT /v1/money/requests/automatic {answers} */
export interface AutomaticBody {
  /** Whether contacts who want to pay get a request by themselves, in currencies in which you have lines. */
  readonly answers: boolean;
}

/** GET /v1/money/requests: own requests that are open, withdrawn or just being paid. */
export interface InvoicesBody {
  readonly requests: readonly InvoiceBody[];
}

/** A payment of a request: what happens with it, and what can be done. */
export interface PaymentBody {
  readonly id: string;
  readonly payee: string;
  /** The payee, 32 hexadecimal digits. */
  readonly person: string;
  readonly amount: string;
  readonly currency: CurrencyBody;
  readonly memo: string;
  readonly state: "routing" | "reserving" | "locked" | "letting-go" | "paid" | "failed";
  /** Why it is not paid, and what can be done, in words; null where all is well. */
  readonly why: string | null;
  /** The same as a word for programs, such as "no-route" or "limit"; null where there is none. */
  readonly reason: string | null;
  readonly begunAtMs: number;
  /** Where you pay in another currency: the most that it costs; null otherwise. */
  readonly spend: { readonly currency: CurrencyBody; readonly atMost: string } | null;
  /** What is on its way, and over whom it leaves. */
  readonly parts: readonly {
    readonly over: string;
    readonly amount: string;
    readonly state: string;
  }[];
}

/** GET /v1/money/payments */
export interface PaymentsBody {
  readonly payments: readonly PaymentBody[];
}

/** Proof that a request was paid. */
export interface ReceiptBody {
  readonly id: string;
  /** "out": you paid it; "in": you were paid; "other": it concerns others. */
  readonly direction: "out" | "in" | "other";
  readonly payee: string;
  /** The payee, 32 hexadecimal digits. */
  readonly person: string;
  readonly amount: string;
  /** Null where the currency is not known here; the amount is in its smallest unit then. */
  readonly currency: CurrencyBody | null;
  readonly memo: string;
  /** When it was kept here; null where it is not. */
  readonly atMs: number | null;
  /** For anybody to check, without any peer. */
  readonly link: string;
}

/** GET /v1/money/receipts?limit=&after= */
export interface ReceiptsBody {
  readonly receipts: readonly ReceiptBody[];
  /** What to say as `after` for those behind these; null where there are none. */
  readonly next: string | null;
}
