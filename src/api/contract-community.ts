import type { CurrencyBody } from "./contract-money.ts";

/** Somebody, by what they are called here. */
export interface CommunityPersonBody {
  readonly name: string;
  /** 32 hexadecimal digits. */
  readonly person: string;
}

/** A community's rules. Amounts are texts such as "12.50", in the currency's unit. */
export interface CommunityRulesBody {
  readonly version: number;
  readonly stewards: readonly CommunityPersonBody[];
  /** Stewards who sign together. */
  readonly of: number;
  readonly tellers: readonly (CommunityPersonBody & {
    readonly exposure: string;
    readonly perMember: string;
  })[];
  readonly admission: "group" | "stewards";
  readonly limit: string;
  readonly soft: string;
  readonly limits: readonly (CommunityPersonBody & { readonly limit: string })[];
  /** Per cent of a payment. */
  readonly levy: string;
  /** Per cent a day of what is above `free`. */
  readonly demurrage: string;
  readonly free: string;
  readonly visible: "members" | "stewards";
  readonly bearer: "community" | "teller";
}

/** An account of a member. */
export interface CommunityAccountBody extends CommunityPersonBody {
  /** What enough stewards have signed. */
  readonly balance: string;
  /** What tellers answer for besides and the stewards have not signed yet. */
  readonly unsettled: string;
  readonly limit: string;
  /** Whether it is further below zero than the soft limit. */
  readonly isLow: boolean;
  readonly demurrageDue: string;
  /** Why it pays nothing any more; null where all is well. */
  readonly trouble: string | null;
  /** Where it is stopped: who signed two entries of one number; null where it is not. */
  readonly stoppedBy: readonly CommunityPersonBody[] | null;
}

/** What an entry or a proposal does, for programs that say it in other words. */
export type CommunityMatterBody =
  | { readonly t: "open" | "takeover" | "gather" | "found" }
  | { readonly t: "rules"; readonly version: number }
  | {
      readonly t: "pay";
      readonly to: CommunityPersonBody;
      readonly amount: string;
      readonly memo: string;
    }
  | {
      /** "spend": of the community's own; "cover": `from` bears what `to` owes. */
      readonly t: "spend" | "cover";
      readonly from: CommunityPersonBody;
      readonly to: CommunityPersonBody;
      readonly amount: string;
      readonly memo: string;
    };

/** What a steward says who does not sign; "other" with the word that they gave. */
export type StewardSays = "asked" | "gap" | "limit" | "forked" | "stale" | "disk-full" | "other";

/** Why something waits. */
export type CommunityWaitBody =
  | { readonly code: "told" }
  | { readonly code: "few-stewards"; readonly inReach: number; readonly needed: number }
  | {
      readonly code: "steward";
      readonly who: CommunityPersonBody;
      readonly says: StewardSays;
      readonly word: string;
    };

/** Why a call about a community was refused: `reason` of an error. */
export type CommunityRefusalCode =
  | "not-founded"
  | "under-way"
  | "no-account"
  | "has-account"
  | "other-device"
  | "written-here"
  | "must-ask"
  /** With `most` and `levy`, amounts, and `unit`; no levy: empty. */
  | "limit"
  | "stopped"
  | "behind"
  | "gap"
  | "clock-ahead"
  | "members-only"
  | "payee-without-account"
  | "revoked"
  | "no-steward"
  | "pay-self"
  | "no-amount"
  | "commons-only"
  | "more-than-there"
  | "wrong-bearer"
  | "owes-less"
  | "steward-no-member"
  | "device-unknown"
  | "founder-no-steward";

/** A payment, or another entry, that too few stewards have signed so far. */
export interface CommunityOrderBody {
  readonly id: string;
  /** In words. */
  readonly what: string;
  /** The same for programs. */
  readonly matter: CommunityMatterBody;
  /** `told`: a teller answers for it. */
  readonly state: "waiting" | "told" | "settled";
  readonly signed: number;
  readonly needed: number;
  /** Why it waits, and what can be done. */
  readonly why: string;
  /** The same for programs. */
  readonly reasons: readonly CommunityWaitBody[];
}

/** A community currency as this device sees it. */
export interface CommunityBody {
  readonly id: string;
  readonly currency: CurrencyBody | null;
  /** The group, by its name here. */
  readonly group: string;
  readonly isFounded: boolean;
  readonly rules: CommunityRulesBody | null;
  readonly isSteward: boolean;
  /** Stewards in reach, this device among them. */
  readonly stewardsInReach: number;
  readonly accounts: number;
  readonly entries: number;
  /** The community's own account. */
  readonly commons: string;
  /** All balances together: zero. */
  readonly sum: string;
  readonly you: CommunityAccountBody | null;
  /** Whether another device of yours writes your account: this one can only show it, or take it over. */
  readonly isElsewhere: boolean;
  /** Whether you may see all accounts; else only your own is told. */
  readonly seesAll: boolean;
  readonly canPay: string;
  readonly order: CommunityOrderBody | null;
  /** What tellers answer for now. */
  readonly exposure: readonly (CommunityPersonBody & {
    readonly amount: string;
    readonly limit: string;
  })[];
  /** People who ask for an account and wait for this steward. */
  readonly applicants: readonly CommunityPersonBody[];
  /** Words about what stands in the way, and what to do; null where all is well. */
  readonly trouble: string | null;
  /** The same as a code; "resting": this steward's home may be an old copy. */
  readonly troubleCode: "not-founded" | "resting" | "low" | null;
}

/** GET /v1/money/communities */
export interface CommunitiesBody {
  readonly communities: readonly CommunityBody[];
}

/** GET /v1/money/communities/{community}/accounts */
export interface CommunityAccountsBody {
  readonly community: CommunityBody;
  /** All that this person may see. */
  readonly accounts: readonly CommunityAccountBody[];
}

/** What waits for stewards' hands. */
export interface CommunityProposalBody {
  readonly id: string;
  /** In words. */
  readonly what: string;
  /** The same for programs. */
  readonly matter: CommunityMatterBody;
  readonly signedBy: readonly CommunityPersonBody[];
  readonly waitsFor: readonly CommunityPersonBody[];
  readonly needed: number;
  readonly isSignedByYou: boolean;
  readonly rules: CommunityRulesBody | null;
}

/** GET /v1/money/communities/{community}/proposals */
export interface CommunityProposalsBody {
  readonly proposals: readonly CommunityProposalBody[];
}

/** POST /v1/money/communities/{community}/payments */
export interface CommunityPaidBody {
  readonly paid: string;
  readonly order: CommunityOrderBody;
  readonly community: CommunityBody;
}

/** GET /v1/money/communities/{community}/statement */
export interface CommunityStatementBody {
  readonly community: CommunityBody;
  readonly entries: readonly {
    readonly id: string;
    readonly atMs: number;
    readonly what: "paid" | "levy" | "demurrage" | "spend" | "cover";
    readonly with: CommunityPersonBody;
    readonly amount: string;
    readonly memo: string;
  }[];
}

/** An offer or want. */
export interface CommunityListingBody {
  readonly id: string;
  readonly kind: "offer" | "want";
  readonly by: CommunityPersonBody;
  readonly title: string;
  readonly text: string;
  /** null where it is for talking about. */
  readonly price: string | null;
  readonly untilMs: number;
  readonly isYours: boolean;
}

/** GET /v1/money/communities/{community}/listings */
export interface CommunityListingsBody {
  readonly listings: readonly CommunityListingBody[];
}

/** What is said of rules; what is left out stays as it is. */
export interface CommunityRulesWish {
  readonly stewards?: readonly string[];
  readonly of?: number;
  readonly tellers?: readonly {
    readonly who: string;
    readonly exposure: string;
    readonly perMember: string;
  }[];
  readonly admission?: "group" | "stewards";
  readonly limit?: string;
  readonly soft?: string;
  readonly limits?: readonly { readonly who: string; readonly limit: string }[];
  readonly levy?: string;
  readonly demurrage?: string;
  readonly free?: string;
  readonly visible?: "members" | "stewards";
  readonly bearer?: "community" | "teller";
}
